"""TensorFlow 1: one graph, different fetches

Question: which nodes does session.run execute, and where do the values of variables live?
Notes: 即时执行（Eager Execution）. "TF 1.x：需显示构建图和会话，适合高性能场景。"
    (TensorFlow 1.x: graph and session have to be built explicitly; it suits scenarios that need high performance.)
Before you run it: the graph can compute outputs, a loss, and a training step. How many of its nodes run when you fetch
    the outputs alone? After twenty training steps, has the graph changed?

    $ .venv/bin/python examples/13_fetches.py
    Python built ... nodes. None has run.
    Without the initializer, the session holds no weights: FailedPreconditionError
      initializer     ran  4: init, layer/weights, layer/weights/Assign, layer/zeros
      outputs         ran  3: layer/outputs, layer/outputs/ReadVariableOp, layer/weights
      loss            ran  7: layer/outputs, layer/outputs/ReadVariableOp, layer/weights, ...
      loss, loss      ran  7: layer/outputs, layer/outputs/ReadVariableOp, layer/weights, ...
      loss, train_op  ran ...: AssignSubVariableOp, gradients/Shape, gradients/grad_ys_0, ...
    Fetching the loss again does not train: it is ... both times
    Fetching train_op 20 times does: the loss falls to ...
    The graph is as it was built, byte for byte; the trained weights are in one session:
      largest weight: ... in the session that trained, 0.0000 in a new one
    Names: layer/outputs:0 is the first output of layer/outputs;
      under a second scope called layer it would be layer_1/outputs
    The session refuses inputs:0 of another graph: ValueError
    TensorBoard: ... --logdir ...
    Try next: fetch [loss, train_op] twice. Is the first loss the one before the step, or after it?
    Then: examples/14_eager.py

Found: the first half is true: graph and session are written out. They separate structure from values: one graph serves
    prediction, evaluation and training, because a session runs only what the fetches need, and the session alone holds
    the values. Whether that is fast is for lesson 25.
Asserted: the nodes that ran for each fetch; the graph is unchanged by training; only one session's weights changed
Minutes: 8
"""

from graphs.lesson import Lesson

import numpy as np
import tensorflow.compat.v1 as tf1

lesson = Lesson("13_fetches", __doc__)
reads_targets = lesson.predict("Only the outputs are fetched. Must the targets be fed?", ["yes", "no"])
changes = lesson.predict("After 20 training steps, is the graph the same as before?", ["yes", "no"])

# %% Python builds one graph for prediction, evaluation and training.
_, _, batch = lesson.digits()
with tf1.Graph().as_default() as graph:
    inputs = tf1.placeholder("float32", (None, 64), "inputs")
    targets = tf1.placeholder("float32", (None, 10), "targets")
    with tf1.name_scope("layer"):
        weights = tf1.Variable(tf1.zeros((64, 10)), name="weights")
        outputs = tf1.matmul(inputs, weights, name="outputs")
    with tf1.name_scope("loss"):
        loss = tf1.reduce_mean(tf1.square(outputs - targets))
    (d_weights,) = tf1.gradients(loss, [weights])
    train_op = weights.assign_sub(0.1 * d_weights, read_value=False)
    initializer = tf1.global_variables_initializer()
built = graph.as_graph_def()
print(f"Python built {len(built.node)} nodes. None has run.")

# %% A session holds the values of variables. A new one holds none, until the initializer has run.
config = tf1.ConfigProto()
config.graph_options.rewrite_options.disable_meta_optimizer = True  # it would merge nodes, see lesson 21
config.graph_options.optimizer_options.opt_level = tf1.OptimizerOptions.L0
session = tf1.Session(graph=graph, config=config)
try:
    session.run(weights)
    raise AssertionError("the session held weights before the initializer ran")
except tf1.errors.FailedPreconditionError as error:
    print("Without the initializer, the session holds no weights:", type(error).__name__)


# %% A session runs the nodes that the fetches need, and no others.
def nodes_that_ran(fetches, feed_dict):
    trace = tf1.RunMetadata()
    session.run(fetches, feed_dict, tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE), trace)
    ran = {node.node_name for device in trace.step_stats.dev_stats for node in device.node_stats}
    return sorted(name for name in ran if not name.startswith("_"))  # without _arg_... and _retval_...


everything = {inputs: batch.inputs, targets: batch.targets}
ran = {
    "initializer": nodes_that_ran(initializer, {}),
    "outputs": nodes_that_ran(outputs, {inputs: batch.inputs}),
    "loss": nodes_that_ran(loss, everything),
    "loss, loss": nodes_that_ran([loss, loss], everything),
    "loss, train_op": nodes_that_ran([loss, train_op], everything),
}
for fetches, names in ran.items():
    print(
        f"  {fetches:<15} ran {len(names):>2}: {', '.join(names) if len(names) < 5 else ', '.join(names[:3]) + ', ...'}"
    )
assert ran["outputs"] == ["layer/outputs", "layer/outputs/ReadVariableOp", "layer/weights"]
assert set(ran["outputs"]) < set(ran["loss"]) < set(ran["loss, train_op"])
assert ran["loss, loss"] == ran["loss"]  # a node runs once, however many need it
assert any(name.startswith("gradients/") for name in ran["loss, train_op"])
assert not any(name.startswith("gradients/") for name in ran["loss"])
reads_targets.answer("no")  # outputs ran without them

# %% Fetching is all that makes a step: no train_op, no training.
before = session.run(loss, everything)
assert session.run(loss, everything) == before
for _ in range(20):
    session.run(train_op, everything)
after = session.run(loss, everything)
print(f"Fetching the loss again does not train: it is {before:.4f} both times")
print(f"Fetching train_op 20 times does: the loss falls to {after:.4f}")
assert after < before
changes.answer("yes" if graph.as_graph_def() == built else "no")
assert graph.as_graph_def() == built

# %% The session holds the values, the graph does not.
with tf1.Session(graph=graph) as other:
    other.run(initializer)
    trained, fresh = session.run(weights), other.run(weights)
print("The graph is as it was built, byte for byte; the trained weights are in one session:")
print(f"  largest weight: {np.max(trained):.4f} in the session that trained, {np.max(fresh):.4f} in a new one")
assert np.max(fresh) == 0 < np.max(trained)

# %% Names: an operation has one, its outputs are NAME:0, NAME:1, ...; a name that is taken gets a number.
with graph.as_default(), tf1.name_scope("layer"):
    again = tf1.zeros((), name="outputs")
print(f"Names: {outputs.name} is the first output of {outputs.op.name};")
print(f"  under a second scope called layer it would be {again.op.name}")
assert graph.get_tensor_by_name("layer/outputs:0") is outputs
assert again.op.name == "layer_1/outputs"

# %% Two graphs side by side may use the same names, but a session knows only its own graph.
with tf1.Graph().as_default():
    stranger = tf1.placeholder("float32", (None, 64), "inputs")
try:
    session.run(stranger)
    raise AssertionError("the session ran a tensor of another graph")
except ValueError as error:
    print(f"The session refuses {stranger.name} of another graph: {type(error).__name__}")
    assert "is not an element of this graph" in str(error)

# %% What to try next
session.close()
lesson.log("training").graph(built)
lesson.end("fetch [loss, train_op] twice. Is the first loss the one before the step, or after it?", follows="14_eager")
