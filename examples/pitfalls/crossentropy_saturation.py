"""A cross-entropy of probabilities has no gradient where the sigmoid is saturated; one of logits has

Theme: Losses
Symptom: training stands still, though the network is sure of a wrong answer: the gradient of BinaryCrossentropy, or of
    tf.compat.v1.losses.log_loss, is exactly 0. Or the gradient is 0 in eager execution, and right in a tf.function.
Answer: take the loss of the logits: `BinaryCrossentropy(from_logits=True)`, or
    `tf.compat.v1.losses.sigmoid_cross_entropy`. At the logit 40 for the target 0, a gradient of 0 becomes 1.

    $ .venv/bin/python examples/pitfalls/crossentropy_saturation.py
    gradient at the logit 40 for the target 0; the derivative, sigmoid(40) - 0, is 1
    wrong  Keras's BinaryCrossentropy of tf.sigmoid, eager: 0.0
    wrong  the same line in tf.function: 1.0
    wrong  v1.losses.log_loss of tf.sigmoid: 0.0
    right  BinaryCrossentropy(from_logits=True), eager: 1.0
    right  the same line in tf.function: 1.0
    right  v1.losses.sigmoid_cross_entropy: 1.0

Why: sigmoid(40) is 1 in float32, and the logit is lost. Keras then clips the probability, and log_loss adds an epsilon:
    the gradient is 0. Yet in a graph Keras looks behind the probability for the Sigmoid that made it, and takes its
    logits, so that one line of code gives 0 in eager execution and 1 in a function. A tf.identity in between hides
    them. Keras's own sigmoid hands its logits on in eager execution, too.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

LOGIT, TARGET = np.array([[40.0]], "float32"), np.array([[0.0]], "float32")


def gradient(loss, logits):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(logits)
    return tape.gradient(value, logits)


def eager(loss):
    return float(gradient(loss, tf.constant(LOGIT))[0, 0])


def function(loss):
    return float(tf.function(lambda logits: gradient(loss, logits))(tf.constant(LOGIT))[0, 0])


def session(loss):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as running:
        logits = v1.placeholder("float32", (1, 1))
        (d_logits,) = tf.gradients(loss(logits), [logits])
        return float(running.run(d_logits, feed_dict={logits: LOGIT})[0, 0])


# %% The wrong way: the loss of a probability. One line of Keras gives two gradients.
def of_probabilities(logits):
    return tf.keras.losses.BinaryCrossentropy()(TARGET, tf.sigmoid(logits))


def log_loss(logits):
    return tf.compat.v1.losses.log_loss(TARGET, tf.sigmoid(logits))


print("gradient at the logit 40 for the target 0; the derivative, sigmoid(40) - 0, is 1")
print(f"wrong  Keras's BinaryCrossentropy of tf.sigmoid, eager: {eager(of_probabilities)}")
print(f"wrong  the same line in tf.function: {function(of_probabilities)}")
print(f"wrong  v1.losses.log_loss of tf.sigmoid: {session(log_loss)}")
assert (eager(of_probabilities), function(of_probabilities), session(log_loss)) == (0, 1, 0)


# %% Why: Keras looks for the logits. It finds those behind its own sigmoid, and none behind a tf.identity.
def of_keras_sigmoid(logits):
    return tf.keras.losses.BinaryCrossentropy()(TARGET, tf.keras.activations.sigmoid(logits))


def of_identity(logits):
    return tf.keras.losses.BinaryCrossentropy()(TARGET, tf.identity(tf.sigmoid(logits)))


for run in (eager, function, session):
    assert run(of_keras_sigmoid) == 1
    assert run(of_identity) == 0


# %% The right way: the loss of the logits.
def of_logits(logits):
    return tf.keras.losses.BinaryCrossentropy(from_logits=True)(TARGET, logits)


def sigmoid_cross_entropy(logits):
    return tf.compat.v1.losses.sigmoid_cross_entropy(TARGET, logits)


print(f"right  BinaryCrossentropy(from_logits=True), eager: {eager(of_logits)}")
print(f"right  the same line in tf.function: {function(of_logits)}")
print(f"right  v1.losses.sigmoid_cross_entropy: {session(sigmoid_cross_entropy)}")
assert eager(of_logits) == function(of_logits) == session(sigmoid_cross_entropy) == 1
