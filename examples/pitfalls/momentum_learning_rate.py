"""Keras keeps the learning rate inside the velocity, TensorFlow 1 outside: they part when the rate changes

Theme: Optimizers
Symptom: SGD with momentum equals tf.compat.v1.train.MomentumOptimizer until the learning rate changes (a schedule, a
    callback, a decay); from then on the weights differ.
Answer: no argument does it; multiply the velocity by new rate / old rate whenever you change the rate (neither may be
    0: that would erase the velocity, or divide by zero). With the rate halved after 10 of 20 steps, weights that were
    0.34 apart are then equal.

    $ .venv/bin/python examples/pitfalls/momentum_learning_rate.py
    x after 20 steps, Keras's SGD(momentum=0.9) against TensorFlow 1's MomentumOptimizer
           one learning rate throughout: 0 apart
    wrong  the rate halved after 10 steps: 0.342 apart
    right  the rate halved after 10 steps, and the velocity with it: 0 apart

Why: TensorFlow 1 computes v = m v + g, x -= lr v. Keras computes v = m v - lr g, x += v. While lr stays the same they
    are the same. Once it changes, what Keras remembers in v still has the old rate in it, and its steps keep their old
    size for a while.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
from quadratic import STEPS, distance, with_keras, with_tf1

SAME = (1 / 8,) * STEPS
HALVED = (1 / 8,) * (STEPS // 2) + (1 / 16,) * (STEPS // 2)


def tf1(rates):
    return with_tf1(lambda rate: tf.compat.v1.train.MomentumOptimizer(rate, 0.9), rates)


def keras(rates, scale_velocity=False):
    def before_step(optimizer, step):
        optimizer.learning_rate = rates[step]
        if scale_velocity and step and rates[step] != rates[step - 1]:
            (velocity,) = [variable for variable in optimizer.variables if variable.path.endswith("momentum")]
            velocity.assign(velocity * (rates[step] / rates[step - 1]))

    return with_keras(tf.keras.optimizers.SGD(rates[0], momentum=0.9), before_step=before_step)


# %% While the rate stays the same, so do the weights.
print("x after 20 steps, Keras's SGD(momentum=0.9) against TensorFlow 1's MomentumOptimizer")
apart = distance(tf1(SAME), keras(SAME))
print(f"       one learning rate throughout: {apart:.3g} apart")
assert apart == 0

# %% The wrong way: the rate alone changes.
apart = distance(tf1(HALVED), keras(HALVED))
print(f"wrong  the rate halved after 10 steps: {apart:.3g} apart")
assert 0.1 <= apart <= 1

# %% The right way: the velocity is scaled along with it.
apart = distance(tf1(HALVED), keras(HALVED, scale_velocity=True))
print(f"right  the rate halved after 10 steps, and the velocity with it: {apart:.3g} apart")
assert apart == 0
