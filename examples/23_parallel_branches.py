"""Two branches of a graph at the same time
中文：图的两个分支同时运行。两个节点互不依赖，会话会同时运行它们吗，什么时候值得？节点大，又有空闲的 CPU 核心时值得：一
    个线程用 9.1 ms，两个线程用 4.6 ms。节点很小，或者连成一条链时，用两个线程毫无收益。判定：半对。

Question: does a session run two nodes at once when neither needs the other, and when is that worth it?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "能并行优化：自动调度无依赖的节点并行计算（如GPU/多核CPU）。"
    (A graph allows parallelism: TensorFlow schedules nodes that do not depend on each other to run in parallel, on a
    GPU or on several CPU cores.)
Before you run it: a graph has two branches, each a chain of four matrix products, and the session has two threads. For
    which size of the matrices will the branches overlap: 512 x 512, 4 x 4, or both?

    $ .venv/bin/python examples/23_parallel_branches.py
                                         one thread         two threads    time of two
                                        ms    overlap       ms    overlap  / time of one
      left and right, 512 x 512 ...    0.00 ...
      left and right, 4 x 4     ...    0.00 ...
      left and after, 512 x 512 ...    0.00 ...    0.00 ...
    Overlap: the share of a branch's time in which a product of the other branch was running, too
    One thread or two: the same values, bit for bit
    Two nodes that wait for each other: with one thread they never meet, with two they do
    Picture: ...
    TensorBoard: ... --logdir ...
    Try next: set intra_op_parallelism_threads to 2. What does the second inter-op thread save now?
    Then: examples/24_input_pipelines.py

Found: half true. It is true for large nodes and an idle core: one thread took 9.1 ms here, two took 4.6. Two threads
    saved nothing for tiny nodes and for a chain. If both branches overlap and take as long as with one thread, another
    program held the second core; the same happens where each product uses both cores by itself (try next).
Asserted: no overlap with one thread; no overlap within a chain; the same bits with one thread and with two; two nodes
    meet with two threads only
Minutes: 6
"""

import threading

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from matplotlib.figure import Figure

lesson = Lesson("23_parallel_branches", __doc__)
one_thread = lesson.predict("Two branches, one thread. How much of the time do both run?", [0.0, 0.5, 1.0])
one_chain = lesson.predict("Two threads, but one branch starts with the other's result. The overlap?", [0.0, 0.5, 1.0])

# %% A graph with branches: "right" needs nothing from "left", but "after" starts where "left" ends.
graph = tf1.Graph()
with graph.as_default(), tf1.device("CPU:0"):
    x, y, matrix = (tf1.placeholder(tf.float32, (None, None), name) for name in ("x", "y", "matrix"))
    left, right = x, y
    for _ in range(4):
        left = tf.matmul(left, matrix, name="left")
        right = tf.matmul(right, matrix, name="right")
    after = left
    for _ in range(4):
        after = tf.matmul(after, matrix, name="after")


# %% A session with a given number of threads runs two branches, and records when each product starts and ends.
def run(branches, size, threads):
    """The values of both branches, and the quickest of nine runs: {branch: [(start, end) of each product, in ns]}."""
    random = np.random.default_rng(lesson.seed)
    feed_dict = {array: random.uniform(-1, 1, (size, size)) / size**0.5 for array in (x, y, matrix)}
    config = tf1.ConfigProto(
        inter_op_parallelism_threads=threads,  # how many nodes may run at once
        intra_op_parallelism_threads=1,  # how many threads one node may use; the first session of a process decides
        use_per_session_threads=True,  # without it, all sessions share the threads of the first
    )
    full_trace = tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE)
    runs = []
    with tf1.Session(graph=graph, config=config) as session:
        for _ in range(9):
            recorded = tf1.RunMetadata()
            values = session.run(branches, feed_dict, options=full_trace, run_metadata=recorded)
            runs.append({})
            for node in recorded.step_stats.dev_stats[0].node_stats:
                branch = node.node_name.split("_")[0]  # the products of a branch are left, left_1, left_2, left_3
                if branch in ("left", "right", "after"):
                    start, end = node.op_start_rel_nanos, node.op_end_rel_nanos
                    span = node.all_start_nanos + start, node.all_start_nanos + end
                    runs[-1].setdefault(branch, []).append(span)
    return values, min(runs, key=duration)


