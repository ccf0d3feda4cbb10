"""The gradient is None because a dtype is an integer

Theme: Gradients
Symptom: tape.gradient returns None; sometimes "WARNING:tensorflow: The dtype of the watched tensor must be floating
    (e.g. tf.float32), got tf.int32".
Answer: write 3.0 instead of 3, or tf.cast to a floating dtype before the tape watches: None becomes 6.0.

    $ .venv/bin/python examples/pitfalls/gradient_none_integer_dtype.py
    wrong  x = tf.constant(3) is int32: None
           The dtype of the watched tensor must be floating (e.g. tf.float32), got tf.int32
    wrong  x = tf.Variable(3) is int32, and no warning: None
    wrong  cast to int32 and back: None
    wrong  x > 2, as an accuracy counts: None
    wrong  argmax: None
    right  x = tf.constant(3.0) is float32: 6.0
    right  x = tf.cast(3, tf.float32) is float32: 6.0

Why: 3 becomes int32, 3.0 becomes float32. Integers have no derivative, so TensorFlow passes none through them: not for
    a variable of integers, not through a cast to integers and back, not through argmax or a comparison. Only
    tape.watch says so, in a warning of the logger "tensorflow", at most five times in a process; an integer variable
    gets no message.
"""

import unittest

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf


def square_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


# %% The wrong way: the constant 3 is an int32. (assertLogs brings back the warning, which this script silences.)
x = tf.constant(3)
with unittest.TestCase().assertLogs("tensorflow", "WARNING") as logs:
    gradient = square_gradient(x)
print(f"wrong  x = tf.constant(3) is {x.dtype.name}:", gradient)
print("      ", logs.records[0].getMessage())
assert gradient is None
assert "must be floating" in logs.records[0].getMessage()

# %% A variable is watched without tape.watch, and so without the warning.
counter = tf.Variable(3)
with unittest.TestCase().assertNoLogs("tensorflow", "WARNING"), tf.GradientTape() as tape:
    y = counter * counter
gradient = tape.gradient(y, counter)
print(f"wrong  x = tf.Variable(3) is {counter.dtype.name}, and no warning:", gradient)
assert gradient is None

# %% x and y are floats here, but an integer or a truth value stands between them.
weight = tf.Variable(3.0)
for name, detour in (
    ("cast to int32 and back", lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32)),
    ("x > 2, as an accuracy counts", lambda x: tf.cast(x > 2, tf.float32)),
    ("argmax", lambda x: tf.cast(tf.argmax([x, 2 * x]), tf.float32)),
):
    with tf.GradientTape() as tape:
        y = detour(weight)
    gradient = tape.gradient(y, weight)
    print(f"wrong  {name}:", gradient)
    assert gradient is None

# %% The right way: floats from the beginning, or a cast before the tape starts.
for name, x in (("tf.constant(3.0)", tf.constant(3.0)), ("tf.cast(3, tf.float32)", tf.cast(3, tf.float32))):
    gradient = square_gradient(x)
    print(f"right  x = {name} is {x.dtype.name}:", gradient.numpy())
    assert gradient == 6
