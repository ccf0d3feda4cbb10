"""A placeholder has no value: each run has to feed those that its fetches need

Theme: Graphs and sessions
Symptom: InvalidArgumentError, "You must feed a value for placeholder tensor 'Placeholder' with dtype float", although
    the feed_dict looks complete.
Answer: read the name in the message: a second run of a cell makes inputs_1, and the model still reads inputs. Where a
    value may be left out, use tf1.placeholder_with_default.
Threads: tensorflow 10632, 41111

    $ .venv/bin/python examples/pitfalls/placeholder_that_is_not_fed.py
    right  inputs fed, size not needed: 6.0
    wrong  fed inputs_1:0; the model reads inputs:0
      InvalidArgumentError: You must feed a value for placeholder tensor 'inputs' with dtype float
    right  fed the placeholder that the model reads: 6.0
    wrong  the initializer needs size
      InvalidArgumentError: You must feed a value for placeholder tensor 'size' with dtype int32
    right  the initializer is fed: the variable holds [1. 1. 1.]
    right  a placeholder with a default: 6.0 without a feed, 3.0 with 0.5

Why: the error belongs to the run, not to the graph: a fetch that does not need the placeholder runs without it. Three
    causes are common. A cell that ran twice has rebound the Python name to a new placeholder. A variable's initial
    value depends on a placeholder, so the initializer needs the feed. A merged summary needs more than the loss does.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1
message = "You must feed a value for placeholder tensor"

with tf1.Graph().as_default() as graph, tf1.Session(graph=graph) as session:
    inputs = tf1.placeholder(tf.float32, (), "inputs")
    size = tf1.placeholder(tf.int32, (), "size")
    outputs = 2.0 * inputs
    print(f"right  inputs fed, size not needed: {session.run(outputs, {inputs: 3.0})}")
    assert session.run(outputs, {inputs: 3.0}) == 6

    # %% The wrong way: the Python name has moved on, the model has not.
    the_model_reads = inputs
    inputs = tf1.placeholder(tf.float32, (), "inputs")  # the cell runs again
    print(f"wrong  fed {inputs.name}; the model reads {the_model_reads.name}")
    assert (inputs.name, the_model_reads.name) == ("inputs_1:0", "inputs:0")
    with fails(tf.errors.InvalidArgumentError, f"{message} 'inputs' with dtype float"):
        session.run(outputs, {inputs: 3.0})
    print(f"right  fed the placeholder that the model reads: {session.run(outputs, {the_model_reads: 3.0})}")

    # %% The wrong way: the initial value of a variable depends on a placeholder.
    weights = tf1.Variable(tf.ones([size]), validate_shape=False)
    initializer = tf1.global_variables_initializer()
    print("wrong  the initializer needs size")
    with fails(tf.errors.InvalidArgumentError, f"{message} 'size' with dtype int32"):
        session.run(initializer)
    session.run(initializer, {size: 3})
    print(f"right  the initializer is fed: the variable holds {session.run(weights)}")
    assert session.run(weights).tolist() == [1, 1, 1]

    # %% The right way where a value may be left out: a default.
    keep = tf1.placeholder_with_default(1.0, (), "keep")
    kept = keep * outputs
    without, fed = (session.run(kept, {the_model_reads: 3.0, **more}) for more in ({}, {keep: 0.5}))
    print(f"right  a placeholder with a default: {without} without a feed, {fed} with 0.5")
    assert (without, fed) == (6, 3)
