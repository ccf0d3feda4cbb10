"""A graph replaces 1 / (1 / x) by x, and eager execution divides twice

Theme: Numbers
Symptom: the same arithmetic gives 7.0 in a tf.function and 6.9999995 in eager execution; a graph is more exact than the
    code that was traced.
Answer: switch off `constant_folding` (or `arithmetic_optimization`) of the graph optimizer: 1 / (1 / 7) is then
    6.9999995 everywhere, as written.

    $ .venv/bin/python examples/pitfalls/reciprocal.py
    1 / (1 / 7) in float32; in eager execution: 6.9999995
    wrong  tf.function: 7.0
    wrong  Session, of a variable: 7.0
           Session, of a placeholder: 6.9999995
    right  tf.function without constant_folding: 6.9999995
    right  Session, of a variable, without constant_folding: 6.9999995

Why: eager execution rounds twice. Two passes of Grappler, the graph optimizer, work together: constant_folding turns 1
    / y into Reciprocal, and arithmetic_optimization drops a Reciprocal of a Reciprocal. It happens only where Grappler
    knows the rank of x: a session does not trust the shape of what it is fed, and divides twice there, but not for a
    variable.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

from graphs.implementations.grappler_options import ON, function_options, session_config

WITHOUT = {"constant_folding": False}


def twice(x):
    return 1 / (1 / x)


def eager(x):
    return twice(tf.constant(x)).numpy()


def function(x, options=ON):
    with function_options(options):  # sets tf.config.optimizer, and puts it back
        return tf.function(twice)(tf.constant(x)).numpy()


def session_of_variable(x, options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as session:
        # A fetched operation is kept as it is; what the identity reads is not.
        result = tf.identity(twice(v1.Variable(x, use_resource=True).read_value()))
        session.run(v1.global_variables_initializer())
        return session.run(result)


def session_of_placeholder(x):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        placeholder = v1.placeholder("float32", ())
        return session.run(tf.identity(twice(placeholder)), feed_dict={placeholder: x})


# %% The wrong way: to expect the rounding of the code as written from a graph that is optimized.
as_written = eager(7.0)
print(f"1 / (1 / 7) in float32; in eager execution: {as_written!s}")
assert as_written == np.float32(7 - 2**-21)  # the next smaller number in float32
for name, run in (("tf.function", function), ("Session, of a variable", session_of_variable)):
    print(f"wrong  {name}: {run(7.0)!s}")
    assert run(7.0) == 7
print(f"       Session, of a placeholder: {session_of_placeholder(7.0)!s}")
assert session_of_placeholder(7.0) == as_written

# %% The right way: without one of the two passes.
for name, run in (("tf.function", function), ("Session, of a variable,", session_of_variable)):
    print(f"right  {name} without constant_folding: {run(7.0, WITHOUT)!s}")
    assert run(7.0, WITHOUT) == as_written
