"""Tracing: when the Python code of a tf.function runs
中文：跟踪：tf.function 的 Python 代码什么时候运行。Python 代码什么时候运行，运行一次的代价是多少？调用时找到已有的跟
    踪，就不运行 Python，一步 0.2 ms，即时执行要 0.5 ms。调用时需要跟踪则不然：跟踪一次，20 步之后还没有回本（用了
    20 ms，即时执行用 11 ms）；每遇到一个 Python 数值就重新跟踪，共四次，用了 54 ms。判定：半对。

Question: when does the Python code of a tf.function run, and what does each run cost? A trace is one run of the Python
    code, and the graph that it leaves.
Claim of the notes: tf.function：自动构建计算图.
    "将普通 Python 函数转换为 TensorFlow 计算图，提升执行效率（如减少 Python 调用开销）"
    (It turns an ordinary Python function into a TensorFlow graph, so that it executes more efficiently, for example
    with less overhead from Python calls.)
Before you run it: a training step takes its learning rate as an argument, and you lower the rate every five steps.
    Does it matter whether you pass a Python number or a tensor?

    $ .venv/bin/python examples/15_tracing.py
    Three calls of a tf.function
      Python ran once, and appended Tensor("x:0", shape=(), dtype=float32)
      the graph ran 3 times, and added 1 to the variable each time
    New traces for five calls
      float32 scalars with five values  1
      int32 scalars with five values    1
      vectors of five lengths           5
      five Python numbers               5
      the same five numbers again       0
      vectors, reduce_retracing         2
      Python numbers, reduce_retracing  5
      vectors, input_signature [None]   1
    The nodes of 3 * x
      x is a tensor: Placeholder, Const, Mul, Identity
      x is the number 5.0: Const, Identity
      Python computed 3 * 5.0 while it traced, so only the 15.0 is left
    20 training steps: how often Python ran, the median time of a step, the time of all 20
      eager             20 ... ms ... ms
      rate is a number   4 ... ms ... ms
      rate is a tensor   1 ... ms ... ms
    Picture: ...calls.png
    A tf.function with ten traces, called and then deleted, and another one like it, which can use its memory
      first: 10 graphs in memory, 0 after del; the process grew by ... MB
      second: 10 graphs in memory, 0 after del; the process grew by ... MB
    Try next: in a new tf.function of 3 * x, call it with 1 and then with 1.0. Which dtypes come back?
    Then: examples/16_autograph.py

Found: half true. It is true of a call that finds its trace: it ran no Python, and took 0.2 ms here, where an eager step
    took 0.5. Not true of a call that traces: one trace had not paid for itself after 20 steps here (20 ms against 11
    eager), and four, one for each Python number, took 54 ms. A function keeps its traces. TensorFlow's issue 124972
    reports that they are never freed; here all were, after del and gc.collect().
Asserted: what Python and the graph did in three calls; the number of traces for each kind of argument; the inputs of
    two graphs; how often Python ran in 20 steps; graphs alive before and after del
Minutes: 8
"""

import gc
import time
import weakref

from graphs.lesson import Lesson

import numpy as np
import psutil
import tensorflow as tf
from matplotlib.figure import Figure

lesson = Lesson("15_tracing", __doc__)
runs = lesson.predict("A tf.function appends x to a list. How long is the list after three calls?", [0, 1, 3])
traces = lesson.predict("20 steps take Python numbers as rates: 0.8, 0.4, 0.2, 0.1. How many traces?", [1, 2, 4, 20])
freed = lesson.predict("When does TensorFlow free a trace?", ["never", "after its tf.function is deleted"])

# %% Python runs while TensorFlow traces the function into a graph. Later calls run only the graph.
# The graph of a function also runs its assignments, in the order of the lines: nobody has to fetch them.
seen_by_python = []
calls_of_graph = tf.Variable(0)


@tf.function
def double(x):
    seen_by_python.append(x)
    calls_of_graph.assign_add(1)
    return 2 * x


for number in (1.0, 2.0, 3.0):
    double(tf.constant(number))
print("Three calls of a tf.function")
print(f"  Python ran once, and appended {seen_by_python[0]}")
print(f"  the graph ran {calls_of_graph.numpy()} times, and added 1 to the variable each time")
assert len(seen_by_python) == 1
assert not hasattr(seen_by_python[0], "numpy")
assert calls_of_graph.numpy() == 3
runs.answer(len(seen_by_python))


