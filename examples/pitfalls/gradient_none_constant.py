"""The gradient is None because the tape does not watch a constant

Theme: Gradients
Symptom: tape.gradient returns None for an input, a tf.constant or a variable with trainable=False. There is no error.
Answer: tape.watch(x) before x is used, and the gradient is 6.0; or make x a trainable tf.Variable.
Threads: tensorflow 56968

    $ .venv/bin/python examples/pitfalls/gradient_none_constant.py
    wrong  x is a constant: None
    wrong  x is a variable with trainable=False: None
    wrong  x is watched, but only after it was used: None
    right  x is a constant, watched before it is used: 6.0
    right  x is a variable with trainable=False, watched before it is used: 6.0
    right  x is a constant in a graph, tf.gradients: 6.0

Why: a tape records an operation only if it watches one of the operation's inputs. By itself it watches trainable
    variables, from the first time that they are read. Everything else has to be named, before it is used: a tape
    cannot record what has already run. A graph of TensorFlow 1 records every operation, so tf.gradients needs no
    watching, neither in a session nor in a tf.function.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

x = tf.constant(3.0)
frozen = tf.Variable(3.0, trainable=False)

# %% The wrong way: the tape is not told that a gradient with respect to x will be asked for.
with tf.GradientTape() as tape:
    y = x * x
gradient = tape.gradient(y, x)
print("wrong  x is a constant:", gradient)
assert gradient is None

with tf.GradientTape() as tape:
    y = frozen * frozen
gradient = tape.gradient(y, frozen)
print("wrong  x is a variable with trainable=False:", gradient)
assert gradient is None

with tf.GradientTape() as tape:
    y = x * x
    tape.watch(x)
gradient = tape.gradient(y, x)
print("wrong  x is watched, but only after it was used:", gradient)
assert gradient is None

# %% The right way: watch it first. This works for a variable that is not trainable, too.
for name, source in (("constant", x), ("variable with trainable=False", frozen)):
    with tf.GradientTape() as tape:
        tape.watch(source)
        y = source * source
    gradient = tape.gradient(y, source)
    print(f"right  x is a {name}, watched before it is used:", gradient.numpy())
    assert gradient == 6

# %% TensorFlow 1 had no need of it: the whole graph is there when tf.gradients walks back through it.
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    x = tf.constant(3.0)
    gradient = session.run(tf.gradients(x * x, x)[0])
print("right  x is a constant in a graph, tf.gradients:", gradient)
assert gradient == 6
