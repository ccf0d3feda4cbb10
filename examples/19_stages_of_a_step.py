"""Every stage of a training step
中文：训练一步的各个阶段。一行 Python 代码在到达处理器之前变成了什么？50 个节点优化后剩 40 个，两个常量的乘积变成一个常
    量，整个层融合成一个核；XLA 保留层里的乘积，只融合偏置和 sigmoid；if 先变成一个 StatelessIf，再变成 Switch 和
    Merge，在 XLA 中变成 conditional。各阶段算的是同一步，跟踪得到的图与即时执行逐位相同；省了多少，见第 21、26 课。
    判定：对。

Question: what becomes of a line of Python on its way to the processor?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "高效执行：图优化（如算子融合）可提升性能。"
    (Efficient execution: optimizing the graph, for example by fusing operators, can improve performance.)
Before you run it: the step below has a layer, an if, and a product of two constants. Which of the three will you still
    recognise in the graph that runs, and which in the program that XLA compiles?

    $ .venv/bin/python examples/19_stages_of_a_step.py
    1_python.py, 12 lines: what you wrote
      layer | outputs = tf.sigmoid(inputs @ weights + biases)
      if    | if length > 1.0:
      rate  | rate = tf.constant(0.5) * tf.constant(0.2)
    2_autograph.py, 35 lines: AutoGraph takes over each call, and the if
      layer | outputs = ag__.converted_call(ag__.ld(tf).sigmoid, (ag__.ld(inputs) ...
      if    | ag__.if_stmt(ag__.ld(length) > 1.0, if_body, else_body, get_state, ...
      rate  | rate = ag__.converted_call(ag__.ld(tf).constant, (0.5,), None, ...
    3_traced.txt, 50 lines: a node for each operation
      layer | Sigmoid = Sigmoid(add)
      if    | cond = StatelessIf(Greater, gradient_tape/matmul/MatMul, norm/Squeeze)
      rate  | mul = Mul(Const_1, Const_2)
    4_executed.txt, ... lines: the graph that ran, optimized
      layer | Sigmoid = ...
      if    | cond/output... = Merge(cond/then/...
      rate  | mul = Const(0.1)
    5_hlo.txt, ... lines: file 3 in HLO, the language of XLA, with constants folded
      layer | %Sigmoid... = f32[32,10] logistic(f32[32,10] %add...)
      if    | %cond... = (f32[64,10]) conditional(...
      rate  | %mul... = f32[] constant(0.1)
    6_hlo_optimized.txt, ... lines: each fusion is one loop
      layer | %... = f32[32,10] fusion(...
      if    | %cond... = (f32[64,10]) conditional(...
      rate  | %mul... = f32[] constant(0.1)
    The files are in ...
    Loss, weights and biases after a step: the largest relative difference from eager Python
      traced graph   0
      executed graph ...
      XLA            ...
    TensorBoard: ... --logdir ...
    Try next: diff <(sort 3_traced.txt) <(sort 4_executed.txt). What else did the optimizer change?
    Then: examples/20_same_numbers.py

Found: true as far as it goes. Here 50 nodes, with those in the branches, became 40: one constant for the product, and
    one fused kernel for the layer (with oneDNN off the layer stayed three kernels). XLA left the layer's product alone
    and fused bias and sigmoid. The if became one StatelessIf, then Switch and Merge, and a conditional in XLA. All
    stages computed the same step, the traced graph bit for bit. Lessons 21 and 26 measure what that saves.
Asserted: the if and the product at each stage; fusions in the optimized HLO; the same loss, weights and biases
Minutes: 15
"""

import inspect
import re
import textwrap

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context  # private, but nothing public returns the graph that a function really ran

from graphs.implementations.grappler_options import OFF, function_options

lesson = Lesson("19_stages_of_a_step", __doc__)
branch = lesson.predict(
    "Which nodes make the choice of the if, at each run?",
    [
        "StatelessIf, which holds both branches",
        "Switch, which sends a value into a branch, and Merge, which takes what comes out",
        "none: the choice is made while tracing",
    ],
)
rate = lesson.predict("Which node holds tf.constant(0.5) * tf.constant(0.2), at each run?", ["Mul", "Const"])

# %% Stage 1: Python. One layer, its gradients, a limit on the length of one of them, and an update.
_, _, batch = lesson.digits(batch_size=32)
inputs, targets = map(tf.constant, batch)  # (32, 64), (32, 10)
start = np.random.default_rng(lesson.seed).normal(0, 0.3, (64, 10))
weights = tf.Variable(start, dtype=tf.float32, name="weights")
biases = tf.Variable(tf.zeros(10), name="biases")


def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        outputs = tf.sigmoid(inputs @ weights + biases)
        loss = tf.reduce_sum(tf.square(outputs - targets))
    d_weights, d_biases = tape.gradient(loss, (weights, biases))
    length = tf.norm(d_weights)
    if length > 1.0:
        d_weights = d_weights / length
    rate = tf.constant(0.5) * tf.constant(0.2)
    weights.assign_sub(rate * d_weights)
    biases.assign_sub(rate * d_biases)
    return loss


python = inspect.getsource(train_step)

