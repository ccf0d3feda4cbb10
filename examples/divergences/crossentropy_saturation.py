"""A cross-entropy of probabilities has no gradient where the sigmoid is saturated; one of logits has.

At a logit of 40 and a target of 0 the gradient is 1. Keras clips the probability, and v1.losses.log_loss adds an
epsilon: both give 0. Yet in a graph Keras looks behind the probability for the Sigmoid that made it, and takes the
logits: one line of code gives 0 in eager execution and 1 in a function. A tf.identity in between hides them. Keras's
own sigmoid hands its logits on in eager execution, too. from_logits=True closes every gap.
"""

import numpy as np
import tensorflow as tf

from divergences.finding import Finding

LOGIT, TARGET = np.array([[40.0]], "float32"), np.array([[0.0]], "float32")


def of_probabilities(logits):
    return tf.keras.losses.BinaryCrossentropy()(TARGET, tf.sigmoid(logits))


def of_logits(logits):
    return tf.keras.losses.BinaryCrossentropy(from_logits=True)(TARGET, logits)


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


def log_loss(logits):
    return tf.compat.v1.losses.log_loss(TARGET, tf.sigmoid(logits))


def sigmoid_cross_entropy(logits):
    return tf.compat.v1.losses.sigmoid_cross_entropy(TARGET, logits)


def experiment():
    true = 1.0
    return [
        Finding(
            "Keras BinaryCrossentropy, eager",
            "the derivative, sigmoid(40) - 0",
            "gradient at the logit 40",
            abs(eager(of_probabilities) - true),
            "from_logits=True",
            abs(eager(of_logits) - true),
        ),
        Finding(
            "Keras BinaryCrossentropy, eager",
            "the same line in tf.function",
            "gradient at the logit 40",
            abs(eager(of_probabilities) - function(of_probabilities)),
            "from_logits=True",
            abs(eager(of_logits) - function(of_logits)),
        ),
        Finding(
            "v1.losses.log_loss",
            "the derivative, sigmoid(40) - 0",
            "gradient at the logit 40",
            abs(session(log_loss) - true),
            "v1.losses.sigmoid_cross_entropy, from the logits",
            abs(session(sigmoid_cross_entropy) - true),
        ),
    ]
