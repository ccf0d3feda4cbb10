"""TensorFlow 1: one graph, different fetches
中文：TensorFlow 1：同一张图，不同的 fetches。取出（fetches）一个张量，session.run 会执行哪些节点，变量的值又存放在哪
    里？取出输出只运行 3 个节点，取出损失运行 7 个；训练 20 步之后，计算图逐字节不变，变的只是那个会话里的权重。显式构建
    图和会话自有用处：结构与数值分开，一张图就能用于预测、评估和训练；是否更快，见第 25 课。判定：半对。

Question: which nodes does session.run execute for a fetch, the tensor you ask it for, and where do the values of
    variables live?
Claim of the notes: 即时执行（Eager Execution）.
    "TF 1.x：需显示构建图和会话，适合高性能场景。"
    (TensorFlow 1.x: graph and session have to be built explicitly; it suits scenarios that need high performance.)
Before you run it: the graph below can compute outputs, a loss, which measures how far the outputs are from the targets,
    and a training step, which changes the weights to lower the loss. How many of its nodes run when you ask a session
    for the outputs alone, of more than forty? After twenty training steps, does the graph look different?

    $ .venv/bin/python examples/13_fetches.py
    Python built ... nodes; tf1.gradients added ... of them. None has run.
    Without the initializer, the session holds no weights: FailedPreconditionError
    What is fetched, and the nodes that run
      initializer      4: init, layer/weights, layer/weights/Assign, layer/zeros
      outputs          3: layer/outputs, layer/outputs/ReadVariableOp, layer/weights
                          (inputs, a placeholder, is fed: there is nothing to run)
      loss             7: these 3, and loss/Const, loss/Mean, loss/Square, loss/sub
      loss, loss       7: the same 7, each once
      loss, train_op  ...: these 7, ... of tf1.gradients (nobody needs the rest), AssignSubVariableOp, mul, mul/x
    Fetching the loss again does not train: it is ... both times
    Fetching train_op 20 times does: the loss falls to ...
    The graph is as it was built, byte for byte; the trained weights are in one session:
      largest weight: ... in the session that trained, 0.0000 in a new one
    Another graph may use the same names, and this session refuses its tensors: ValueError
      inputs:0 is output 0 of the node inputs; a second inputs in that graph becomes inputs_1
    TensorBoard: ... --logdir ...
    Try next: in the line of the 20 steps, fetch [loss, train_op]. Is that loss the one before its step, or after?
    Then: examples/14_eager.py

Found: half true. Graph and session are written out, and that has a use: they separate structure from values: one graph
    serves prediction, evaluation and training, because a session runs only what the fetches need, and the session alone
    holds the values. Whether that is fast is for lesson 25.
Asserted: the nodes that ran for each fetch; the graph is unchanged by training; only one session's weights changed
Minutes: 8
"""

from graphs.lesson import Lesson

import numpy as np
import tensorflow.compat.v1 as tf1

lesson = Lesson("13_fetches", __doc__)
few = lesson.predict("How many nodes run when only the outputs are fetched?", ["3", "about half of them", "all"])
changed = lesson.predict("After 20 training steps, has the graph changed?", ["yes", "no"])

# %% Python builds one graph for prediction, evaluation and training.
_, _, batch = lesson.digits()
with tf1.Graph().as_default() as graph:
    inputs = tf1.placeholder("float32", (None, 64), "inputs")  # None: any number of rows
    targets = tf1.placeholder("float32", (None, 10), "targets")
    with tf1.name_scope("layer"):
        weights = tf1.Variable(tf1.zeros((64, 10)), name="weights")
        outputs = tf1.matmul(inputs, weights, name="outputs")
    with tf1.name_scope("loss"):
        loss = tf1.reduce_mean(tf1.square(outputs - targets))
    (d_weights,) = tf1.gradients(loss, [weights])  # how the loss changes with each weight
    train_op = weights.assign_sub(0.1 * d_weights, read_value=False)
    initializer = tf1.global_variables_initializer()
built = graph.as_graph_def()
of_gradients = [node.name for node in built.node if node.name.startswith("gradients/")]
print(f"Python built {len(built.node)} nodes; tf1.gradients added {len(of_gradients)} of them. None has run.")