# %% Stage 2: AutoGraph rewrites the Python code, so that an if on a tensor can become a node.
autograph = tf.autograph.to_code(train_step)
assert "if length > 1.0" in python
assert "if length > 1.0" not in autograph

# %% Stage 3: the rewritten code runs once, on symbolic tensors; each operation adds a node. This is the traced graph.
function = tf.function(train_step)
traced = function.get_concrete_function(inputs, targets).graph.as_graph_def(add_shapes=True)

# %% Stage 4: at its first call TensorFlow optimizes the graph. This is the graph that runs.
context.context().enable_graph_collection()
try:
    function(inputs, targets)
    executed = tf.compat.v1.GraphDef()
    for partition in context.context().export_run_metadata().partition_graphs:  # one for each device
        executed.node.extend(partition.node)
finally:
    context.context().disable_graph_collection()
before, after = ({node.name: node for node in graph.node} for graph in (traced, executed))
kinds_before, kinds_after = ({node.op for node in nodes.values()} for nodes in (before, after))
assert {"StatelessIf", "Switch", "Merge"} & kinds_before == {"StatelessIf"}
assert {"StatelessIf", "Switch", "Merge"} & kinds_after == {"Switch", "Merge"}
branch.answer("Switch, which sends a value into a branch, and Merge, which takes what comes out")
assert (before["mul"].op, after["mul"].op) == ("Mul", "Const")
assert tf.make_ndarray(after["mul"].attr["value"].tensor) == np.float32(0.5) * np.float32(0.2)
rate.answer(after["mul"].op)

# %% Stages 5 and 6: XLA starts from the traced graph. It translates that to its language, HLO, and optimizes the HLO.
compiled = tf.function(train_step, jit_compile=True)
compiler_ir = compiled.experimental_get_compiler_ir(inputs, targets)
translated, optimized = compiler_ir(stage="hlo"), compiler_ir(stage="optimized_hlo")
assert "fusion(" not in translated
assert "fusion(" in optimized


# %% Write each stage to a file. Then follow three lines through all of them: the layer, the if and the rate.
def one_line(node):
    value = tf.make_ndarray(node.attr["value"].tensor) if node.op == "Const" else ", ".join(node.input)
    options = [name for name in ("transpose_a", "transpose_b") if name in node.attr and node.attr[name].b]
    if "fused_ops" in node.attr:
        options += [fused.decode() for fused in node.attr["fused_ops"].list.s]
    return f"{node.name} = {node.op}{options or ''}({value!s})"


def listing(graph):
    branches = [f"{body.signature.name}: {one_line(node)}" for body in graph.library.function for node in body.node_def]
    return "\n".join([*map(one_line, graph.node), *branches])


STAGES = {
    "1_python.py": (python, "what you wrote", "sigmoid", "if length", "rate ="),
    "2_autograph.py": (autograph, "AutoGraph takes over each call, and the if", "sigmoid", "if_stmt", "rate ="),
    "3_traced.txt": (listing(traced), "a node for each operation", "^Sigmoid =", "^cond =", "^mul ="),
    "4_executed.txt": (listing(executed), "the graph that ran, optimized", "^Sigmoid =", "Merge", "^mul ="),
    "5_hlo.txt": (
        translated,
        "file 3 in HLO, the language of XLA, with constants folded",
        '"Sigmoid"',
        "conditional",
        "constant.0.1",
    ),
    "6_hlo_optimized.txt": (optimized, "each fusion is one loop", '"Sigmoid"', "conditional", "constant.0.1"),
}
for name, (text, description, *patterns) in STAGES.items():
    (lesson.folder() / name).write_text(text.rstrip() + "\n", encoding="utf-8")
    print(f"{name}, {len(text.splitlines())} lines: {description}")
    for label, pattern in zip(("layer", "if", "rate"), patterns, strict=True):
        found = [line for line in text.splitlines() if re.search(pattern, line)]
        assert found, f"{name} has no line with {pattern}"
        line = re.sub(r", metadata=.*|\{[\d,]*\}", "", found[-1])  # HLO's notes on sources, and on layouts in memory
        print(f"  {label:5} | {textwrap.shorten(line, 72, placeholder=' ...')}")
for name, graph in {"3_traced": traced, "4_executed": executed}.items():
    (lesson.folder() / f"{name}.pbtxt").write_text(str(graph), encoding="utf-8")
    lesson.log(name).graph(graph)
print("The files are in", lesson.folder())


# %% Every stage computes the same step.
def result(step):
    weights.assign(start)
    biases.assign(tf.zeros(10))
    return [each.numpy() for each in (step(inputs, targets), weights, biases)]


eager = result(train_step)
with function_options(OFF):  # with the optimizer off, the function runs the graph as it was traced
    as_traced = result(function)
results = {"traced graph": as_traced, "executed graph": result(function), "XLA": result(compiled)}
print("Loss, weights and biases after a step: the largest relative difference from eager Python")
for name, arrays in results.items():
    difference = max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip(arrays, eager, strict=True))
    print(f"  {name:14} {difference:.1g}")
    assert difference < 1e-5
    assert difference == 0 or name != "traced graph"

# %% What to try next
lesson.end(
    "diff <(sort 3_traced.txt) <(sort 4_executed.txt). What else did the optimizer change?", follows="20_same_numbers"
)
