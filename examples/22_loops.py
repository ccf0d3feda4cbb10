"""A loop in Python, a loop in the graph
中文：Python 里的循环，图里的循环。每步之后都回到 Python 要付多少代价，把循环放进图里能省多少？一次调用走 100 步，每步 7
    到 10 µs；一次调用只走一步，会话要 100 µs，tf.function 要 200 µs，即时执行只要 75 µs，可见每一小步都由 Python 调用
    时，图并不更快。Python 在跟踪时执行循环，每步都在图里添一份副本；一步需要 2 ms 时，图里的循环省下十分之一到三分之
    一。判定：半对。

Question: what does a return to Python after every step cost, and what does a loop inside the graph save?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "计算图可加速计算，图模式下运行在 C++ 层执行，避免 Python 循环的慢速交互。"
    (A graph can speed up computation: it runs in C++, and avoids the slow interaction of a Python loop.)
Before you run it: one function is written with `for _ in range(n)`, n a Python number; another with `while i < n`, n a
    tensor. Both run n steps in one call. Which of the two graphs grows with n?

    $ .venv/bin/python examples/22_loops.py
    Tracing        n     nodes   Python ran step        ms
      for          1        10                 1 ...
      for         10        64                10 ...
      for        100       604               100 ...
      while        1 ...
      while       10 ...                 0 ...
      while      100 ...                 0 ...
      The first time of each includes the work of AutoGraph, which rewrites the function
    Microseconds a step, n in a call     n = 1      10     100
      eager, one step              ...
      session, one step            ...
      session, tf1.while_loop      ...
      function, for                ...
      function, while              ...
      function, while, XLA         ...
    All 14 trainings end with the same weights, but for rounding: ...
    The same loop, where a step takes milliseconds
      function, while, 512 x 512   ...
    Picture: ...
    TensorBoard: ... --logdir ...
    Try next: pass n instead of tf.constant(n) to looped. Which assertion fails: how often is it traced, and why?
    Then: examples/23_parallel_branches.py

Found: half true. With 100 steps in a call, a step took 7 to 10 µs here. With one step in a call, a session took 100 µs
    and a function 200, while eager took 75: a graph that Python calls for each small step is no faster. A loop that
    Python runs while it traces adds a copy of the step each time. Where a step took 2 ms, a loop saved a tenth to a
    third.
Asserted: for makes 4 + 6 n nodes, in a trace for each n; while makes equally many for every n, in one trace; all ways
    end with the same weights, up to rounding
Minutes: 8
"""

import time

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from matplotlib.figure import Figure

lesson = Lesson("22_loops", __doc__)
growing = lesson.predict("Which graph grows with n: for _ in range(n), or while i < n?", ["for", "while", "both"])
batch = lesson.digits().batch
start = np.zeros((64, 10), np.float32)
times_python_ran = 0


# %% One step of gradient descent, for a linear model of the digits: five operations.
def step(weights, inputs, targets):
    global times_python_ran
    times_python_ran += 1
    errors = tf.matmul(inputs, weights) - targets
    return weights - 0.001 * tf.matmul(inputs, errors, transpose_a=True)


# %% TensorFlow 1: one step to fetch, or n steps to fetch.
graph = tf1.Graph()
with graph.as_default():
    before = tf1.placeholder(tf.float32, (64, 10), "before")
    steps = tf1.placeholder(tf.int32, (), "steps")
    data = tf1.constant(batch.inputs), tf1.constant(batch.targets)
    after_one = step(before, *data)
    _, after_all = tf1.while_loop(lambda i, _: i < steps, lambda i, weights: (i + 1, step(weights, *data)), (0, before))


# %% TensorFlow 2: Python runs the first loop, while it traces. AutoGraph makes the second a node of the graph.
@tf.function
def unrolled(weights, inputs, targets, n):
    for _ in range(n):
        weights = step(weights, inputs, targets)
    return weights


@tf.function
def looped(weights, inputs, targets, n):
    i = tf.constant(0)
    while i < n:
        weights = step(weights, inputs, targets)
        i += 1
    return weights


compiled = tf.function(looped.python_function, jit_compile=True)

