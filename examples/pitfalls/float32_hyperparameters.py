"""Hyperparameters are rounded to float32 even if the variables are float64

Theme: Optimizers
Symptom: float64 variables, trained by an optimizer of TensorFlow 1 and by that of Keras with the same arguments, agree
    to seven or eight digits and no further.
Answer: give the number as `np.float64(0.9)`, not as 0.9, to the one that rounds it: RMSProp's decay in TensorFlow 1,
    Adagrad's initial_accumulator_value in Keras. RMSProp's weights, 8e-8 apart after 20 steps, then agree within 1e-13.

    $ .venv/bin/python examples/pitfalls/float32_hyperparameters.py
    x after 20 steps in float64, Keras against TensorFlow 1
    wrong  RMSProp, decay=0.9 in TensorFlow 1: 8.12e-08 apart
    right  RMSProp, decay=np.float64(0.9) in TensorFlow 1: ... apart
    wrong  AdaGrad, initial_accumulator_value=0.1 in Keras: 1.5e-09 apart
    right  AdaGrad, initial_accumulator_value=np.float64(0.1) in Keras: 0 apart

Why: a Python number becomes a float32 tensor before it meets the variable, and 0.9 in float32 is off by 2e-8.
    TensorFlow 1 does that to the decay of RMSProp, and Keras does not; Keras does it to the start of AdaGrad's
    accumulator, and TensorFlow 1 does not. An np.float64 becomes a float64 tensor. (Adam's betas are rounded by both:
    adam_epsilon.py.)
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf
from quadratic import distance, with_keras, with_tf1

EPSILON = 1e-7  # of RMSProp in both


def slot_of_ones(optimizer, x):
    """RMSProp's mean square starts at one in TensorFlow 1, see rmsprop_slots.py."""
    (slot,) = [variable for variable in optimizer.variables if variable.path.endswith("velocity")]
    slot.assign(tf.ones_like(x))


def rmsprop_gap(decay):
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=decay, epsilon=EPSILON))
    return distance(tf1, with_keras(tf.keras.optimizers.RMSprop(1 / 8, rho=0.9, epsilon=EPSILON), slot_of_ones))


def adagrad_gap(start):
    tf1 = with_tf1(lambda rate: tf.compat.v1.train.AdagradOptimizer(rate, initial_accumulator_value=0.1))
    keras = tf.keras.optimizers.Adagrad(1 / 8, initial_accumulator_value=start, epsilon=0.0)
    return distance(tf1, with_keras(keras))


# %% RMSProp: TensorFlow 1 rounds the decay.
print("x after 20 steps in float64, Keras against TensorFlow 1")
apart = rmsprop_gap(0.9)
print(f"wrong  RMSProp, decay=0.9 in TensorFlow 1: {apart:.3g} apart")
assert 1e-9 <= apart <= 1e-6
apart = rmsprop_gap(np.float64(0.9))
print(f"right  RMSProp, decay=np.float64(0.9) in TensorFlow 1: {apart:.1g} apart")
assert apart <= 1e-13  # two ways of writing one formula in float64, over twenty steps

# %% AdaGrad: Keras rounds the number with which the accumulator starts.
apart = adagrad_gap(0.1)
print(f"wrong  AdaGrad, initial_accumulator_value=0.1 in Keras: {apart:.3g} apart")
assert 1e-10 <= apart <= 1e-7
apart = adagrad_gap(np.float64(0.1))
print(f"right  AdaGrad, initial_accumulator_value=np.float64(0.1) in Keras: {apart:.3g} apart")
assert apart == 0
