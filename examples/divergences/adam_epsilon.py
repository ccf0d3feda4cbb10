"""Adam has epsilon 1e-8 in TensorFlow 1 and 1e-7 in Keras, and TensorFlow 1 keeps the powers of its betas in float32.

An equal epsilon closes the gap only where float32 holds the powers exactly: those of 0.999 it rounds, also for
variables in float64, and 1 - beta^step makes much of that. With betas of 0.5 nothing is rounded.
"""

import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1

USUAL = {"beta1": 0.9, "beta2": 0.999}
EXACT = {"beta1": 0.5, "beta2": 0.5}


def tf1(betas, **epsilon):
    return with_tf1(lambda rate: tf.compat.v1.train.AdamOptimizer(rate, **betas, **epsilon))


def keras(betas, **epsilon):
    return with_keras(tf.keras.optimizers.Adam(1 / 8, beta_1=betas["beta1"], beta_2=betas["beta2"], **epsilon))


def gap(betas, **epsilon):
    return distance(tf1(betas, **epsilon), keras(betas, **epsilon))


def experiment():
    sides = ("v1.train.AdamOptimizer", "keras.optimizers.Adam")
    return [
        Finding(*sides, "x after 20 steps, betas of 0.5", gap(EXACT), "epsilon=1e-7 in both", gap(EXACT, epsilon=1e-7)),
        Finding(
            *sides,
            "x after 20 steps, betas 0.9 and 0.999, one epsilon",
            gap(USUAL, epsilon=1e-7),
            "betas whose powers float32 holds, such as 0.5; none with 0.999",
            gap(EXACT, epsilon=1e-7),
        ),
    ]
