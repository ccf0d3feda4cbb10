"""A tape gives gradients once, unless it is persistent

Theme: Gradients
Symptom: "RuntimeError: A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)".
Answer: ask for all gradients in one call, tape.gradient(loss, [a, b]), or use tf.GradientTape(persistent=True).
Threads: tensorflow 46487

    $ .venv/bin/python examples/pitfalls/gradient_tape_used_twice.py
    wrong  first call: 3.0 and the second:
      RuntimeError: A non-persistent GradientTape can only be used to compute one set of gradients (or
        jacobians)
    wrong  a call inside the with, and another after it:
      RuntimeError: A non-persistent GradientTape can only be used to compute one set of gradients (or
        jacobians)
    right  one call for both variables: 3.0 2.0
    right  two losses, a persistent tape: 3.0 4.0

Why: a tape holds on to the values of the forward pass, and lets go of them with the first tape.gradient, or they would
    stay in memory. A persistent tape keeps them until it is deleted. A call inside the with ends an ordinary tape
    there: what comes later is not recorded. TensorFlow 1's tf.gradients could be called as often as one liked, since
    the graph stays.
"""

from graphs.lesson import fails

import tensorflow as tf

a, b = tf.Variable(2.0), tf.Variable(3.0)

# %% The wrong way: one call for each variable.
with tf.GradientTape() as tape:
    loss = a * b
print("wrong  first call:", tape.gradient(loss, a).numpy(), "and the second:")
with fails(RuntimeError, "A non-persistent GradientTape can only be used to compute one set of gradients"):
    tape.gradient(loss, b)

# %% A call inside the with counts as well, and ends the recording without a word.
with tf.GradientTape() as tape:
    loss = a * b
    tape.gradient(loss, a)
    penalty = a * a
print("wrong  a call inside the with, and another after it:")
with fails(RuntimeError, "A non-persistent GradientTape can only be used to compute one set of gradients"):
    tape.gradient(penalty, a)

# %% The right way: one call with all variables, for one loss.
with tf.GradientTape() as tape:
    loss = a * b
gradients = tape.gradient(loss, [a, b])
print("right  one call for both variables:", *(gradient.numpy() for gradient in gradients))
assert [gradient.numpy() for gradient in gradients] == [3, 2]

# %% The right way: a persistent tape, for several losses. Delete it when its gradients are known.
with tf.GradientTape(persistent=True) as tape:
    loss = a * b
    penalty = a * a
gradients = tape.gradient(loss, a), tape.gradient(penalty, a)
del tape
print("right  two losses, a persistent tape:", *(gradient.numpy() for gradient in gradients))
assert [gradient.numpy() for gradient in gradients] == [3, 4]
