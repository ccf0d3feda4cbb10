"""The second derivative is None because the first was computed outside of the with

Theme: Gradients
Symptom: tape.gradient(first_gradient, x) returns None, for a gradient penalty or a Hessian; or "Calling
    GradientTape.gradient on a persistent tape inside its context is significantly less efficient".
Answer: two tapes, one inside the other; the first gradient is computed inside the outer with. None becomes 18.0.
Threads: tensorflow 41510

    $ .venv/bin/python examples/pitfalls/second_derivative_none.py
    wrong  outside of the with: 27.0, then None
    right  two tapes: 27.0, then 18.0
    right  one persistent tape, inside: 27.0, then 18.0

Why: a tape records what runs inside its with, and a gradient is a computation like any other. Computed after the with,
    it is a tensor without a past. A persistent tape that computes its gradient inside its own with records that
    computation, too, which is what the second derivative needs, and wasted memory for whoever needs the first only:
    hence the warning. TensorFlow 1's gradients are nodes of the graph, so tf.gradients of tf.gradients needs no second
    tape; TensorFlow 1's own while_loop, and operations without a second gradient, refuse.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

x = tf.Variable(3.0)

# %% The wrong way: nothing recorded how the first derivative, 3 x², came from x.
with tf.GradientTape(persistent=True) as tape:
    y = x * x * x
first = tape.gradient(y, x)
second = tape.gradient(first, x)
print(f"wrong  outside of the with: {first.numpy()}, then {second}")
assert first == 27
assert second is None

# %% The right way: the outer tape records what the inner one computes.
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x * x * x
    first = inner.gradient(y, x)
second = outer.gradient(first, x)
print(f"right  two tapes: {first.numpy()}, then {second.numpy()}")
assert (first, second) == (27, 18)

# %% One persistent tape gives the same, inside its own with. TensorFlow logs its warning then, once in a process.
with tf.GradientTape(persistent=True) as tape:
    y = x * x * x
    first = tape.gradient(y, x)
second = tape.gradient(first, x)
print(f"right  one persistent tape, inside: {first.numpy()}, then {second.numpy()}")
assert (first, second) == (27, 18)
