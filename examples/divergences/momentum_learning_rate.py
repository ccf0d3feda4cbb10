"""Momentum keeps the learning rate out of its velocity in TensorFlow 1, and inside it in Keras.

TensorFlow 1: v = m v + g, x -= lr v. Keras: v = m v - lr g, x += v. While lr stays the same they are the same; once
it changes, Keras goes on with steps of the old size for a while. No argument changes that; scaling the velocity
along with the rate closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import STEPS, distance, with_keras, with_tf1

RATES = (1 / 8,) * (STEPS // 2) + (1 / 16,) * (STEPS // 2)


def tf1(rates):
    return with_tf1(lambda rate: tf.compat.v1.train.MomentumOptimizer(rate, 0.9), rates)


def keras(rates, scale_velocity=False):
    def before_step(optimizer, step):
        optimizer.learning_rate = rates[step]
        if scale_velocity and step and rates[step] != rates[step - 1]:
            (velocity,) = [variable for variable in optimizer.variables if variable.path.endswith("momentum")]
            velocity.assign(velocity * (rates[step] / rates[step - 1]))

    return with_keras(tf.keras.optimizers.SGD(rates[0], momentum=0.9), before_step=before_step)


def experiment():
    return [
        Finding(
            "v1.train.MomentumOptimizer",
            "keras.optimizers.SGD(momentum=0.9)",
            "x after 20 steps, the rate halved after 10",
            distance(tf1(RATES), keras(RATES)),
            "velocity scaled with the rate; no argument does it",
            distance(tf1(RATES), keras(RATES, scale_velocity=True)),
        )
    ]
