"""RMSProp's mean square starts at one in TensorFlow 1 and at zero in Keras

Theme: Optimizers
Symptom: after the move to Keras, the first steps of RMSprop are far too long and the loss jumps, with the same learning
    rate, decay and epsilon as tf.compat.v1.train.RMSPropOptimizer.
Answer: set Keras's slot to one before the first step. Weights that were 1.15 apart after 20 steps then agree within
    1e-13.

    $ .venv/bin/python examples/pitfalls/rmsprop_slots.py
    x after 20 steps, Keras's RMSprop against TensorFlow 1's RMSPropOptimizer
    wrong  Keras's slot as it is, zero: 1.15 apart
    right  Keras's slot set to one before the first step: ... apart

Why: RMSProp divides by the root of a running mean of squared gradients, and the mean has to start somewhere. From zero
    it is small for the first steps, so the steps are long; from one it is large, so they are short. No argument sets
    the start. Give both the same epsilon, too: it is 1e-10 in TensorFlow 1 and 1e-7 in Keras, and stands under the root
    in both; here that makes a difference of 1e-7.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
from quadratic import distance, with_keras, with_tf1

DECAY = 0.875  # a number that float32 holds exactly, see float32_hyperparameters.py
EPSILON = 1e-7  # Keras's


def keras(prepare=lambda optimizer, x: None):
    return with_keras(tf.keras.optimizers.RMSprop(1 / 8, rho=DECAY, epsilon=EPSILON), prepare)


# %% The wrong way: the same arguments for both.
print("x after 20 steps, Keras's RMSprop against TensorFlow 1's RMSPropOptimizer")
tf1 = with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=DECAY, epsilon=EPSILON))
apart = distance(tf1, keras())
print(f"wrong  Keras's slot as it is, zero: {apart:.3g} apart")
assert 0.1 <= apart <= 10


# %% The right way: before its first step, the slot of each variable is set to one. Keras calls it velocity.
def slot_of_ones(optimizer, x):
    (slot,) = [variable for variable in optimizer.variables if variable.path.endswith("velocity")]
    slot.assign(tf.ones_like(x))


apart = distance(tf1, keras(slot_of_ones))
print(f"right  Keras's slot set to one before the first step: {apart:.1g} apart")
assert apart <= 1e-13  # two ways of writing one formula in float64, over twenty steps
