"""Step time against size: who leads when
中文：一步的耗时与网络规模：谁在什么时候领先。哪种执行方式训练一步最快，在什么规模下最快，图省下了什么？各层只有 4 到 8
    个单元时，即时执行一步要启动 53 个算子，十分之九的时间花在 Python 和分派上；tf.function 的耗时是它的六分之一，NumPy
    的又是 tf.function 的五分之一。隐藏层有 512 个单元时，tf.function 四分之三以上的时间花在核上；会话一样快，XLA 至多快
    六分之一，即时执行的耗时是 1.6 到 1.8 倍。判定：半对。

Question: which execution takes a training step fastest, at which size, and what does a graph save?
Claim of the notes: tf.function：自动构建计算图.
    "将普通 Python 函数转换为 TensorFlow 计算图，提升执行效率（如减少 Python 调用开销）"
    (It turns an ordinary Python function into a TensorFlow graph and makes it run more efficiently, for example by
    saving the overhead of Python calls.)
Before you run it: one network has layers of 4, 8, 8 and 1 units, the other of 784, 512, 512 and 10. For each, put in
    order of speed: NumPy, a session, eager execution, a function, and a function compiled by XLA (lesson 26).

    $ .venv/bin/python examples/25_step_time.py
    4-8-8-1, batch 8            first step   median step   ratio to tf2_function
      numpy_manual               ... ms     ... us  ... [..., ...] ...
      tf1_session                ... ms     ... us  ... [..., ...] ...
      tf2_eager                  ... ms     ... us  ... [..., ...] ...
      tf2_function               ... ms     ... us
      tf2_xla                    ... ms     ... us  ... [..., ...] ...
      the function again                       ... us  ... [..., ...] ...
    784-512-512-10, batch 128   first step   median step   ratio to tf2_function
      numpy_manual               ... ms     ... us  ... [..., ...] ...
      tf1_session                ... ms     ... us  ... [..., ...] ...
      tf2_eager                  ... ms     ... us  ... [..., ...] ...
      tf2_function               ... ms     ... us
      tf2_xla                    ... ms     ... us  ... [..., ...] ...
      the function again                       ... us  ... [..., ...] ...
    [ ]: the 95% interval. If it contains 1, or the ratio is within 5% of 1: no difference shown.
    The function again is a control: if it differs from itself, no verdict is given at that size.
    NumPy has one thread, TensorFlow its default.
    Python waits while dispatch, TensorFlow's C++ code, finds kernels and starts them.
    Where the time of a step goes        Python  dispatch   kernels   operations Python starts
      4-8-8-1, batch 8
        numpy_manual                       ...%      ...%      ...%        0
        tf1_session                        ...%      ...%      ...%        1
        tf2_eager                          ...%      ...%      ...%      ...
        tf2_function                       ...%      ...%      ...%        3
        tf2_xla                            ...%      ...%      ...%        3
      784-512-512-10, batch 128
        numpy_manual                       ...%      ...%      ...%        0
        tf1_session                        ...%      ...%      ...%        1
        tf2_eager                          ...%      ...%      ...%      ...
        tf2_function                       ...%      ...%      ...%        3
        tf2_xla                            ...%      ...%      ...%        3
    A function starts three: two make tensors of the arrays of the batch, the third runs the graph.
    NumPy has no dispatch; here it is what the operations of NumPy take without anything to compute.
    Picture: ...
    Try next: run ...graphs time, which measures in fresh processes. Which verdicts hold there?
    Then: examples/26_xla.py

Found: half true. It is true where overhead dominates. With 4 to 8 units, Python and dispatch took nine tenths of an
    eager step here, for 53 operations; the function took a sixth of its time, and NumPy a fifth of the function's. With
    512 units, over three quarters of the function's step were kernels: the session was as fast, XLA at most a sixth
    faster, and eager execution took 1.6 to 1.8 times as long.
Asserted: equal losses; Python starts over 40 operations in an eager step of either size, 3 in a function's, 1 in a
    session's
Minutes: 6
"""

import time
from functools import partial

from graphs.lesson import Lesson, typed_command

import numpy as np
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from graphs.implementations import NAMES, load
from graphs.inspection.profiler import profile
from graphs.network import Batch, NetworkSpec, initial_parameters
from graphs.timing.anatomy import anatomy

SIZES = {"4-8-8-1, batch 8": ((4, 8, 8, 1), 8), "784-512-512-10, batch 128": ((784, 512, 512, 10), 128)}
SMALL = next(iter(SIZES))

lesson = Lesson("25_step_time", __doc__)
leaders = {size: lesson.predict(f"Which takes a step of {size} fastest?", NAMES) for size in SIZES}
calls = lesson.predict("How many operations does Python start in an eager step?", ["1", "about ten", "over 40"])
generator = np.random.default_rng(lesson.seed)

# %% The first step is timed apart: it includes importing the text, building or tracing, and compiling.
problems, steps, first_ms, median_us = {}, {}, {}, {}
for size, (layers, examples) in SIZES.items():
    spec = NetworkSpec(layers)
    batch = Batch(*(generator.normal(size=(examples, layers[end])).astype(spec.dtype) for end in (0, -1)))
    problems[size] = spec, initial_parameters(spec, lesson.seed), batch
    losses, steps[size] = [], {}
    for name in NAMES:
        start = time.perf_counter()
        steps[size][name] = partial(load(name).Network(*problems[size][:2]).train_step, batch)
        losses.append(steps[size][name]())
        first_ms[size, name] = (time.perf_counter() - start) * 1e3
    assert np.allclose(losses, losses[0], rtol=1e-5)


