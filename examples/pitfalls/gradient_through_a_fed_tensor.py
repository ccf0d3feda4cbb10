"""Feeding a tensor does not stop the gradient at it

Theme: Graphs and sessions
Symptom: a layer is fed stored values, and the weights before it are trained all the same: their gradient is not zero.
Answer: cut the gradient as well: feed zeros to the gradient of that tensor, taken from the same call, tf.gradients(y,
    [x, hidden]), as another call builds other nodes. Or put a tf.stop_gradient behind the tensor, if the weights before
    it are never to be trained in this graph.
Threads: tensorflow 1388, 6903

    $ .venv/bin/python examples/pitfalls/gradient_through_a_fed_tensor.py
    wrong  hidden is fed 10: y = 100.0, its gradient with respect to x = 40.0
    right  the gradient at hidden is fed 0: y = 100.0, gradient = 0.0
    right  eager, hidden is a constant 10: y = 100.0, gradient = None

Why: tf.gradients adds nodes that multiply the local derivatives along the path from y to x. The path was found when the
    graph was built; a feed changes values in one run. Only the forward nodes before the fed tensor are left out.
    GradientTape differs: it records what ran, and a value from outside has no path to x.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

tf1 = tf.compat.v1

with tf1.Graph().as_default(), tf1.Session() as session:
    x = tf1.Variable(1.0)
    hidden = 2.0 * x
    y = tf.square(hidden)
    d_x, d_hidden = tf1.gradients(y, [x, hidden])
    session.run(tf1.global_variables_initializer())

    # %% The wrong way: with hidden fed, y does not depend on x. Its gradient is 2 * 10 * 2.
    wrong = session.run([y, d_x], {hidden: 10.0})
    print(f"wrong  hidden is fed 10: y = {wrong[0]}, its gradient with respect to x = {wrong[1]}")
    assert wrong == [100, 40]
    session.run(x.assign(5.0))
    assert session.run(y, {hidden: 10.0}) == 100
    assert session.run(d_x, {hidden: 10.0}) == 40

    # %% The right way: what flows back is fed, too; or there is no path.
    right = session.run([y, d_x], {hidden: 10.0, d_hidden: 0.0})
    print(f"right  the gradient at hidden is fed 0: y = {right[0]}, gradient = {right[1]}")
    assert right == [100, 0]
    assert tf1.gradients(tf.square(tf.stop_gradient(hidden)), [x]) == [None]

# %% The right way in eager execution: the tape records what ran.
x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = tf.square(tf.constant(10.0))
gradient = tape.gradient(y, x)
print(f"right  eager, hidden is a constant 10: y = {y}, gradient = {gradient}")
assert y == 100
assert gradient is None