# %% Each dtype, each shape and each Python number needs a trace of its own. You can leave a shape open.
# reduce_retracing looks at the second shape and leaves open what differs from the first, so two traces serve all;
# input_signature leaves it open from the start.
numbers = [1.0, 2.0, 3.0, 4.0, 5.0]
vectors = [tf.zeros(length) for length in (1, 2, 3, 4, 5)]
plain = tf.function(lambda x: 3 * x)
reduced = tf.function(lambda x: 3 * x, reduce_retracing=True)
any_length = tf.function(lambda x: 3 * x, input_signature=[tf.TensorSpec([None])])
print("New traces for five calls")
for kind, function, arguments, expected in (
    ("float32 scalars with five values", plain, [tf.constant(number) for number in numbers], 1),
    ("int32 scalars with five values", plain, [tf.constant(int(number)) for number in numbers], 1),
    ("vectors of five lengths", plain, vectors, 5),
    ("five Python numbers", plain, numbers, 5),
    ("the same five numbers again", plain, numbers, 0),
    ("vectors, reduce_retracing", reduced, vectors, 2),
    ("Python numbers, reduce_retracing", reduced, numbers, 5),
    ("vectors, input_signature [None]", any_length, vectors, 1),
):
    before = function.experimental_get_tracing_count()
    for argument in arguments:
        function(argument)
    new_traces = function.experimental_get_tracing_count() - before
    print(f"  {kind:33} {new_traces}")
    assert new_traces == expected

# %% The reason: a tensor is an input of the graph, a Python number only a constant in it.
print("The nodes of 3 * x")
for kind, x, inputs in (("a tensor", tf.constant(5.0), 1), ("the number 5.0", 5.0, 0)):
    graph = plain.get_concrete_function(x).graph
    print(f"  x is {kind}: {', '.join(node.type for node in graph.get_operations())}")
    assert len(graph.inputs) == inputs
print("  Python computed 3 * 5.0 while it traced, so only the 15.0 is left")

# %% A learning rate, the size of a step, that falls every five steps. As a Python number, each rate costs a trace.
inputs, targets = lesson.digits().batch
weights = tf.Variable(tf.zeros((64, 10)))
times_python_ran = 0


def train_step(rate):
    """Lowers the loss: the tape says how the loss changes with each weight, and the weights go the other way."""
    global times_python_ran
    times_python_ran += 1
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.sigmoid(inputs @ weights) - targets))
    weights.assign_sub(rate * tape.gradient(loss, weights))


train_step(0.0)  # the first operations of a process are slow, and so is its first trace of them
tf.function(train_step)(0.0)
rates = [rate for rate in (0.8, 0.4, 0.2, 0.1) for _ in range(5)]
as_tensors = [tf.constant(rate) for rate in rates]
trained = []
figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
print("20 training steps: how often Python ran, the median time of a step, the time of all 20")
for kind, step, arguments, expected, colour in (
    ("eager", train_step, rates, 20, "#4a4a4a"),
    ("rate is a number", tf.function(train_step), rates, 4, "#b4491f"),
    ("rate is a tensor", tf.function(train_step), as_tensors, 1, "#1f5fa8"),
):
    times_python_ran, times_ms = 0, []
    weights.assign(tf.zeros((64, 10)))
    for rate in arguments:
        start = time.perf_counter()
        step(rate)
        times_ms.append(1000 * (time.perf_counter() - start))
    print(f"  {kind:18}{times_python_ran:2}{np.median(times_ms):8.2f} ms{sum(times_ms):8.1f} ms")
    assert times_python_ran == expected
    trained.append(weights.numpy())
    if kind == "rate is a number":
        traces.answer(times_python_ran)
    axes.semilogy(range(1, 21), times_ms, ".-", color=colour, label=kind)
assert np.abs(trained).max() > 0
assert np.allclose(trained, trained[0], atol=1e-5)
axes.set(xlabel="call", ylabel="time of the call (ms)", xticks=[1, 6, 11, 16, 20])
axes.yaxis.set_major_formatter("{x:g}")
figure.legend(loc="outside upper center", ncols=3, frameon=False)
lesson.figure(figure, "calls")


# %% A tf.function keeps all its traces. Deleting it frees them, and the next function uses their memory.
def deep(x):
    for _ in range(10):
        x = tf.sigmoid(x @ tf.eye(64))
    return x


process = psutil.Process()
print("A tf.function with ten traces, called and then deleted, and another one like it, which can use its memory")
for name in ("first", "second"):
    memory = process.memory_info().rss
    function = tf.function(deep)
    graphs = []
    for rows in (tf.zeros((n, 64)) for n in range(1, 11)):
        function(rows)
        graphs.append(weakref.ref(function.get_concrete_function(rows).graph))
    gc.collect()
    kept = sum(graph() is not None for graph in graphs)
    del function
    gc.collect()
    left = sum(graph() is not None for graph in graphs)
    grown_mb = round((process.memory_info().rss - memory) / 1e6)
    print(f"  {name}: {kept} graphs in memory, {left} after del; the process grew by {grown_mb} MB")
    assert (kept, left) == (10, 0)
freed.answer("after its tf.function is deleted")

# %% What to try next
lesson.end(
    "in a new tf.function of 3 * x, call it with 1 and then with 1.0. Which dtypes come back?", follows="16_autograph"
)