# %% A session holds the values of variables. A new one holds none, until the initializer has run.
# It would rewrite the graph first (lesson 21). That is off here, so that the nodes run as they were written.
config = tf1.ConfigProto()
config.graph_options.rewrite_options.disable_meta_optimizer = True
config.graph_options.optimizer_options.opt_level = tf1.OptimizerOptions.L0
session = tf1.Session(graph=graph, config=config)
try:
    session.run(weights)
    raise AssertionError("the session held weights before the initializer ran")
except tf1.errors.FailedPreconditionError as error:
    print("Without the initializer, the session holds no weights:", type(error).__name__)


# %% A session runs the nodes that the fetches need, and no others.
# One line of Python may add several nodes: a multiplication by a variable also reads the variable.
def nodes_that_run(fetches, feed_dict):
    record = tf1.RunMetadata()
    session.run(fetches, feed_dict, tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE), record)
    names = {node.node_name for device in record.step_stats.dev_stats for node in device.node_stats}
    return sorted(name for name in names if not name.startswith("_"))  # without _arg_inputs, which hands in the fed one


everything = {inputs: batch.inputs, targets: batch.targets}
of_initializer = nodes_that_run(initializer, {})
of_outputs = nodes_that_run(outputs, {inputs: batch.inputs})  # the targets need not be fed
of_loss = nodes_that_run(loss, everything)
of_both = nodes_that_run([loss, loss], everything)
of_step = nodes_that_run([loss, train_op], everything)
more_for_loss = [name for name in of_loss if name not in of_outputs]
more_for_step = [name for name in of_step if name not in of_loss + of_gradients]
gradients_run = [name for name in of_step if name in of_gradients]
print("What is fetched, and the nodes that run")
print(f"  initializer      {len(of_initializer)}: {', '.join(of_initializer)}")
print(f"  outputs          {len(of_outputs)}: {', '.join(of_outputs)}")
print("                      (inputs, a placeholder, is fed: there is nothing to run)")
print(f"  loss             {len(of_loss)}: these {len(of_outputs)}, and {', '.join(more_for_loss)}")
print(f"  loss, loss       {len(of_both)}: the same {len(of_loss)}, each once")
print(f"  loss, train_op  {len(of_step)}: these {len(of_loss)}, {len(gradients_run)} of tf1.gradients", end=" ")
print(f"(nobody needs the rest), {', '.join(more_for_step)}")
assert len(of_outputs) == 3
assert set(of_outputs) < set(of_loss) < set(of_step)
assert of_both == of_loss
assert gradients_run and not set(of_gradients) & set(of_loss)
few.answer(len(of_outputs))

# %% Fetching is all that makes a step: without train_op, no training.
session.run(initializer)
before = session.run(loss, everything)
assert session.run(loss, everything) == before
for _ in range(20):
    session.run(train_op, everything)
after = session.run(loss, everything)
print(f"Fetching the loss again does not train: it is {before:.4f} both times")
print(f"Fetching train_op 20 times does: the loss falls to {after:.4f}")
assert after < before
changed.answer("no" if graph.as_graph_def() == built else "yes")
assert graph.as_graph_def() == built

# %% The session holds the values, the graph does not.
with tf1.Session(graph=graph) as other:
    other.run(initializer)
    trained, fresh = session.run(weights), other.run(weights)
print("The graph is as it was built, byte for byte; the trained weights are in one session:")
print(f"  largest weight: {np.max(trained):.4f} in the session that trained, {np.max(fresh):.4f} in a new one")
assert np.max(fresh) == 0 < np.max(trained)

# %% Two graphs side by side may use the same names, but a session knows only its own graph.
with tf1.Graph().as_default():
    stranger = tf1.placeholder("float32", (None, 64), "inputs")
    second = tf1.placeholder("float32", (None, 64), "inputs")
try:
    session.run(stranger)
    raise AssertionError("the session ran a tensor of another graph")
except ValueError as error:
    print("Another graph may use the same names, and this session refuses its tensors:", type(error).__name__)
    assert "is not an element of this graph" in str(error)
print(f"  {stranger.name} is output 0 of the node {stranger.op.name};", end=" ")
print(f"a second inputs in that graph becomes {second.op.name}")
assert (stranger.name, inputs.name, second.op.name) == ("inputs:0", "inputs:0", "inputs_1")
assert graph.get_tensor_by_name("layer/outputs:0") is outputs

# %% What to try next
session.close()
lesson.log("training").graph(built)
lesson.end(
    "in the line of the 20 steps, fetch [loss, train_op]. Is that loss the one before its step, or after?",
    follows="14_eager",
)
