"""The loss cannot fall below 1.461 because softmax is applied twice

Theme: Losses
Symptom: the loss of a classifier with 10 classes stops at 1.461, though its accuracy is high. The model ends with a
    softmax, and the loss has from_logits=True or is tf.nn.softmax_cross_entropy_with_logits.
Answer: one softmax: give the loss the logits, or use from_logits=False. With 10 classes and perfect predictions the
    loss is then 0.000 instead of log(1 + 9/e) = 1.461.
Threads: keras 6587; Mask_RCNN 427; tensorflow 32869

    $ .venv/bin/python examples/pitfalls/softmax_twice.py
    wrong  2 classes, logit of the target 5, 20, 80: 0.317 0.313 0.313
    wrong  10 classes, logit of the target 5, 20, 80: 1.510 1.461 1.461
    wrong  1000 classes, logit of the target 5, 20, 80: 6.779 5.909 5.909
    right  10 classes, the same logits without softmax: 0.059 0.000 0.000
    right  10 classes, softmax and from_logits=False, logit 80: 0.000
    wrong  length of the gradient at the start: 0.095
    right  length of the gradient at the start: 0.949
    wrong  Keras, from_logits=True, tf.nn.softmax, eager: 1.461, no warning
           the same in a tf.function: 0.000, 1 warning
           eager with tf.keras.activations.softmax: 0.000, 1 warning

Why: such a loss applies softmax itself. What it gets here are probabilities p, from 0 to 1, and not logits. Its value,
    log(sum(exp(p))) - p[target], is least where p is 1 at the target and 0 elsewhere: log(e + C - 1) - 1 for C
    classes, which is log(1 + (C - 1)/e). The gradient with respect to the logits is C times smaller at the start, so
    training is slow as well. Keras 3 removes the softmax, and warns, where it finds one: its own, or any in the graph
    of a tf.function. In eager execution tf.nn.softmax leaves it numbers only, so the same lines give 1.461 there.
"""

import warnings

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

with_logits = tf.nn.softmax_cross_entropy_with_logits


def confident(classes, logit):
    """A target, and logits that are right about it."""
    target = tf.one_hot(0, classes)
    return target, logit * target


# %% The wrong way: however sure the model is of the right class, the loss stays above a floor.
for classes in (2, 10, 1000):
    losses = []
    for logit in (5.0, 20.0, 80.0):
        target, logits = confident(classes, logit)
        losses.append(with_logits(target, tf.nn.softmax(logits)).numpy())
    floor = np.log(1 + (classes - 1) / np.e)
    print(f"wrong  {classes} classes, logit of the target 5, 20, 80: {' '.join(f'{loss:.3f}' for loss in losses)}")
    assert np.isclose(losses[-1], floor, rtol=1e-6)
    assert min(losses) > floor - 1e-5
    if classes == 10:
        assert abs(floor - 1.461) < 0.0005

# %% The right way: the loss gets the logits, or a loss that expects probabilities gets these.
losses = [with_logits(*confident(10, logit)).numpy() for logit in (5.0, 20.0, 80.0)]
print(f"right  10 classes, the same logits without softmax: {' '.join(f'{loss:.3f}' for loss in losses)}")
assert losses[-1] == 0
target, logits = confident(10, 80.0)
loss = tf.keras.losses.CategoricalCrossentropy(from_logits=False)(target, tf.nn.softmax(logits)).numpy()
print(f"right  10 classes, softmax and from_logits=False, logit 80: {loss:.3f}")
assert loss < 1e-6


# %% At the start, where all logits are equal, the second softmax divides the gradient by the number of classes.
def size_of_gradient(activation):
    target, logits = confident(10, 0.0)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = with_logits(target, activation(logits))
    return np.linalg.norm(tape.gradient(loss, logits))


wrong, right = size_of_gradient(tf.nn.softmax), size_of_gradient(tf.identity)
print(f"wrong  length of the gradient at the start: {wrong:.3f}")
print(f"right  length of the gradient at the start: {right:.3f}")
assert np.isclose(right, 10 * wrong)


# %% Keras 3 takes the softmax away where it sees one. tf.nn.softmax in eager execution leaves nothing to see.
def from_logits(softmax):
    target, logits = confident(10, 80.0)
    return tf.keras.losses.CategoricalCrossentropy(from_logits=True)(target, softmax(logits))


for name, run, loss_expected, warned in (
    ("wrong  Keras, from_logits=True, tf.nn.softmax, eager", from_logits, np.log(1 + 9 / np.e), False),
    ("       the same in a tf.function", tf.function(from_logits), 0, True),
    ("       eager with tf.keras.activations.softmax", lambda _: from_logits(tf.keras.activations.softmax), 0, True),
):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loss = run(tf.nn.softmax).numpy()
    messages = [str(each.message) for each in caught if "does not represent logits" in str(each.message)]
    print(f"{name}: {loss:.3f}, {len(messages) or 'no'} warning")
    assert np.isclose(loss, loss_expected)
    assert bool(messages) is warned
