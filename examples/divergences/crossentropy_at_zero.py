"""max(z, 0) - z t + log1p(exp(-|z|)) is right at z = 0; its gradient, taken piece by piece, is wrong.

There both max and |z| have a kink. TensorFlow takes of max the slope on its right, 1, and of |z| the middle of two, 0:
these do not fit together. Zero biases and dead ReLUs do make logits of exactly 0.
tf.nn.sigmoid_cross_entropy_with_logits closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding

TARGET = 1.0


def elementary(logit):
    return tf.maximum(logit, 0.0) - logit * TARGET + tf.math.log1p(tf.exp(-tf.abs(logit)))


def from_tensorflow(logit):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=TARGET, logits=logit)


def gradient(loss, logit):
    logit = tf.constant(logit)
    with tf.GradientTape() as tape:
        tape.watch(logit)
        value = loss(logit)
    return float(tape.gradient(value, logit))


def experiment():
    true = 0.5 - TARGET  # sigmoid(0) - target
    return [
        Finding(
            "max(z, 0) - z t + log1p(exp(-|z|))",
            "the derivative, sigmoid(0) - 1",
            "gradient at the logit 0",
            abs(gradient(elementary, 0.0) - true),
            "tf.nn.sigmoid_cross_entropy_with_logits",
            abs(gradient(from_tensorflow, 0.0) - true),
        )
    ]
