"""A Python number as an argument makes tf.function trace a new graph for each value

Theme: Tracing
Symptom: training gets slower every step; "5 out of the last 5 calls to <function ...> triggered tf.function retracing";
    every step takes as long as the first, and memory grows. A learning rate, a step or an epoch goes in as a Python
    number.
Answer: pass a tensor, or declare an input_signature: 5 values, 1 trace instead of 5. reduce_retracing=True does not
    help.
Threads: tensorflow 34025, 32157, 24726

    $ .venv/bin/python examples/pitfalls/python_number_retraces.py
    wrong  5 learning rates as Python numbers: 5 traces
    wrong  20 more: 25 traces, and 2 warnings in all
    wrong  the same, reduce_retracing=True: 5 traces
    right  5 learning rates as tensors: 1 trace
    right  5 learning rates as np.float32: 1 trace
    right  5 Python numbers and an input_signature: 1 trace

Why: tf.function takes a Python number as part of the program, as it would the number of layers, and builds it into
    the graph as a constant. Another value needs another graph, and every graph is kept. A tensor is data: its graph
    has an input for it, and only dtype and shape must match. TensorFlow warns twice at most for each function; then
    it falls silent, and goes on tracing. A TensorFlow 1 graph with a placeholder was built once.
"""

import unittest.mock

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()
import numpy as np
import tensorflow as tf

RATES = 0.5, 0.4, 0.3, 0.2, 0.1
gradient = tf.constant([1.0, 2.0])


def step(gradient, rate):
    return -rate * gradient


# %% The wrong way: the learning rate is a Python number. Each value is a new graph, with the number in it.
# TensorFlow warns twice for each function and then no more; once it has, a notebook that runs this again shows none.
wrong = tf.function(step)
with unittest.mock.patch("tensorflow.python.platform.tf_logging.warning") as warning:
    for rate in RATES:
        wrong(gradient, rate)
    print(f"wrong  5 learning rates as Python numbers: {wrong.experimental_get_tracing_count()} traces")
    assert wrong.experimental_get_tracing_count() == 5
    for epoch in range(20):
        wrong(gradient, 1.0 + epoch)
print(f"wrong  20 more: {wrong.experimental_get_tracing_count()} traces, and {warning.call_count} warnings in all")
assert wrong.experimental_get_tracing_count() == 25
assert warning.call_count <= 2
assert all("triggered tf.function retracing" in call.args[0] for call in warning.call_args_list)

# %% Relaxing shapes is no cure: a number has no shape to relax.
relaxed = tf.function(step, reduce_retracing=True)
for rate in RATES:
    relaxed(gradient, rate)
print(f"wrong  the same, reduce_retracing=True: {relaxed.experimental_get_tracing_count()} traces")
assert relaxed.experimental_get_tracing_count() == 5

# %% The right way: a tensor, or a number of NumPy, which becomes a tensor; or a signature, which makes it one.
right, with_numpy = tf.function(step), tf.function(step)
declared = tf.function(step, input_signature=[tf.TensorSpec((2,)), tf.TensorSpec(())])
for rate in RATES:
    results = right(gradient, tf.constant(rate)), with_numpy(gradient, np.float32(rate)), declared(gradient, rate)
    assert all(np.array_equal(result, wrong(gradient, rate)) for result in results)
print(f"right  5 learning rates as tensors: {right.experimental_get_tracing_count()} trace")
print(f"right  5 learning rates as np.float32: {with_numpy.experimental_get_tracing_count()} trace")
print(f"right  5 Python numbers and an input_signature: {declared.experimental_get_tracing_count()} trace")
for function in (right, with_numpy, declared):
    assert function.experimental_get_tracing_count() == 1
