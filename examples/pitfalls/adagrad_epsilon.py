"""Keras adds an epsilon under AdaGrad's root, and TensorFlow 1 adds none

Theme: Optimizers
Symptom: Adagrad in Keras drifts away from tf.compat.v1.train.AdagradOptimizer, with the same learning rate, the same
    accumulator and the same gradients.
Answer: give Keras `epsilon=0`. After 20 steps, float64 weights that were 9e-8 apart are then equal.

    $ .venv/bin/python examples/pitfalls/adagrad_epsilon.py
    x after 20 steps, Keras's Adagrad against TensorFlow 1's
    wrong  epsilon as it is in Keras, 1e-7: 8.7e-08 apart
    right  epsilon=0 in Keras: 0 apart

Why: TensorFlow 1 divides by sqrt(accumulator), Keras by sqrt(accumulator + epsilon), and its epsilon is 1e-7 unless you
    give one. In both the accumulator starts at 0.1 unless you give a start. Here it starts at a number that float32
    holds exactly, because Keras rounds it: see float32_hyperparameters.py.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
from quadratic import distance, with_keras, with_tf1

START = 0.125  # of the accumulator


def keras(**epsilon):
    return with_keras(tf.keras.optimizers.Adagrad(1 / 8, initial_accumulator_value=START, **epsilon))


# %% The wrong way: the same arguments for both.
tf1 = with_tf1(lambda rate: tf.compat.v1.train.AdagradOptimizer(rate, initial_accumulator_value=START))
apart = distance(tf1, keras())
print("x after 20 steps, Keras's Adagrad against TensorFlow 1's")
print(f"wrong  epsilon as it is in Keras, 1e-7: {apart:.3g} apart")
assert 1e-9 <= apart <= 1e-5

# %% The right way: no epsilon in Keras, either.
apart = distance(tf1, keras(epsilon=0.0))
print(f"right  epsilon=0 in Keras: {apart:.3g} apart")
assert apart == 0
