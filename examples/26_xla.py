"""XLA: a program for each shape, and for some values
中文：XLA：每种形状编译一个程序，有些值也是。编译一个函数之前，XLA 必须知道什么，等待又换来什么？XLA 把 sigmoid、差、平
    方和均值融合成一个核，循环 1000 步，每步的耗时是 tf.function 的三分之一；单独走一步，省得少些。代价是每遇到新的形
    状，或者遇到决定大小的新值，都要编译一次：编译用 0.1 s，调用一次不到 1 ms。判定：半对。

Question: what must XLA know before it can compile a function, and what does it give for the wait?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "高效执行：图优化（如算子融合）可提升性能。"
    (Efficient execution: graph optimization, such as fusing operators, can improve performance.)
Before you run it: a function with inputs of shape (None, 64) is traced once, whatever the size of the batch. Does XLA
    compile that trace once, too?

    $ .venv/bin/python examples/26_xla.py
    Batches of changing size          32      64      32      64      96      32
      the function takes, in ms ...
      under XLA it takes, in ms ...
      XLA compiles, times              1       1       0       0       1       0
      Both were traced once.
    Picture: ...
    Calls with n = 5, 6, 7 and 5         traces   compilations
      while i < n, n a tensor                 1              1
      for _ in tf.range(n), n a tensor        1              3
      for _ in tf.range(n), n an int          3              3
      tf.range(n) is a tensor of n numbers, so n sets a size; i < n only compares
    Functions that run without XLA. Under XLA:
      tf.range(i), i growing in a loop: InvalidArgumentError
        ...constant...
      gradient through while i < n: InvalidArgumentError
        ...fixed tensor list size...
        The gradient needs a value from every turn: their list must have a known length
      gradient through tf.range(n): same result as the function
    The graph of the loss computes MatMul, Sigmoid, Sub, Square, Mean
      XLA's program computes ...fusion...
      A fusion is one kernel, a piece of compiled code that does the work of several operations
    One step of training, in us          function      XLA
      one step a call ...
      1000 steps a call ...
      After 1000 steps the weights differ by ... of the largest weight.
    Try next: let the last batch in SIZES hold 7 examples, as an epoch's may. What does that cost?
    Then: examples/27_migration.py

Found: half true. XLA fused sigmoid, difference, square and mean into one kernel, and in a loop of 1000 steps a step
    took a third of the function's time here; a single step gained less. The price is a compilation for each new shape,
    and for each value that sets a size: 0.1 s here, where a call takes less than 1 ms.
Asserted: one trace, and one compilation for each new size; one for each value of n in tf.range(n), one for all with
    while i < n; two refusals; a fusion; weights equal within 1e-4 after 1000 steps
Minutes: 7
"""

import re
import time

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from graphs.inspection.profiler import profile

lesson = Lesson("26_xla", __doc__)
shapes = lesson.predict(
    "XLA gets batches of 32, 64, 32, 64, 96 and 32 examples. How often does it compile?", [1, 3, 4, 6]
)
values = lesson.predict("A loop over tf.range(n) gets n = 5, 6, 7 and 5. How often does XLA compile it?", [1, 3, 4])
generator = np.random.default_rng(lesson.seed)


def watch(function, *arguments):
    """(milliseconds, compilations) of a call. TensorFlow's profiler reports each program that XLA compiles."""
    times_ms = []

    def call():
        start = time.perf_counter()
        function(*arguments)
        times_ms.append((time.perf_counter() - start) * 1e3)

    events = profile(call)
    return times_ms[0], sum(event.name.endswith("Compiler::RunBackend") for event in events)


# %% Batches of changing size: one trace serves them all, one compilation does not.
weights = tf.Variable(generator.normal(size=(64, 10)), dtype=tf.float32)


def squared_error(inputs, targets):
    return tf.reduce_mean(tf.square(tf.sigmoid(inputs @ weights) - targets))


def train(inputs, targets, n):
    """n steps of gradient descent, in a loop that becomes part of the graph."""
    i, loss = tf.constant(0), tf.constant(0.0)
    while i < n:
        with tf.GradientTape() as tape:
            loss = squared_error(inputs, targets)
        weights.assign_sub(0.1 * tape.gradient(loss, weights))
        i += 1
    return loss


signature = [tf.TensorSpec((None, 64)), tf.TensorSpec((None, 10)), tf.TensorSpec((), tf.int32)]
function = tf.function(train, input_signature=signature)
xla = tf.function(train, input_signature=signature, jit_compile=True)
SIZES = (32, 64, 32, 64, 96, 32)
batches = {n: [tf.constant(generator.random((n, width)), tf.float32) for width in (64, 10)] for n in SIZES}
tf.function(squared_error, jit_compile=True)(*batches[32])  # the first trace and compilation of a process are slow
function_ms, none = zip(*(watch(function, *batches[n], tf.constant(1)) for n in SIZES))
xla_ms, compiled = zip(*(watch(xla, *batches[n], tf.constant(1)) for n in SIZES))
print("Batches of changing size    ", *(f"{n:7}" for n in SIZES))
print("  the function takes, in ms ", *(f"{ms:7.1f}" for ms in function_ms))
print("  under XLA it takes, in ms ", *(f"{ms:7.1f}" for ms in xla_ms))
print("  XLA compiles, times       ", *(f"{count:7}" for count in compiled))
print("  Both were traced once.")
assert sum(none) == 0 and compiled == tuple(int(n not in SIZES[:call]) for call, n in enumerate(SIZES))
assert function.experimental_get_tracing_count() == xla.experimental_get_tracing_count() == 1
shapes.answer(sum(compiled))

figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
places = np.arange(len(SIZES))
axes.bar(places - 0.2, function_ms, 0.4, color="#1f5fa8", label="tf.function: the first call traces")
bars = axes.bar(places + 0.2, xla_ms, 0.4, color="#b4491f", label="with jit_compile=True: each new size compiles")
axes.bar_label(bars, ["compiles" if count else "" for count in compiled], padding=2, fontsize=8)
axes.set_yscale("log")
axes.margins(y=0.15)
axes.set_xticks(places, SIZES)
axes.set(xlabel="examples in the batch of each call, in order", ylabel="milliseconds of the call")
axes.yaxis.set_major_formatter("{x:g}")
figure.legend(loc="outside upper left", ncols=2)
lesson.figure(figure, "calls")


# %% A value that sets a size must be a constant, so XLA compiles for each value of it.
def grow_while(x, n):
    i = tf.constant(0)
    while i < n:
        x, i = x * 1.1, i + 1
    return x


def grow_range(x, n):
    for _ in tf.range(n):
        x = x * 1.1
    return x


print("Calls with n = 5, 6, 7 and 5         traces   compilations")
x, counts = tf.constant(1.0), []
for text, grow, kind in (
    ("while i < n, n a tensor", grow_while, tf.constant),
    ("for _ in tf.range(n), n a tensor", grow_range, tf.constant),
    ("for _ in tf.range(n), n an int", grow_range, int),
):
    compile_loop = tf.function(grow, jit_compile=True)
    compilations = sum(watch(compile_loop, x, kind(n))[1] for n in (5, 6, 7, 5))
    counts.append((compile_loop.experimental_get_tracing_count(), compilations))
    print(f"  {text:34} {counts[-1][0]:>6} {counts[-1][1]:>14}")
print("  tf.range(n) is a tensor of n numbers, so n sets a size; i < n only compares")
assert counts == [(1, 1), (1, 3), (3, 3)]
values.answer(counts[1][1])


# %% XLA refuses what would change its size while the program runs.
def growing_ranges(x, n):
    i = tf.constant(0)
    while i < n:
        x, i = x + tf.reduce_sum(tf.range(i)), i + 1
    return x


def slope(grow, x, n):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = grow(x, n)
    return tape.gradient(y, x)


print("Functions that run without XLA. Under XLA:")
outcomes = []
for text, of in (
    ("tf.range(i), i growing in a loop", lambda n: growing_ranges(0, n)),
    ("gradient through while i < n", lambda n: slope(grow_while, x, n)),
    ("gradient through tf.range(n)", lambda n: slope(grow_range, x, n)),
):
    expected = tf.function(of)(tf.constant(5))
    try:
        np.testing.assert_allclose(tf.function(of, jit_compile=True)(tf.constant(5)), expected, rtol=1e-5)
        outcomes.append("same result as the function")
    except tf.errors.InvalidArgumentError as error:
        outcomes.append(f"{type(error).__name__}\n    " + re.split(r"\.\s", str(error))[0])
    print(f"  {text}: {outcomes[-1]}")
    if "list size" in outcomes[-1]:
        print("    The gradient needs a value from every turn: their list must have a known length")
assert ["constant" in outcomes[0], "fixed tensor list size" in outcomes[1], "same" in outcomes[2]] == [True] * 3

# %% What it gives: operations fused into one kernel, and less to do between the steps of a loop.
loss = tf.function(squared_error, jit_compile=True)
nodes = [node.type for node in loss.get_concrete_function(*batches[32]).graph.get_operations()]
nodes = [each for each in nodes if each not in ("Placeholder", "ReadVariableOp", "Const", "Identity", "NoOp")]
hlo = loss.experimental_get_compiler_ir(*batches[32])(stage="optimized_hlo")
kernels = re.findall(r"= \S+ (?!parameter)([\w-]+)\(", hlo[hlo.index("ENTRY") :])
print("The graph of the loss computes", ", ".join(nodes))
print(f"  XLA's program computes {', '.join(kernels)}")
print("  A fusion is one kernel, a piece of compiled code that does the work of several operations")
assert nodes == ["MatMul", "Sigmoid", "Sub", "Square", "Mean"] and "fusion" in kernels

start, ends = tf.constant(weights), {}
print("One step of training, in us          function      XLA")
for text, n in (("one step a call", 1), ("1000 steps a call", 1000)):
    times_us = {function: [], xla: []}
    for _ in range(5):
        for run, times in times_us.items():
            weights.assign(start)
            began = time.perf_counter()
            run(*batches[32], tf.constant(n)).numpy()
            times.append((time.perf_counter() - began) / n * 1e6)
            ends[run] = weights.numpy()
    print(f"  {text:34}", *(f"{np.median(times):8.1f}" for times in times_us.values()))
difference = np.abs(ends[xla] - ends[function]).max() / np.abs(ends[function]).max()
print(f"  After 1000 steps the weights differ by {difference:.1e} of the largest weight.")
assert difference < 1e-4
assert np.abs(ends[xla] - start).max() > 0.01  # the steps did change the weights

# %% What to try next
lesson.end(
    "let the last batch in SIZES hold 7 examples, as an epoch's may. What does that cost?", follows="27_migration"
)
