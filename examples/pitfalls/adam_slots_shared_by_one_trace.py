"""One traced step for two variables shares Adam's slots between them, without an error

Theme: Tracing
Symptom: a tf.function takes the variables to train as an argument, is called for the variables of a second model, and
    trains them wrongly. The same code in eager execution raises ValueError: "Unknown variable ... This optimizer can
    only be called for the variables it was originally built with".
Answer: one optimizer and one tf.function for each set of variables; then both move by 0.1 in the first step instead of
    0.1 and 0.0861.

    $ .venv/bin/python examples/pitfalls/adam_slots_shared_by_one_trace.py
    wrong  one optimizer, eager execution
      ValueError: Unknown variable: <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=5.0>. This
        optimizer can only be called for the variables it was originally built with. When working with a
        new set of variables, you should recreate a new optimizer instance.
    wrong  one optimizer, one tf.function: the weights move by 0.1000 and 0.0861
    right  one of each for each variable: 0.1000 and 0.1000

Why: two variables of the same dtype and shape are the same kind of argument, so the second call runs the graph of the
    first. The weight is an input of that graph, but the slots of Adam are fixed in it: momentum and velocity of the
    first variable. The check of Keras runs in Python, and Python does not run. In TensorFlow 1 this could not happen:
    every call of minimize built its own nodes, and the optimizer made slots for each variable that was new to it.
"""

from graphs.lesson import fails

import tensorflow as tf


def step_for(optimizer):
    def step(weight):
        optimizer.apply([2 * weight], [weight])  # the gradient of the squared weight
        return weight.read_value()

    return step


# %% Eager execution checks: this optimizer knows the first variable only.
first, second = tf.Variable(1.0), tf.Variable(5.0)
eager = step_for(tf.keras.optimizers.Adam(0.1))
eager(first)
print("wrong  one optimizer, eager execution")
with fails(ValueError, "Unknown variable"):
    eager(second)

# %% The wrong way: the same as a tf.function. The first step of Adam moves a weight by the learning rate, whatever the
# gradient is; the second variable moves by less.
first, second = tf.Variable(1.0), tf.Variable(5.0)
wrong = tf.function(step_for(tf.keras.optimizers.Adam(0.1)))
moved = 1 - wrong(first).numpy(), 5 - wrong(second).numpy()
print(f"wrong  one optimizer, one tf.function: the weights move by {moved[0]:.4f} and {moved[1]:.4f}")
momentum, velocity = 0.9 * 0.2 + 0.1 * 10, 0.999 * 0.004 + 0.001 * 100  # begun with the first gradient, 2
mixed = 0.1 * (momentum / (1 - 0.9**2)) / (velocity / (1 - 0.999**2)) ** 0.5
assert abs(moved[0] - 0.1) < 1e-5
assert abs(moved[1] - mixed) < 1e-5

# %% The right way: an optimizer and a tf.function for each.
first, second = tf.Variable(1.0), tf.Variable(5.0)
steps = [tf.function(step_for(tf.keras.optimizers.Adam(0.1))) for _ in range(2)]
moved = 1 - steps[0](first).numpy(), 5 - steps[1](second).numpy()
print(f"right  one of each for each variable: {moved[0]:.4f} and {moved[1]:.4f}")
assert abs(moved[0] - 0.1) < 1e-5
assert abs(moved[1] - 0.1) < 1e-5
