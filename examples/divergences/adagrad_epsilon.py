"""AdaGrad adds an epsilon under the root in Keras, and none in TensorFlow 1.

Keras's epsilon=0 closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding
from divergences.quadratic import distance, with_keras, with_tf1

START = 0.125  # of the accumulator: float32 holds it exactly


def keras(**epsilon):
    return with_keras(tf.keras.optimizers.Adagrad(1 / 8, initial_accumulator_value=START, **epsilon))


def experiment():
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.AdagradOptimizer(rate, initial_accumulator_value=START))
    return [
        Finding(
            "v1.train.AdagradOptimizer",
            "keras.optimizers.Adagrad",
            "x after 20 steps",
            distance(tf1, keras()),
            "epsilon=0 in Keras",
            distance(tf1, keras(epsilon=0.0)),
        )
    ]
