"""Adam has another epsilon in Keras than in TensorFlow 1, and the two round their betas differently

Theme: Optimizers
Symptom: Adam in Keras gives slightly different weights from tf.compat.v1.train.AdamOptimizer, with the same arguments,
    and even if the variables are float64.
Answer: give both the same `epsilon`, and the betas as `np.float64(0.9)` and `np.float64(0.999)`. After 20 steps,
    float64 weights that were 1e-5 apart then agree within 1e-13.

    $ .venv/bin/python examples/pitfalls/adam_epsilon.py
    x after 20 steps in float64, Keras's Adam against TensorFlow 1's
    wrong  each with its own epsilon, betas as np.float64: 9.62e-06 apart
    wrong  one epsilon, betas as Python's 0.9 and 0.999: ...e-06 apart
    right  one epsilon, betas as np.float64: ... apart

Why: epsilon is 1e-8 in TensorFlow 1 and 1e-7 in Keras; it stands outside the root in both. Betas given as Python's
    numbers are rounded to float32, for float64 variables too. TensorFlow 1 also multiplies their powers up in float32;
    Keras raises the rounded betas to the power of the step. Adam divides by 1 - beta^step, which makes much of a small
    error where beta is close to one. Neither rounds an np.float64.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf
from quadratic import distance, with_keras, with_tf1

ROUNDED = (0.9, 0.999)
EXACT = tuple(map(np.float64, ROUNDED))
EPSILON = np.float64(1e-7)


def tf1(betas, **epsilon):
    return with_tf1(lambda rate: tf.compat.v1.train.AdamOptimizer(rate, *betas, **epsilon))


def keras(betas, **epsilon):
    return with_keras(tf.keras.optimizers.Adam(1 / 8, *betas, **epsilon))


def gap(betas, **epsilon):
    return distance(tf1(betas, **epsilon), keras(betas, **epsilon))


# %% The wrong way: the same name, and whatever epsilon each has.
print("x after 20 steps in float64, Keras's Adam against TensorFlow 1's")
own_epsilon = gap(EXACT)
print(f"wrong  each with its own epsilon, betas as np.float64: {own_epsilon:.3g} apart")
assert 1e-6 <= own_epsilon <= 1e-4

# %% Nor is one epsilon enough: both round the betas, each in its own way.
rounded = gap(ROUNDED, epsilon=EPSILON)
print(f"wrong  one epsilon, betas as Python's 0.9 and 0.999: {rounded:.3g} apart")
assert 1e-6 <= rounded <= 1e-4

# %% The right way: one epsilon, and betas that neither rounds.
exact = gap(EXACT, epsilon=EPSILON)
print(f"right  one epsilon, betas as np.float64: {exact:.1g} apart")
assert exact <= 1e-13  # two ways of writing one formula in float64, over twenty steps
