"""The moving averages of batch normalization are updated only if the training step depends on them

Theme: Graphs and sessions
Symptom: batch normalization (batch_norm, BatchNorm, BatchNormalization): training goes well, the evaluation with
    training=False is wrong; moving_mean stays 0 and moving_variance 1. Or: a Keras layer in a tf1.Graph, and UPDATE_OPS
    is empty.
Answer: call minimize() inside tf.control_dependencies(tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)). Keras 3's layer
    puts nothing there: build it, and call it through tf.function(layer), which runs its updates with its outputs.
Threads: tensorflow 7577, 8292, 10118

    $ .venv/bin/python examples/pitfalls/moving_averages_that_stay_at_zero.py
    wrong  alone: the moving mean of inputs 8.0 after 3 steps is 0.0
    wrong  around the constructor: the moving mean of inputs 8.0 after 3 steps is 0.0
    wrong  around what exists: the moving mean of inputs 8.0 after 3 steps is 0.0
    right  around minimize: the moving mean of inputs 8.0 after 3 steps is 7.0
    right  grouped: the moving mean of inputs 8.0 after 3 steps is 7.0
    wrong  Keras 3's layer, around minimize: 0 updates collected, the moving mean is 0.0
    right  Keras 3's layer in a tf.function: 0 updates collected, the moving mean is 7.0
    right  Keras 3's layer, eagerly: the moving mean is 7.0

Why: TensorFlow 1's layers put their updates in a collection, which is a list and nothing more: whoever trains has to
    fetch them. control_dependencies acts on the operations that are built inside it. What is only named there, a
    train_op that exists or an optimizer that builds its operations later, is not affected. Keras 3's layer, called with
    training=True, updates its averages by itself in eager execution and in a tf.function. In a tf1.Graph it builds the
    assignments, and nothing collects or fetches them; layer.updates is gone. A tf.function runs all its assignments
    whenever one of its results is needed, in a session too.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
STEPS = 3


def moving_mean(build):
    """The moving mean of inputs 8.0 after STEPS training steps: 4, 6, 7 if it was updated each time."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        inputs = tf1.placeholder(tf.float32, (None,))
        mean = tf1.Variable(0.0, trainable=False)
        update = mean.assign_sub(0.5 * (mean - tf.reduce_mean(inputs)))  # as a layer of TensorFlow 1 does
        tf1.add_to_collection(tf1.GraphKeys.UPDATE_OPS, update)
        loss = tf.reduce_mean(tf.square(inputs - tf1.Variable(1.0)))
        train_op = build(loss)
        session.run(tf1.global_variables_initializer())
        for _ in range(STEPS):
            session.run(train_op, {inputs: np.full(4, 8, "float32")})
        return session.run(mean).item()


def updates():
    return tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)


# %% The wrong way: nothing needs the updates.
def alone(loss):
    return tf1.train.GradientDescentOptimizer(0.1).minimize(loss)


def around_the_constructor(loss):
    with tf.control_dependencies(updates()):
        optimizer = tf1.train.GradientDescentOptimizer(0.1)
    return optimizer.minimize(loss)


def around_what_exists(loss):
    train_op = tf1.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.control_dependencies(updates()):
        return train_op


# %% The right way: minimize() inside, or both in one group.
def around_minimize(loss):
    with tf.control_dependencies(updates()):
        return tf1.train.GradientDescentOptimizer(0.1).minimize(loss)


def grouped(loss):
    return tf.group(tf1.train.GradientDescentOptimizer(0.1).minimize(loss), *updates())


for build, expected in (
    (alone, 0),
    (around_the_constructor, 0),
    (around_what_exists, 0),
    (around_minimize, 7),
    (grouped, 7),
):
    mean = moving_mean(build)
    kind = "right" if expected else "wrong"
    print(f"{kind}  {build.__name__.replace('_', ' ')}: the moving mean of inputs 8.0 after {STEPS} steps is {mean}")
    assert mean == expected


# %% Keras 3's layer in a graph: the collection stays empty, so minimize() waits for nothing.
def of_keras(in_function):
    """How many updates were collected, and the layer's moving mean after STEPS training steps."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        inputs = tf1.placeholder(tf.float32, (None, 1))
        layer = tf.keras.layers.BatchNormalization(momentum=0.5)
        layer.build((None, 1))  # its variables belong to the graph, not to the function
        call = tf.function(layer) if in_function else layer
        train_op = around_minimize(tf.reduce_mean(tf.square(call(inputs, training=True) - 1)))
        session.run(tf1.global_variables_initializer())
        for _ in range(STEPS):
            session.run(train_op, {inputs: np.full((4, 1), 8, "float32")})
        return len(updates()), session.run(layer.moving_mean.value).item()


for in_function, kind, way in (
    (False, "wrong", "Keras 3's layer, around minimize"),
    (True, "right", "Keras 3's layer in a tf.function"),
):
    collected, mean = of_keras(in_function)
    print(f"{kind}  {way}: {collected} updates collected, the moving mean is {mean}")
    assert collected == 0
    assert mean == (7 if in_function else 0)

# %% In eager execution the layer needs no help.
layer = tf.keras.layers.BatchNormalization(momentum=0.5)
for _ in range(STEPS):
    layer(tf.fill((4, 1), 8.0), training=True)
mean = layer.moving_mean.numpy().item()
print(f"right  Keras 3's layer, eagerly: the moving mean is {mean}")
assert mean == 7
