"""Where the batches come from, and who waits for whom
中文：批从哪里来，谁在等谁。图自己取批，有什么变化，准备一批数据时谁在等？Python 调用函数一次，不再是八次，但图同样要等
    每一批，一步到下一步要 6.7 ms；用 prefetch(1)，下一批在这一步运行时准备，缩短到 3.4 ms。这里的数据源和训练步都只是休
    眠；数据源如果用 Python 计算，会占住锁，重叠得少些。判定：半对。

Question: what changes when a graph fetches its own batches, and who waits while a batch is made?
Claim of the notes: tf.function：自动构建计算图.
    "将普通 Python 函数转换为 TensorFlow 计算图，提升执行效率（如减少 Python 调用开销）"
    (It turns an ordinary Python function into a TensorFlow graph and makes it run more efficiently, for example by
    reducing the cost of calls from Python.)
Before you run it: a batch takes 3 ms to make, and a step takes 3 ms. A @tf.function loops over all batches in one call.
    How many milliseconds pass from one step to the next? How many if the data end with prefetch(1)?

    $ .venv/bin/python examples/24_input_pipelines.py
                              calls from Python  ms from step to step
      session, feed_dict                      8 ...
      session, iterator                       9 ...
      eager                                   8 ...
      function                                1 ...
      session, prefetch(1)                    9 ...
      eager, prefetch(1)                      8 ...
      function, prefetch(1)                   1 ...
      The ninth call of a session finds no batch: OutOfRangeError
    All seven end with the same weights, bit for bit, and made the same mistakes
    Batches made while the first is in use
      no prefetch                             1
      prefetch(1)                             2
      prefetch(4)                             5
    Picture: ...
    Try next: delete the line with inject_prefetch. Which assertion fails, and who works ahead?
    Then: examples/25_step_time.py

Found: half true. Python called the function once instead of eight times, but the graph waited for each batch as Python
    does: 6.7 ms from step to step here. prefetch(1) made it 3.4 ms, since the next batch was made during the step (not
    in a function on one core). Source and step are Python that sleeps, so that you see who waits: the graph calls them
    back for each batch. A source that computes in Python would hold its lock, and overlap less.
Asserted: the number of calls; the same wrong answers and the same weights, bit for bit; without prefetch, source and
    step take turns; with prefetch(1), they overlap; with prefetch(n), the source makes n batches ahead and then waits
Minutes: 8
"""

import time

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from matplotlib.figure import Figure

from graphs.system.environment import cores

lesson = Lesson("24_input_pipelines", __doc__)
ninth = lesson.predict(
    "A session has run a step for each of eight batches. What does the ninth session.run do?",
    ["it takes the first batch again", "it returns None", "it raises OutOfRangeError"],
)
ahead = lesson.predict(
    "The data end with prefetch(4). While the first step is still running, how many batches are made?", [1, 4, 5]
)
batch = lesson.digits(batch_size=320).batch
spans, mistakes = [], []


# %% A slow source: eight batches of 40 digits.
def work(who):
    start = time.perf_counter()
    time.sleep(0.003)  # stands for work, so that everyone's takes as long
    spans.append((who, 1000 * start, 1000 * time.perf_counter()))


def source():
    for rows in np.split(np.arange(320), 8):
        work("source")
        yield batch.inputs[rows], batch.targets[rows]


def batches(prefetch):
    shapes = tf.TensorSpec((40, 64)), tf.TensorSpec((40, 10))
    data = tf.data.Dataset.from_generator(source, output_signature=shapes)
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False  # or TensorFlow may add one where there is none
    return (data.prefetch(prefetch) if prefetch else data).with_options(options)


# %% A slow step: ten neurons, one for each digit.
# Pixels are multiples of 1/16 and errors whole numbers, so no sum is rounded: all loops can be compared to the bit.
def count_mistakes(errors):
    work("step")
    mistakes.append(np.abs(errors).sum() / 2)
    return mistakes[-1]


def step(weights, inputs, targets):
    strongest = tf.argmax(tf.matmul(inputs, weights), axis=1)
    errors = targets - tf.one_hot(strongest, 10)
    counted = tf.numpy_function(count_mistakes, [errors], tf.float32)
    return tf.group(counted, weights.assign_add(tf.matmul(inputs, errors, transpose_a=True)))


# %% TensorFlow 1, feed_dict: Python makes a batch, then hands it to the session.
def session_feed_dict():
    with tf1.Graph().as_default(), tf1.Session() as session:
        weights = tf1.Variable(tf.zeros((64, 10)))
        inputs, targets = tf1.placeholder(tf.float32, (40, 64)), tf1.placeholder(tf.float32, (40, 10))
        train_op = step(weights, inputs, targets)
        session.run(weights.initializer)
        calls = 0
        for digits, labels in source():
            session.run(train_op, feed_dict={inputs: digits, targets: labels})
            calls += 1
        return calls, session.run(weights)


