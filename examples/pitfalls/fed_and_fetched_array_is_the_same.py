"""A tensor that is fed and fetched comes back as the array that was fed, not as a copy

Theme: Graphs and sessions
Symptom: the training data changes from epoch to epoch; a batch that was changed in place changes the data set with it.
Answer: fetch tf.identity(inputs), which comes back as a copy, or copy what you change: fetched.copy().
Threads: tensorflow 2422

    $ .venv/bin/python examples/pitfalls/fed_and_fetched_array_is_the_same.py
    wrong  fetched the placeholder: the same array True; the data is now [-2. -1.  0.  3.]
    right  fetched tf.identity: shared memory False; the data is still [1. 2. 3. 6.]
    right  fetched a variable: [1. 2.], also after the update

Why: session.run does not ask the graph for a tensor that was fed: it returns what was in the feed_dict, cast to the
    placeholder's dtype. Where the dtype is the array's own, that is the array itself. In another dtype it is a copy, so
    a test with float64 data does not see this. Other fetches have memory of their own: a later run does not change
    them, and a change to them does not reach the session's variables. TensorFlow up to 1.0 refused to fetch what was
    fed.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1

with tf1.Graph().as_default(), tf1.Session() as session:
    inputs = tf1.placeholder(tf.float32, (None,))
    copied = tf.identity(inputs)
    weights = tf1.Variable([1.0, 2.0])
    update = weights.assign_add([1.0, 1.0])
    session.run(tf1.global_variables_initializer())

    # %% The wrong way: change the fetched batch in place.
    data = np.array([1.0, 2.0, 3.0, 6.0], "float32")
    batch = session.run(inputs, {inputs: data})
    batch -= batch.mean()
    print(f"wrong  fetched the placeholder: the same array {batch is data}; the data is now {data}")
    assert batch is data
    assert data.tolist() == [-2, -1, 0, 3]

    # %% The right way: tf.identity, or copy().
    data = np.array([1.0, 2.0, 3.0, 6.0], "float32")
    batch = session.run(copied, {inputs: data})
    batch -= batch.mean()
    print(f"right  fetched tf.identity: shared memory {np.shares_memory(batch, data)}; the data is still {data}")
    assert not np.shares_memory(batch, data)
    assert data.tolist() == [1, 2, 3, 6]
    batch = session.run(inputs, {inputs: data.astype("float64")})
    assert not np.shares_memory(batch, data)

    # %% The value of a variable is a copy, whatever the run before and after it.
    before = session.run(weights)
    session.run(update)
    print(f"right  fetched a variable: {before}, also after the update")
    assert before.tolist() == [1, 2]
    before[:] = 0
    assert session.run(weights).tolist() == [2, 3]
