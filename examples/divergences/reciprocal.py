"""1 / (1 / x) is computed in two divisions by eager execution, and not at all in a graph: what comes out is x.

For x = 7 in float32 eager execution rounds twice and gives 6.9999995. Two of Grappler's passes work together:
constant_folding turns 1 / y into Reciprocal, and arithmetic_optimization drops a Reciprocal of a Reciprocal. Switching
either off closes the gap. It opens only where Grappler knows the rank of x: a session does not trust the shape of what
it is fed, and divides twice there, but not for a variable.
"""

import tensorflow as tf

from divergences.finding import Finding
from graphs.implementations.grappler_options import ON, function_options, session_config

WITHOUT = {"constant_folding": False}


def twice(x):
    return 1 / (1 / x)


def eager(x):
    return float(twice(tf.constant(x)))


def function(x, options=ON):
    with function_options(options):
        return float(tf.function(twice)(tf.constant(x)))


def session_of_variable(x, options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as session:
        # A fetched operation is kept as it is; what the identity reads is not.
        result = tf.identity(twice(v1.Variable(x, use_resource=True).read_value()))
        session.run(v1.global_variables_initializer())
        return float(session.run(result))


def session_of_placeholder(x):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        placeholder = v1.placeholder("float32", ())
        return float(session.run(tf.identity(twice(placeholder)), feed_dict={placeholder: x}))


def experiment():
    return [
        Finding(
            "eager",
            name,
            "1 / (1 / 7) in float32",
            abs(run(7.0) - eager(7.0)),
            "constant_folding=False",
            abs(run(7.0, WITHOUT) - eager(7.0)),
        )
        for name, run in (("tf.function", function), ("Session, of a variable", session_of_variable))
    ]
