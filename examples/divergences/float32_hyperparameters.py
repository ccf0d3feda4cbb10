"""Hyperparameters are rounded to float32 even for variables in float64, by TensorFlow 1 and Keras not the same ones.

TensorFlow 1 rounds the decay of RMSProp, Keras the value that AdaGrad's accumulator starts with; the other takes
it as it is. Given as np.float64, it is not rounded: that closes the gap.
"""

import numpy as np
import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1
from divergences.rmsprop_slots import EPSILON, slot_of_ones


def rmsprop_gap(decay):
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=decay, epsilon=EPSILON))
    return distance(tf1, with_keras(tf.keras.optimizers.RMSprop(1 / 8, rho=0.9, epsilon=EPSILON), slot_of_ones))


def adagrad_gap(start):
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.AdagradOptimizer(rate, initial_accumulator_value=0.1))
    keras = tf.keras.optimizers.Adagrad(1 / 8, initial_accumulator_value=start, epsilon=0.0)
    return distance(tf1, with_keras(keras))


def experiment():
    return [
        Finding(
            "v1.train.RMSPropOptimizer(decay=0.9)",
            "keras.optimizers.RMSprop(rho=0.9)",
            "x after 20 steps in float64, slots alike",
            rmsprop_gap(0.9),
            "decay=np.float64(0.9) in TensorFlow 1",
            rmsprop_gap(np.float64(0.9)),
        ),
        Finding(
            "v1.train.AdagradOptimizer",
            "keras.optimizers.Adagrad(epsilon=0)",
            "x after 20 steps in float64, initial_accumulator_value=0.1",
            adagrad_gap(0.1),
            "initial_accumulator_value=np.float64(0.1) in Keras",
            adagrad_gap(np.float64(0.1)),
        ),
    ]
