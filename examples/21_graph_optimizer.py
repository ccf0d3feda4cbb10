"""What the graph optimizer, Grappler, does: rewrites, planted and found again
中文：图优化器（Grappler）做什么：埋下改写，再找出来。实际运行的图与写下的图有什么不同？埋下的改写都找到了：两个相同的乘
    积只留一个时，关闭优化器的耗时是打开时的 1.6 到 2.3 倍；融合乘积、偏置和 ReLU 时，是 1.1 到 1.3 倍。优化器还会改变数
    值，而且不只是末几位：(x + 1e8) - 1e8 按写下的图得 0，优化后得 1。判定：对。

Question: how does the graph that runs differ from the graph that was written?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "高效执行：图优化（如算子融合）可提升性能。"
    (Efficient execution: graph optimisation, such as operator fusion, can improve performance.)
Before you run it: read the eight boxes in the code, and write down which operations of each you would leave out. And
    what is (x + 1e8) - 1e8 in float32, where x is 1?

    $ .venv/bin/python examples/21_graph_optimizer.py
    What was written, the operations built, those that ran, and the option that switches the rewrite off
    constants: x * (2 * 3)
      Const Const Mul Mul -> Const Mul (constant_folding)
    twins: x @ x + x @ x
      AddV2 MatMul MatMul -> AddV2 MatMul (arithmetic_optimization)
    undone: square(-(-x))
      Neg Neg Square -> Square (arithmetic_optimization)
    branch: abs(x) if True else w @ x
      Const Identity StatelessIf -> Abs Identity (loop_optimization)
    layer: relu(x @ w + b)
      BiasAdd MatMul Relu -> _FusedMatMul (remapping)
    unfetched: w @ w, and sign(x), which alone is fetched
      MatMul Sign -> Sign (no option: a session never runs what nobody fetches)
    sum: (x + 1e8) - 1e8
      AddV2 Const Const Sub -> Add Const (constant_folding)
    fed_sum: (x + big) - big, where 1e8 is fed for big
      AddV2 Sub -> AddV2 Sub (no rewrite: a fed number is not known before the run)
    The constants that were worked out before the run: constants/mul = 6.0, sum/add = 0.0
    With the optimizer off, one box returns other numbers: sum
    (x + 1e8) - 1e8, where x is 1. In float32, 1 + 1e8 is rounded to 1e8
      eager                   0.0
      session, optimizer off  0.0
      session                 1.0
      function                1.0
      session, 1e8 fed        0.0
    Time with the optimizer off, divided by the time with it on
      twins: ...
      layer: ...
    TensorBoard: ... --logdir ...
    Try next: add a box that computes x - x. The optimizer does not make a 0 of it: what if x is infinite?
    Then: examples/22_loops.py

Found: true of what was planted. The median times with the optimizer off were, here, 1.6 to 2.3 times those with it on
    where it drops one of two equal products, and 1.1 to 1.3 times where it fuses product, bias and ReLU. What the notes
    do not say: it may change numbers, and not only the last bits. It computes (x + 1e8) - 1e8 as x + 0, which returns 1
    where the graph as written returns 0.
Asserted: the operations of each box as executed; more of them without the pass named; the same numbers in all boxes but
    sum; 0 and 1 for (x + 1e8) - 1e8
Minutes: 10
"""

import time

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1

lesson = Lesson("21_graph_optimizer", __doc__)
kernels = lesson.predict("A product, a bias and a ReLU are written. How many operations run?", [1, 2, 3])
small = lesson.predict("A session runs (x + 1e8) - 1e8, where x is 1. What does it return?", [0.0, 1.0])

# %% Each name scope, a box in TensorBoard, holds something to improve, or seems to.
with tf1.Graph().as_default() as graph:
    x, w = (tf1.placeholder(tf.float32, (None, None), name) for name in "xw")
    b, big = tf1.placeholder(tf.float32, (None,), "b"), tf1.placeholder(tf.float32, (), "big")
    with tf.name_scope("constants"):
        constants = x * (tf.constant(2.0) * tf.constant(3.0))
    with tf.name_scope("twins"):
        twins = tf.matmul(x, x) + tf.matmul(x, x)
    with tf.name_scope("undone"):
        undone = tf.square(tf.negative(tf.negative(x)))
    with tf.name_scope("branch"):
        branch = tf.cond(tf.constant(True), lambda: tf.abs(x), lambda: tf.matmul(w, x))
    with tf.name_scope("layer"):
        layer = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, w), b))
    with tf.name_scope("unfetched"):
        tf.matmul(w, w)
        unfetched = tf.sign(x)
    with tf.name_scope("sum"):
        total = (x + 1e8) - 1e8
    with tf.name_scope("fed_sum"):
        fed_total = (x + big) - big

# What is fetched of each box, what it says, and the option that switches its rewrite off.
BOXES = {
    "constants": (constants, "x * (2 * 3)", "constant_folding"),
    "twins": (twins, "x @ x + x @ x", "arithmetic_optimization"),
    "undone": (undone, "square(-(-x))", "arithmetic_optimization"),
    "branch": (branch, "abs(x) if True else w @ x", "loop_optimization"),  # it drops dead branches, too
    "layer": (layer, "relu(x @ w + b)", "remapping"),
    "unfetched": (unfetched, "w @ w, and sign(x), which alone is fetched", None),
    "sum": (total, "(x + 1e8) - 1e8", "constant_folding"),
    "fed_sum": (fed_total, "(x + big) - big, where 1e8 is fed for big", None),
}