# %% Trace both for 1, 10 and 100 steps.
counts = 1, 10, 100
data = tf.constant(batch.inputs), tf.constant(batch.targets)
tf.function(step).get_concrete_function(start, *data)  # the first trace of a process is slow
print(f"{'Tracing':12}{'n':>4}{'nodes':>10}{'Python ran step':>18}{'ms':>10}")
nodes = {"for": [], "while": []}
for name, function, argument in (("for", unrolled, int), ("while", looped, tf.constant)):
    for n in counts:
        times_python_ran, began = 0, time.perf_counter()
        traced = function.get_concrete_function(start, *data, argument(n)).graph
        ms = 1000 * (time.perf_counter() - began)
        graph_def = traced.as_graph_def(add_shapes=True)
        bodies = graph_def.library.function  # of the while node: its condition and its body
        nodes[name].append(len(graph_def.node) + sum(len(body.node_def) for body in bodies))
        print(f"  {name:10}{n:4}{nodes[name][-1]:10}{times_python_ran:18}{ms:10.1f}")
    lesson.log(name).graph(graph_def)
print("  The first time of each includes the work of AutoGraph, which rewrites the function")
assert nodes["for"] == [4 + 6 * n for n in counts]  # three inputs, an output; five operations and a constant a step
assert len(set(nodes["while"])) == 1
growing.answer(*[name for name in nodes if nodes[name][-1] > nodes[name][0]])


# %% 100 steps, in calls of 1, 10 and 100 steps.
def train(call, weights, n, steps=100):
    """The microseconds of a step in seven trainings, as the median of all calls; and the weights at the end."""
    times = []
    for _ in range(7):
        trained = weights
        for _ in range(steps // n):
            began = time.perf_counter()
            trained = call(trained, n)
            times.append(1e6 * (time.perf_counter() - began) / n)
    return np.median(times), np.asarray(trained)


session = tf1.Session(graph=graph)  # in a with block, the eager steps would add nodes to its graph
one_step = {
    "eager, one step": lambda weights, n: step(weights, *data),
    "session, one step": lambda weights, n: session.run(after_one, {before: weights}),
}
n_steps = {
    "session, tf1.while_loop": lambda weights, n: session.run(after_all, {before: weights, steps: n}),
    "function, for": lambda weights, n: unrolled(weights, *data, n),
    "function, while": lambda weights, n: looped(weights, *data, tf.constant(n)),
    "function, while, XLA": lambda weights, n: compiled(weights, *data, tf.constant(n)),
}
print(f"{'Microseconds a step, n in a call':34}{'n = 1':>8}{'10':>8}{'100':>8}")
times, ends = {}, []
for name, call in {**one_step, **n_steps}.items():
    times[name], weights = zip(*[train(call, start, n) for n in (counts if name in n_steps else (1,))])
    print(f"  {name:32}" + "".join(f"{each:8.1f}" for each in times[name]))
    ends.extend(weights)
session.close()
difference = max(np.abs(weights - ends[0]).max() for weights in ends)
print(f"All {len(ends)} trainings end with the same weights, but for rounding: {difference:.0e}")
assert difference < 1e-5
assert np.abs(ends[0]).max() > 0.01  # start is zero: the steps did change the weights
traces = unrolled.experimental_get_tracing_count(), looped.experimental_get_tracing_count()
assert traces == (3, 1), f"traces of for and while: {traces}"

# %% The loop saves little when a step takes milliseconds.
random = np.random.default_rng(lesson.seed)
weights, *large = (tf.constant(random.standard_normal((512, 512)) / 512, tf.float32) for _ in range(3))
large_times = [train(lambda weights, n: looped(weights, *large, tf.constant(n)), weights, n, 10)[0] for n in (1, 10)]
print("The same loop, where a step takes milliseconds")
print(f"  {'function, while, 512 x 512':32}" + "".join(f"{each:8.1f}" for each in large_times))

# %% The time of a step, against the steps in a call.
figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
axes.axhline(times["eager, one step"][0], color="#4a4a4a", linestyle="--", label="eager, one step")
for name, style in (
    ("session, tf1.while_loop", {"color": "#1f5fa8", "marker": "o"}),
    ("function, while", {"color": "#b4491f", "marker": "s"}),
    ("function, for", {"color": "#e2a33c", "marker": "^"}),
    ("function, while, XLA", {"color": "#8e4fb5", "marker": "D"}),
):
    axes.loglog(counts, times[name], label=name, **style)
axes.set_xticks(counts, counts)
axes.set_yticks((5, 10, 20, 50, 100, 200), (5, 10, 20, 50, 100, 200))
axes.set(xlabel="steps in one call", ylabel="time per step (µs)")
axes.legend(loc="lower left")
lesson.figure(figure, "time_per_step")

# %% What to try next
lesson.end(
    "pass n instead of tf.constant(n) to looped. Which assertion fails: how often is it traced, and why?",
    follows="23_parallel_branches",
)
