"""TensorFlow 1 rounds the decay of RMSProp to float32 even for variables in float64; Keras does not.

Both slots start at one here, and both have one epsilon. A decay that float32 holds exactly closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1
from divergences.rmsprop_slots import EPSILON, slot_of_ones


def gap(decay):
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=decay, epsilon=EPSILON))
    return distance(tf1, with_keras(tf.keras.optimizers.RMSprop(1 / 8, rho=decay, epsilon=EPSILON), slot_of_ones))


def experiment():
    return [
        Finding(
            "v1.train.RMSPropOptimizer(decay=0.9)",
            "keras.optimizers.RMSprop(rho=0.9)",
            "x after 20 steps in float64, slots alike",
            gap(0.9),
            "a decay that float32 holds, such as 0.875",
            gap(0.875),
        )
    ]