# %% A session can return the graph that it really executed.
def open_session(off=None):
    config = tf1.ConfigProto(device_count={"GPU": 0})
    # An older optimizer folds constants and merges twins, too. With that one off, every rewrite is Grappler's.
    config.graph_options.optimizer_options.opt_level = tf1.OptimizerOptions.L0
    options = config.graph_options.rewrite_options
    if off == "all passes":
        options.disable_meta_optimizer = True
    elif off:
        setattr(options, off, options.OFF)
    return tf1.Session(graph=graph, config=config)


def run(off=None):
    fetches = {box: fetched for box, (fetched, *_) in BOXES.items()}
    feed = {x: np.arange(16).reshape(4, 4), w: np.eye(4), b: np.ones(4), big: 1e8}
    record = tf1.RunMetadata()
    with open_session(off) as session:
        values = session.run(fetches, feed, tf1.RunOptions(output_partition_graphs=True), record)
    return values, record.partition_graphs[0]


def operations(graph_def, box):
    found = [node.op for node in graph_def.node if node.name.startswith(f"{box}/")]
    # Where oneDNN computes, a MatMul is called _MklMatMul, and a _FusedMatMul is called _MklNativeFusedMatMul.
    return " ".join(sorted(op.replace("_MklNative", "_").replace("_Mkl", "") for op in found))


written = graph.as_graph_def(add_shapes=True)
values, executed = run()
plain_values, plain = run("all passes")
ran = {box: operations(executed, box) for box in BOXES}
WHY_NOT = {
    "unfetched": "no option: a session never runs what nobody fetches",
    "fed_sum": "no rewrite: a fed number is not known before the run",
}
print("What was written, the operations built, those that ran, and the option that switches the rewrite off")
for box, (_, text, option) in BOXES.items():
    print(f"{box}: {text}")
    print(f"  {operations(written, box)} -> {ran[box]} ({option or WHY_NOT[box]})")
    if option:  # without its pass, a box runs more operations
        assert len(operations(run(option)[1], box).split()) > len(ran[box].split())
assert ran["constants"] == "Const Mul"
assert ran["twins"] == "AddV2 MatMul"
assert ran["undone"] == "Square"
assert ran["branch"] == "Abs Identity"  # StatelessIf held both branches, tf.abs and tf.matmul; Identity hands out
assert ran["layer"] == "_FusedMatMul"
assert ran["unfetched"] == operations(plain, "unfetched") == "Sign"
assert ran["fed_sum"] == operations(written, "fed_sum") == "AddV2 Sub"
kernels.answer(len(ran["layer"].split()))
constants = [node for node in executed.node if node.op == "Const"]
folded = {node.name: float(tf.make_ndarray(node.attr["value"].tensor)) for node in constants}
print("The constants that were worked out before the run:", end=" ")
print(", ".join(f"{name} = {value}" for name, value in folded.items()))
assert folded == {"constants/mul": 6, "sum/add": 0}


# %% The numbers are the same, except in the box sum: the optimizer subtracted the constants before x was added.
@tf.function
def in_function(x):
    return (x + 1e8) - 1e8


one = tf.constant(1.0)
at_one = (0, 1)  # where x is 1
found = {
    "eager": ((one + 1e8) - 1e8).numpy(),
    "session, optimizer off": plain_values["sum"][at_one],
    "session": values["sum"][at_one],
    "function": in_function(one).numpy(),
    "session, 1e8 fed": values["fed_sum"][at_one],
}
changed = [box for box in BOXES if not np.array_equal(values[box], plain_values[box])]
print("With the optimizer off, one box returns other numbers:", *changed)
print("(x + 1e8) - 1e8, where x is 1. In float32, 1 + 1e8 is rounded to 1e8")
for execution, value in found.items():
    print(f"  {execution:22}{value:5}")
assert changed == ["sum"]  # all other numbers here are small and whole, which float32 computes exactly
assert list(found.values()) == [0, 0, 1, 1, 0]
small.answer(found["session"])


# %% How much time does it save?
def seconds(session, box, feed):
    start = time.perf_counter()
    session.run(BOXES[box][0].op, feed)
    return time.perf_counter() - start


square, rows = np.ones((512, 512), "float32"), np.ones((4096, 64), "float32")
print("Time with the optimizer off, divided by the time with it on")
with open_session() as on, open_session("all passes") as off:
    for box, feed in {"twins": {x: square}, "layer": {x: rows, w: rows[:64], b: rows[0]}}.items():
        ratios = [seconds(off, box, feed) / seconds(on, box, feed) for _ in range(20)]
        print(f"  {box}: {np.median(ratios):.2f}")

# %% What to try next
lesson.log("written").graph(written)
lesson.log("executed").graph(executed)
lesson.end(
    "add a box that computes x - x. The optimizer does not make a 0 of it: what if x is infinite?", follows="22_loops"
)
