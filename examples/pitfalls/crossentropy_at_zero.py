"""A cross-entropy written with max and abs has a wrong gradient where the logit is exactly 0

Theme: Losses
Symptom: a binary cross-entropy written by hand, max(z, 0) - z t + log(1 + exp(-|z|)), has the right value, but its
    gradient is off by 0.5 for an example whose logit is 0: 0 for class 1 with tf.maximum(z, 0.0) (zero weights and
    biases, or dead ReLUs below).
Answer: use `tf.nn.sigmoid_cross_entropy_with_logits`. At the logit 0 its gradient is -0.5, as it should be, where that
    of the formula is 0.

    $ .venv/bin/python examples/pitfalls/crossentropy_at_zero.py
    gradient at the logit 0 for the target 1; the derivative, sigmoid(0) - 1, is -0.5
    wrong  max(z, 0) - z t + log1p(exp(-|z|)): 0.0
    right  tf.nn.sigmoid_cross_entropy_with_logits: -0.5
    the value of both: ln 2

Why: at 0 both max and |z| have a kink. At a tie tf.maximum gives the whole gradient to its first argument, so the slope
    of tf.maximum(z, 0.0) is 1, and that of tf.maximum(0.0, z) is 0. For |z| TensorFlow takes the middle of the two
    slopes, 0. The formula needs both from the same side, or both from the middle. Nothing is wrong away from 0.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import math

import tensorflow as tf

TARGET = 1.0


def elementary(logit):
    return tf.maximum(logit, 0.0) - logit * TARGET + tf.math.log1p(tf.exp(-tf.abs(logit)))


def from_tensorflow(logit):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=TARGET, logits=logit)


def gradient(loss, logit):
    logit = tf.constant(logit)
    with tf.GradientTape() as tape:
        tape.watch(logit)
        value = loss(logit)
    return float(tape.gradient(value, logit))


# %% The wrong way: the formula, differentiated piece by piece.
true = 0.5 - TARGET  # sigmoid(0) - target
print(f"gradient at the logit 0 for the target 1; the derivative, sigmoid(0) - 1, is {true}")
wrong = gradient(elementary, 0.0)
print(f"wrong  max(z, 0) - z t + log1p(exp(-|z|)): {wrong}")
assert abs(wrong - true) == 0.5

# %% Why: the slopes that TensorFlow takes at the two kinks do not fit together.
assert gradient(lambda z: tf.maximum(z, 0.0), 0.0) == 1
assert gradient(tf.abs, 0.0) == 0

# %% The right way: one operation, with one gradient for the whole formula.
right = gradient(from_tensorflow, 0.0)
print(f"right  tf.nn.sigmoid_cross_entropy_with_logits: {right}")
assert right == true

# %% The value shows nothing, and away from 0 the gradients agree.
assert all(math.isclose(loss(tf.constant(0.0)), math.log(2), rel_tol=1e-6) for loss in (elementary, from_tensorflow))
print("the value of both: ln 2")
for logit in (-1.0, 1.0):
    assert math.isclose(gradient(elementary, logit), gradient(from_tensorflow, logit), rel_tol=1e-5)
