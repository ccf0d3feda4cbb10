"""RMSProp starts its mean square at one in TensorFlow 1 and at zero in Keras.

The first steps of Keras are therefore far longer. Setting the slot to one closes the gap. Epsilon stands under the root
in both.
"""

import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1

DECAY = 0.875  # a number that float32 holds exactly, see float32_hyperparameters.py
EPSILON = 1e-7  # Keras's; TensorFlow 1 has 1e-10, which makes a difference of 1e-7 here


def keras(prepare=lambda optimizer, x: None):
    return with_keras(tf.keras.optimizers.RMSprop(1 / 8, rho=DECAY, epsilon=EPSILON), prepare)


def slot_of_ones(optimizer, x):
    (slot,) = [variable for variable in optimizer.variables if variable.path.endswith("velocity")]
    slot.assign(tf.ones_like(x))


def experiment():
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=DECAY, epsilon=EPSILON))
    return [
        Finding(
            "v1.train.RMSPropOptimizer",
            "keras.optimizers.RMSprop",
            "x after 20 steps",
            distance(tf1, keras()),
            "Keras's slot set to one before the first step",
            distance(tf1, keras(slot_of_ones)),
        )
    ]
