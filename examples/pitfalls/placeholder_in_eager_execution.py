"""Code of TensorFlow 1 needs a graph as its default; TensorFlow 2 has none

Theme: Graphs and sessions
Symptom: "tf.placeholder() is not compatible with eager execution"; "The Session graph is empty. Add operations to the
    graph before calling run()"; "module 'tensorflow' has no attribute 'placeholder'"; "tf.gradients is not supported
    when eager execution is enabled" (tf.keras.backend.gradients, too); "`loss` passed to Optimizer.compute_gradients
    should be a function when eager execution is enabled."
Answer: tf1 = tf.compat.v1, and the code inside `with tf1.Graph().as_default():`; or rewrite it as a tf.function whose
    arguments are the placeholders.
Threads: tensorflow 18165, models 10031

    $ .venv/bin/python examples/pitfalls/placeholder_in_eager_execution.py
    wrong  the code of TensorFlow 1 in TensorFlow 2
      AttributeError: module 'tensorflow' has no attribute 'placeholder'
      RuntimeError: tf.placeholder() is not compatible with eager execution.
      RuntimeError: The Session graph is empty. Add operations to the graph before calling run().
      RuntimeError: tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape
        instead.
      RuntimeError: `loss` passed to Optimizer.compute_gradients should be a function when eager
        execution is enabled.
    right  in a graph: 9.0, gradient 6.0
    right  as a tf.function: 9.0, gradient 6.0

Why: in eager execution each line computes at once, so there is nothing to hold a placeholder for and nothing for a
    session to run. Some calls refuse, others work and leave the session's graph empty, so that only session.run fails.
    tf1.disable_eager_execution() is the other way out; it must come first, and switches the whole process. A graph
    switches its own block.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1

# %% The wrong way: the code of TensorFlow 1, with another import.
print("wrong  the code of TensorFlow 1 in TensorFlow 2")
with fails(AttributeError, "has no attribute 'placeholder'"):
    tf.placeholder(tf.float32, ())
with fails(RuntimeError, "tf.placeholder() is not compatible with eager execution"):
    tf1.placeholder(tf.float32, ())
session = tf1.Session()  # `with tf1.Session()` would make its graph the default, and the next line would work
with fails(RuntimeError, "The Session graph is empty"):
    session.run(tf.constant(2.0) * 3.0)
session.close()
with fails(RuntimeError, "not supported when eager execution is enabled"):
    tf1.gradients(tf.constant(1.0), [tf.constant(1.0)])
with fails(RuntimeError, "should be a function when eager execution is enabled"):
    tf1.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))

# %% The right way: the same lines in a graph.
with tf1.Graph().as_default(), tf1.Session() as session:
    inputs = tf1.placeholder(tf.float32, ())
    outputs = tf.square(inputs)
    (gradient,) = tf1.gradients(outputs, [inputs])
    result = session.run([outputs, gradient], {inputs: 3.0})
    print(f"right  in a graph: {result[0]}, gradient {result[1]}")
    assert result == [9, 6]


# %% The right way in TensorFlow 2: the placeholder is an argument, session.run is a call.
@tf.function(input_signature=[tf.TensorSpec((), tf.float32)])
def outputs_and_gradient(inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = tf.square(inputs)
    return outputs, tape.gradient(outputs, inputs)


result = [value.numpy() for value in outputs_and_gradient(3.0)]
print(f"right  as a tf.function: {result[0]}, gradient {result[1]}")
assert result == [9, 6]
