"""1 / (1 / x) is computed in two divisions by eager execution, and not at all in a graph: what comes out is x.

For x = 7 in float32 eager execution rounds twice and gives 6.9999995. Grappler's pass constant_folding turns the
division by a quotient round; switching it off closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding
from graphs.explain.passes import ON, function_options

WITHOUT = {"constant_folding": False}


def twice(x):
    return 1 / (1 / x)


def eager(x):
    return float(twice(tf.constant(x)))


def function(x, options=ON):
    with function_options(options):
        return float(tf.function(twice)(tf.constant(x)))


def experiment():
    return [
        Finding(
            "eager",
            "tf.function",
            "1 / (1 / 7) in float32",
            abs(function(7.0) - eager(7.0)),
            "constant_folding=False",
            abs(function(7.0, WITHOUT) - eager(7.0)),
        )
    ]