def duration(spans):
    starts, ends = zip(*[span for branch in spans.values() for span in branch])
    return max(ends) - min(starts)


def overlap(spans):
    """How much of the shorter branch's time a product of the other branch is running too: 0 to 1."""
    ours, theirs = spans.values()
    both = sum(max(0, min(end, end2) - max(start, start2)) for start, end in ours for start2, end2 in theirs)
    return both / min(sum(end - start for start, end in branch) for branch in (ours, theirs))


# %% Two branches of large matrices, two of tiny ones, and two that are one chain.
cases = {
    "left and right, 512 x 512": ([left, right], 512),
    "left and right, 4 x 4": ([left, right], 4),
    "left and after, 512 x 512": ([left, after], 512),
}
print(f"{'':29}{'one thread':>18}{'two threads':>20}{'time of two':>15}")
print(f"{'':29}" + 2 * f"{'ms':>9}{'overlap':>11}" + f"{'/ time of one':>15}")
recorded = {}
for case, (branches, size) in cases.items():
    values, recorded[case, 1] = run(branches, size, threads=1)
    same_values, recorded[case, 2] = run(branches, size, threads=2)
    columns = ""
    for threads in (1, 2):
        columns += f"{duration(recorded[case, threads]) / 1e6:9.3f}{overlap(recorded[case, threads]):11.2f}"
    ratio = duration(recorded[case, 2]) / duration(recorded[case, 1])
    print(f"  {case:27}{columns}{ratio:15.2f}")
    assert np.array_equal(values, same_values)
    assert overlap(recorded[case, 1]) == 0
    assert 0 <= overlap(recorded[case, 2]) <= 1
print("Overlap: the share of a branch's time in which a product of the other branch was running, too")
print("One thread or two: the same values, bit for bit")
one_thread.answer(overlap(recorded["left and right, 512 x 512", 1]))
assert overlap(recorded["left and after, 512 x 512", 2]) == 0
one_chain.answer(overlap(recorded["left and after, 512 x 512", 2]))


# %% The proof that two nodes really run at once: each waits until the other has begun.
def meets(threads):
    meeting = threading.Barrier(2)

    def wait():
        try:
            meeting.wait(timeout=0.2 if threads == 1 else 10)
            return True
        except threading.BrokenBarrierError:  # the other did not come
            return False

    with tf1.Graph().as_default() as waiting:
        both = [tf.numpy_function(wait, [], tf.bool) for _ in range(2)]
    config = tf1.ConfigProto(inter_op_parallelism_threads=threads, use_per_session_threads=True)
    with tf1.Session(graph=waiting, config=config) as session:
        return all(session.run(both))


met = {threads: meets(threads) for threads in (1, 2)}
print("Two nodes that wait for each other: with one thread they never meet, with two they do")
assert met == {1: False, 2: True}

# %% Each product is a bar from its start to its end.
figure = Figure(figsize=(8, 4.5), layout="constrained")
colors = {"left": "#1f5fa8", "right": "#b4491f", "after": "#4a4a4a"}
shown = ("left and right, 512 x 512", 1), ("left and right, 512 x 512", 2), ("left and after, 512 x 512", 2)
for axes, (case, threads) in zip(figure.subplots(3, sharex=True), shown):
    spans = recorded[case, threads]
    first = min(start for branch in spans.values() for start, end in branch)
    rows = [branch for branch in colors if branch in spans]
    for row, branch in enumerate(rows):
        bars = [((start - first) / 1e6, (end - start) / 1e6) for start, end in spans[branch]]
        axes.broken_barh(bars, (row - 0.4, 0.8), color=colors[branch], edgecolor="white")
    axes.set_yticks((0, 1), rows)
    axes.invert_yaxis()
    taken = f"{duration(spans) / 1e6:.1f} ms"
    axes.set_title(f"{case}, {threads} {'thread' if threads == 1 else 'threads'}: {taken}", fontsize=10)
axes.set_xlabel("time since the first product started (ms)")
lesson.figure(figure, "branches")

# %% What to try next
lesson.log("graph").graph(graph.as_graph_def(add_shapes=True))
lesson.end(
    "set intra_op_parallelism_threads to 2. What does the second inter-op thread save now?",
    follows="24_input_pipelines",
)
