"""A graph computes g / sqrt(a) as g * rsqrt(a), which rounds differently

Theme: Numbers
Symptom: a division by tf.sqrt, such as the step of RMSProp, differs in the last digits between eager execution and a
    tf.function or session.run.
Answer: switch off the graph optimizer's pass `arithmetic_optimization`; then all three have the same bits. With it, a
    thousand quotients in float32 differed from those of eager execution by up to 2e-7, relative.

    $ .venv/bin/python examples/pitfalls/division_by_root.py
    g / tf.sqrt(a) for 1,000 numbers, the largest relative difference from eager execution
    wrong  tf.function: ...
    wrong  Session: ...
    right  tf.function without arithmetic_optimization: 0.0
    right  Session without arithmetic_optimization: 0.0

Why: Grappler, the graph optimizer, rewrites the quotient into a product with the reciprocal root, for a function and
    for a session alike. Both forms are correct to rounding, but not to the same rounding. Eager execution has no such
    passes. How far apart they are depends on the processor.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

from graphs.implementations.grappler_options import ON, function_options, session_config

WITHOUT = {"arithmetic_optimization": False}
gradients = np.random.default_rng(0).normal(size=1000).astype("float32")
NUMBERS = gradients, np.float32(0.1) * gradients * gradients  # the gradients and their first mean squares


def step(gradient, mean_square):
    return gradient / tf.sqrt(mean_square)


def eager():
    return step(*map(tf.constant, NUMBERS)).numpy()


def function(options=ON):
    with function_options(options):  # sets tf.config.optimizer, and puts it back
        return tf.function(step)(*map(tf.constant, NUMBERS)).numpy()


def session(options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as running:
        placeholders = v1.placeholder("float32", (1000,)), v1.placeholder("float32", (1000,))
        return running.run(step(*placeholders), feed_dict=dict(zip(placeholders, NUMBERS)))


def from_eager(result):
    return float(np.abs(result / eager() - 1).max())


# %% The wrong way: to expect the bits of eager execution from a graph that is optimized.
print("g / tf.sqrt(a) for 1,000 numbers, the largest relative difference from eager execution")
for name, run in (("tf.function", function), ("Session", session)):
    apart = from_eager(run())
    print(f"wrong  {name}: {apart:.2g}")
    assert 2**-24 <= apart <= 2**-21

# %% The right way: without the pass that rewrites the division.
for name, run in (("tf.function", function), ("Session", session)):
    apart = from_eager(run(WITHOUT))
    print(f"right  {name} without arithmetic_optimization: {apart}")
    assert apart == 0