# %% TensorFlow 1, an iterator: a node of the graph asks for the next batch, until there is none.
def session_iterator(prefetch):
    with tf1.Graph().as_default(), tf1.Session() as session:
        weights = tf1.Variable(tf.zeros((64, 10)))
        iterator = tf1.data.make_initializable_iterator(batches(prefetch))
        train_op = step(weights, *iterator.get_next())
        session.run([weights.initializer, iterator.initializer])
        calls = 0
        while True:
            calls += 1
            try:
                session.run(train_op)
            except tf.errors.OutOfRangeError:
                return calls, session.run(weights)


# %% TensorFlow 2, eager: Python loops over the data, and the loop just ends.
def eager(prefetch):
    weights = tf.Variable(tf.zeros((64, 10)))
    calls = 0
    for inputs, targets in batches(prefetch):
        step(weights, inputs, targets)
        calls += 1
    return calls, weights.numpy()


# %% TensorFlow 2, traced: the same loop, in the graph. Python calls it once.
def function(prefetch):
    weights = tf.Variable(tf.zeros((64, 10)))

    @tf.function
    def train(data):
        for inputs, targets in data:
            step(weights, inputs, targets)

    calls = 0
    train(batches(prefetch))
    calls += 1
    assert train.experimental_get_tracing_count() == 1
    return calls, weights.numpy()


# %% The same steps, but not the same waiting.
print(f"{'':26}{'calls from Python':>17}{'ms from step to step':>22}")
recorded = {}
for name, loop, expected_calls in (
    ("session, feed_dict", session_feed_dict, 8),
    ("session, iterator", lambda: session_iterator(prefetch=0), 9),
    ("eager", lambda: eager(prefetch=0), 8),
    ("function", lambda: function(prefetch=0), 1),
    ("session, prefetch(1)", lambda: session_iterator(prefetch=1), 9),
    ("eager, prefetch(1)", lambda: eager(prefetch=1), 8),
    ("function, prefetch(1)", lambda: function(prefetch=1), 1),
):
    spans.clear()
    mistakes.clear()
    calls, weights = loop()
    step_ends = [end for who, start, end in spans if who == "step"]
    print(f"  {name:24}{calls:17}{np.median(np.diff(step_ends)):22.1f}")
    recorded[name] = list(spans), list(mistakes), weights
    assert calls == expected_calls
    assert mistakes == recorded["session, feed_dict"][1]
    assert np.array_equal(weights, recorded["session, feed_dict"][2])
    sources, steps = ([span[1:] for span in spans if span[0] == who] for who in ("source", "step"))
    both = sum(max(0, min(end, end2) - max(start, start2)) for start, end in sources for start2, end2 in steps)
    if "prefetch" not in name:
        assert [who for who, start, end in spans] == ["source", "step"] * 8
        assert both == 0
    elif len(cores()) > 1:  # with one, TensorFlow has one thread for both
        assert both > 3  # ms, of the 24 that each of them works
print("  The ninth call of a session finds no batch: OutOfRangeError")
print("All seven end with the same weights, bit for bit, and made the same mistakes")
ninth.answer("it raises OutOfRangeError")

# %% A batch that stays in use: how far does the source run ahead?
print("Batches made while the first is in use")
for prefetch in (0, 1, 4):
    spans.clear()
    iterator = iter(batches(prefetch))
    first_batch = next(iterator)
    deadline = time.perf_counter() + 10
    while len(spans) < 1 + prefetch and time.perf_counter() < deadline:
        time.sleep(0.001)  # the source works in a thread of its own; only its list tells how far it is
    time.sleep(0.02)  # time for six more, if the source did not wait
    made = len(spans)
    print(f"  {f'prefetch({prefetch})' if prefetch else 'no prefetch':24}{made:17}")
    assert made == 1 + prefetch
    del iterator  # ends the source
ahead.answer(made)

# %% Who works when, from the end of the first step on.
figure = Figure(figsize=(8, 4.5), layout="constrained")
for axes, name in zip(figure.subplots(3, sharex=True), ("session, feed_dict", "function", "function, prefetch(1)")):
    first_end = next(end for who, start, end in recorded[name][0] if who == "step")
    for row, worker, color in ((0, "step", "#b4491f"), (1, "source", "#1f5fa8")):
        spans = [span for span in recorded[name][0] if span[0] == worker and span[2] > first_end]
        bars = [(start - first_end, end - start) for who, start, end in spans]
        axes.broken_barh(bars, (row - 0.4, 0.8), color=color, edgecolor="white")
    axes.set_yticks((0, 1), ("step", "source"))
    step_ends = [end for who, start, end in recorded[name][0] if who == "step"]
    axes.set_title(f"{name}: {np.median(np.diff(step_ends)):.1f} ms from step to step", fontsize=10)
axes.set_xlabel("time since the first step ended (ms)")
lesson.figure(figure, "who_waits")

# %% What to try next
lesson.end(
    "delete the line with inject_prefetch. Which assertion fails, and who works ahead?",
    follows="25_step_time",
)