# %% Warm networks take turns, in blocks of steps and in random order. Nothing is logged meanwhile.
ROUNDS = 15
BLOCK_US = 5000  # long enough for the clock, short enough for many turns
SAME = "no difference shown"


def time_block(step, count):
    """The microseconds of one step, from count steps after one that warms the caches."""
    step()
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count * 1e6


@threadpool_limits.wrap(limits=1, user_api="blas")  # on a busy machine, two threads of NumPy's wait for each other
def take_turns(timed):
    """{name: the step time of each round}, for {name: step}."""
    counts = {name: max(1, round(BLOCK_US / time_block(step, 3))) for name, step in timed.items()}
    times_us = {name: np.zeros(ROUNDS) for name in timed}
    for turn in range(ROUNDS):
        for name in generator.permutation(list(timed)):
            times_us[name][turn] = time_block(timed[name], counts[name])
    return times_us


def compare(ours, theirs):
    """The ratio of two medians, its 95% interval and a verdict. Other rounds, drawn from these, give the interval."""
    drawn = generator.integers(ROUNDS, size=(2000, ROUNDS))
    ratios = np.median(ours[drawn], axis=1) / np.median(theirs[drawn], axis=1)
    ratio, (low, high) = np.median(ours) / np.median(theirs), np.percentile(ratios, (2.5, 97.5))
    same = low <= 1 <= high or 0.95 < ratio < 1.05
    return f"{ratio:5.2f} [{low:.2f}, {high:.2f}]", SAME if same else "slower" if ratio > 1 else "faster"


for size in SIZES:
    assert [compare(x * np.ones(ROUNDS), np.ones(ROUNDS))[1] for x in (2, 1, 0.5)] == ["slower", SAME, "faster"]
    times_us = take_turns(steps[size] | {"the function again": steps[size]["tf2_function"]})
    compared = {name: compare(times, times_us["tf2_function"]) for name, times in times_us.items()}
    trusted = compared["the function again"][1] == SAME
    print(f"{size:26}{'first step':>12}{'median step':>14}   ratio to tf2_function")
    for name, (ratio, verdict) in compared.items():
        first = f"{first_ms[size, name]:.1f} ms" if name in NAMES else ""
        beside = "" if name == "tf2_function" else f"  {ratio} {verdict if trusted else 'no verdict'}"
        median_us[size, name] = np.median(times_us[name])
        print(f"  {name:24}{first:>12}{median_us[size, name]:11.0f} us{beside}")
    leaders[size].answer(min(NAMES, key=lambda name: median_us[size, name]))
print("[ ]: the 95% interval. If it contains 1, or the ratio is within 5% of 1: no difference shown.")
print("The function again is a control: if it differs from itself, no verdict is given at that size.")
print("NumPy has one thread, TensorFlow its default.")

# %% Where the time of a step goes: to Python, to handing work to kernels (dispatch), or to the kernels.
# A profiler's trace slows a step down, so the picture divides the untraced time, above, by the shares of a traced step.
figure = Figure(figsize=(9, 3.6), layout="constrained")
started = {}
print("Python waits while dispatch, TensorFlow's C++ code, finds kernels and starts them.")
print(f"Where the time of a step goes{'Python':>14}{'dispatch':>10}{'kernels':>10}   operations Python starts")
for axes, (size, (spec, parameters, batch)) in zip(figure.subplots(1, 2, sharey=True), problems.items()):
    print(f"  {size}")
    for name in NAMES:
        with threadpool_limits(1, user_api="blas"), load(name).Network(spec, parameters) as network:
            parts_us = anatomy(network, name, batch)
            events = profile(partial(network.train_step, batch))
        started[size, name] = sum(event.name in ("EagerExecute", "SessionRun") for event in events)
        shares = np.array(parts_us) / sum(parts_us)
        print(f"    {name:29}", *(f"{share:9.0%}" for share in shares), f"{started[size, name]:>8}")
        parts_us = shares * median_us[size, name]
        for part_us, left, color in zip(parts_us, np.cumsum([0, *parts_us]), ("#e2a33c", "#9db8d9", "#1f5fa8")):
            axes.barh(name, part_us, left=left, color=color)
    axes.set(title=size, xlabel="microseconds of a step", ylim=(4.6, -0.6))
figure.suptitle("Note the two scales")
figure.legend(axes.containers[:3], ["Python", "dispatch", "kernels"], loc="outside lower center", ncols=3)
for size in SIZES:
    assert [started[size, name] for name in NAMES] == [0, 1, started[SMALL, "tf2_eager"], 3, 3]
assert started[SMALL, "tf2_eager"] > 40
calls.answer("over 40")
print("A function starts three: two make tensors of the arrays of the batch, the third runs the graph.")
print("NumPy has no dispatch; here it is what the operations of NumPy take without anything to compute.")
lesson.figure(figure, "where_the_time_goes")

# %% What to try next
command = typed_command("graphs")
lesson.end(f"run {command} time, which measures in fresh processes. Which verdicts hold there?", follows="26_xla")
