"""Adam has epsilon 1e-8 in TensorFlow 1 and 1e-7 in Keras, and each rounds the betas to float32 in its own way.

For variables in float64, too: TensorFlow 1 rounds the betas and multiplies their powers up in float32; Keras raises
rounded betas to the power of the step. 1 - beta^step makes much of either where beta is close to one. One epsilon, and
betas given to both as np.float64, which neither rounds, close the gap. Epsilon stands outside the root in both.
"""

import numpy as np
import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1

ROUNDED = (0.9, 0.999)
EXACT = tuple(map(np.float64, ROUNDED))
EPSILON = np.float64(1e-7)


def tf1(betas, **epsilon):
    return with_tf1(lambda rate: tf.compat.v1.train.AdamOptimizer(rate, *betas, **epsilon))


def keras(betas, **epsilon):
    return with_keras(tf.keras.optimizers.Adam(1 / 8, *betas, **epsilon))


def gap(betas, **epsilon):
    return distance(tf1(betas, **epsilon), keras(betas, **epsilon))


def experiment():
    return [
        Finding(
            "v1.train.AdamOptimizer",
            "keras.optimizers.Adam",
            f"x after 20 steps, {measured}",
            as_it_ships,
            setting,
            gap(EXACT, epsilon=EPSILON),
        )
        for measured, as_it_ships, setting in (
            ("betas np.float64", gap(EXACT), "epsilon=1e-7 in both"),
            ("one epsilon", gap(ROUNDED, epsilon=EPSILON), "betas np.float64(0.9) and np.float64(0.999) in both"),
        )
    ]
