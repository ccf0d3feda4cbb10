"""g / sqrt(a), the step of RMSProp, is computed as g * rsqrt(a) in a graph, and as it is written in eager execution.

Grappler's pass arithmetic_optimization rewrites it, for a function and for a session alike. Switching that pass off
closes the gap.
"""

import numpy as np
import tensorflow as tf

from divergences.finding import Finding
from graphs.implementations.grappler_options import ON, function_options, session_config

WITHOUT = {"arithmetic_optimization": False}


def numbers():
    """A thousand gradients and their first mean squares, in float32."""
    gradients = np.random.default_rng(0).normal(size=1000).astype("float32")
    return gradients, np.float32(0.1) * gradients * gradients


def step(gradient, mean_square):
    return gradient / tf.sqrt(mean_square)


def eager():
    return step(*map(tf.constant, numbers())).numpy()


def function(options=ON):
    with function_options(options):
        return tf.function(step)(*map(tf.constant, numbers())).numpy()


def session(options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as running:
        placeholders = v1.placeholder("float32", (1000,)), v1.placeholder("float32", (1000,))
        return running.run(step(*placeholders), feed_dict=dict(zip(placeholders, numbers(), strict=True)))


def relative(a, b):
    return float(np.abs(a / b - 1).max())


def experiment():
    return [
        Finding(
            "eager",
            name,
            "g / sqrt(a) of 1,000 numbers, relative",
            relative(run(), eager()),
            "arithmetic_optimization=False",
            relative(run(WITHOUT), eager()),
        )
        for name, run in (("tf.function", function), ("Session", session))
    ]
