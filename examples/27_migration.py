"""From TF1 to TF2 in seven steps
中文：从 TF1 到 TF2，分七步。怎样把 TensorFlow 1 程序改成 TensorFlow 2 程序，又怎样知道结果没有变？代码的写法确如笔记所
    说：第 0 版构建图和会话，第 5、6 步跟踪函数，第 7 步即时执行这个函数；七步得到的十个损失和六个参数都与第 0 版逐位相
    同。tf_upgrade_v2 只改了 4 个名字，得到的仍是 TensorFlow 1 程序；速度见第 25 课。判定：对。

Question: how do you turn a TensorFlow 1 program into a TensorFlow 2 program, and know that it still computes the same?
Claim of the notes: 即时执行（Eager Execution）.
    "TF 1.x：需显示构建图和会话，适合高性能场景。"
    "TF 2.x：默认即时执行，tf.function 实现图模式加速。"
    (TF 1.x: graph and session have to be built explicitly; it suits high-performance use. TF 2.x: eager by default;
    tf.function brings the speed of graph mode.)
Before you run it: read version 0, then step 6. Which lines of the TensorFlow 1 program are left? Which of the seven
    steps could change a last bit?

    $ .venv/bin/python examples/27_migration.py
    Version 0: ten steps in a session take the loss from 2.391 to 0.943
    step  instead of               you write                       loss
       1  session.run              a wrapped function, called      0.943  same bits
       2  running initializers     tf.Variable, set when made      0.943  same bits
       3  placeholder, feed_dict   an argument, a TensorSpec       0.943  same bits
       4  fetches                  the returned value              0.943  same bits
       5  control_dependencies     @tf.function, lines in order    0.943  same bits
          Given the same lines, wrap_function does not update the variables, when the graph optimizer is on
       6  tf.gradients             tf.GradientTape                 0.943  same bits
       7  a graph                  no decorator: eager, to debug   0.943  same bits
    tf_upgrade_v2 changes 4 names (>) and reports 0 problems
      import tensorflow as tf
    > inputs = tf.compat.v1.placeholder(tf.float32, (None, 64))
      hidden = tf.layers.dense(inputs, 32, tf.tanh)
    > gradients = tf.gradients(hidden, tf.compat.v1.trainable_variables())
    > with tf.compat.v1.Session() as session:
    >     session.run(tf.compat.v1.global_variables_initializer())
          session.run(gradients, feed_dict={inputs: images})
    Run it eagerly: tf.placeholder() is not compatible with eager execution.
    Run it in a tf1.Graph: module 'tensorflow' has no attribute 'layers'
    Run it in a tf1.Graph, without tf.layers: it runs, still a TensorFlow 1 program
    TensorBoard: ... --logdir ...
    Try next: before step 6, add compare(5, "the same", "wrap_function", bridge, variables). Does it train? Why now?

Found: true of how the code looks; speed is the subject of lesson 25. Version 0 builds a graph and a session, steps 5
    and 6 trace a function, and step 7 runs that function eagerly. All seven gave the ten losses and six parameters of
    version 0, bit for bit; of its text, loss_of and the formula v - 0.5 * g are left. tf_upgrade_v2 only changed names:
    its result needs a graph around it, and whatever replaces tf.layers, and stays a TensorFlow 1 program.
Asserted: equal bits after each step; one trace for two batch sizes; wrap_function runs no updates that nothing waits
    for; what tf_upgrade_v2 leaves, and the two errors
Minutes: 12
"""

import contextlib
import io

from graphs.lesson import Lesson

import tensorflow as tf
import tensorflow.compat.v1 as tf1
from tensorflow.tools.compatibility import ast_edits, tf_upgrade_v2

lesson = Lesson("27_migration", __doc__)
different = lesson.predict("How many of the seven steps change a bit of a loss or of a parameter?", [0, 1, 7])
updated = lesson.predict("Step 5 returns the loss alone. Would wrap_function update the variables?", ["yes", "no"])
upgraded = lesson.predict("Does a program with tf.layers run once tf_upgrade_v2 has rewritten it?", ["yes", "no"])

# %% All versions share the data, the initial parameters and the mathematics.
_, start, (images, labels) = lesson.digits(batch_size=620)
batches = [(images[i : i + 64], labels[i : i + 64]) for i in range(0, 620, 64)]  # nine of 64, and one of 44


def loss_of(variables, inputs, targets):
    weights1, biases1, weights2, biases2, weights3, biases3 = variables
    hidden1 = tf.tanh(inputs @ weights1 + biases1)
    hidden2 = tf.tanh(hidden1 @ weights2 + biases2)
    logits = hidden2 @ weights3 + biases3
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits), name="loss")


# %% Version 0 is TensorFlow 1: it builds a graph, then runs it in a session.
# "loss:0" is output 0 of the node named "loss". The graph optimizer may change last bits, so it is off in all versions.
def build():
    inputs = tf1.placeholder(tf.float32, (None, 64), name="inputs")
    targets = tf1.placeholder(tf.float32, (None, 10), name="targets")
    variables = [tf1.Variable(value) for value in start]
    loss = loss_of(variables, inputs, targets)
    gradients = tf1.gradients(loss, variables)
    updates = [tf1.assign_sub(v, 0.5 * g) for v, g in zip(variables, gradients)]
    tf.group(*updates, name="train_op")


config = tf1.ConfigProto()
config.graph_options.rewrite_options.disable_meta_optimizer = True
with tf1.Graph().as_default() as graph, tf1.Session(config=config) as session:
    build()
    session.run(tf1.global_variables_initializer())
    losses = [session.run(["loss:0", "train_op"], {"inputs:0": x, "targets:0": t})[0] for x, t in batches]
    expected = losses + session.run(tf1.trainable_variables())
print(f"Version 0: ten steps in a session take the loss from {losses[0]:.3f} to {losses[-1]:.3f}")
print("step  instead of               you write                       loss")
assert losses[-1] < losses[0]

# %% After each step, training starts over and has to give the bits of version 0.
same_bits = []


def compare(step, old, new, train_step, variables):
    for variable, value in zip(variables, start):
        variable.assign(value)
    # These options are those of the whole process, so they are restored.
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        losses = [train_step(tf.constant(x), tf.constant(t)).numpy() for x, t in batches]
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})
    results = losses + [variable.numpy() for variable in variables]
    same_bits.append(all(a.tobytes() == b.tobytes() for a, b in zip(results, expected, strict=True)))
    print(f"{step:4}  {old:23}  {new:30}  {losses[-1]:.3f}  {'same bits' if same_bits[-1] else 'other bits'}")
    assert same_bits[-1]


# %% Step 1: a function instead of a session. wrap_function calls build, prune cuts its graph to feeds and fetches.
# bridge.variables has no fixed order; the collection has the order of the lines.
bridge = tf1.wrap_function(build, [])
run = bridge.prune(feeds=["inputs:0", "targets:0"], fetches=["loss:0", "train_op"])
variables = bridge.graph.get_collection("trainable_variables")
compare(1, "session.run", "a wrapped function, called", lambda *batch: run(*batch)[0], variables)

# %% Step 2: variables are made outside the graph, and have their values at once.
variables = [tf.Variable(value) for value in start]


def build():
    inputs = tf1.placeholder(tf.float32, (None, 64), name="inputs")
    targets = tf1.placeholder(tf.float32, (None, 10), name="targets")
    loss = loss_of(variables, inputs, targets)
    gradients = tf1.gradients(loss, variables)
    updates = [tf1.assign_sub(v, 0.5 * g) for v, g in zip(variables, gradients)]
    tf.group(*updates, name="train_op")


run = tf1.wrap_function(build, []).prune(feeds=["inputs:0", "targets:0"], fetches=["loss:0", "train_op"])
compare(2, "running initializers", "tf.Variable, set when made", lambda *batch: run(*batch)[0], variables)

# %% Step 3: placeholders become arguments. A TensorSpec describes each, None for any batch size.
SIGNATURE = [tf.TensorSpec((None, 64), tf.float32), tf.TensorSpec((None, 10), tf.float32)]


def train_step(inputs, targets):
    loss = loss_of(variables, inputs, targets)
    gradients = tf1.gradients(loss, variables)
    updates = [tf1.assign_sub(v, 0.5 * g) for v, g in zip(variables, gradients)]
    tf.group(*updates, name="train_op")


bridge = tf1.wrap_function(train_step, SIGNATURE)
run = bridge.prune(feeds=bridge.inputs, fetches=["loss:0", "train_op"])
compare(3, "placeholder, feed_dict", "an argument, a TensorSpec", lambda *batch: run(*batch)[0], variables)


# %% Step 4: fetches become the returned value. It waits for the updates, since nobody fetches them now.
def train_step(inputs, targets):
    loss = loss_of(variables, inputs, targets)
    gradients = tf1.gradients(loss, variables)
    updates = [tf1.assign_sub(v, 0.5 * g) for v, g in zip(variables, gradients)]
    with tf1.control_dependencies([tf.group(*updates)]):
        return tf.identity(loss)


compare(4, "fetches", "the returned value", tf1.wrap_function(train_step, SIGNATURE), variables)


# %% Step 5: tf.function runs side effects in the order of the lines, so nothing has to wait.
@tf.function(input_signature=SIGNATURE)
def train_step(inputs, targets):
    loss = loss_of(variables, inputs, targets)
    gradients = tf1.gradients(loss, variables)
    for variable, gradient in zip(variables, gradients):
        variable.assign_sub(0.5 * gradient)
    return loss


compare(5, "control_dependencies", "@tf.function, lines in order", train_step, variables)
assert train_step.experimental_get_tracing_count() == 1  # at the first call, for both batch sizes

# %% The same lines under wrap_function: nothing says that the updates must run.
# A control output is a node that a graph must run although it returns no value. tf.function makes one of each update,
# wrap_function of none. The graph optimizer, which is on here, removes what no result needs.
bridge = tf1.wrap_function(train_step.python_function, SIGNATURE)
before = variables[0].numpy()
bridge(*batches[0])
changed = (variables[0].numpy() != before).any()
print("      Given the same lines, wrap_function", "updates" if changed else "does not update", end=" ")
print("the variables, when the graph optimizer is on")
assert not changed and not bridge.graph.control_outputs and train_step.get_concrete_function().graph.control_outputs
updated.answer("yes" if changed else "no")


# %% Step 6: a tape records the forward pass. It works in a graph and without one.
@tf.function(input_signature=SIGNATURE)
def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        loss = loss_of(variables, inputs, targets)
    gradients = tape.gradient(loss, variables)
    for variable, gradient in zip(variables, gradients):
        variable.assign_sub(0.5 * gradient)
    return loss


compare(6, "tf.gradients", "tf.GradientTape", train_step, variables)

# %% Step 7: without its decorator, the same function runs eagerly, and a debugger can stop in it.
compare(7, "a graph", "no decorator: eager, to debug", train_step.python_function, variables)
different.answer(same_bits.count(False))

# %% What the tool tf_upgrade_v2 does, and what it leaves to you.
OLD = """import tensorflow as tf
inputs = tf.placeholder(tf.float32, (None, 64))
hidden = tf.layers.dense(inputs, 32, tf.tanh)
gradients = tf.gradients(hidden, tf.trainable_variables())
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(gradients, feed_dict={inputs: images})
"""
upgrader = ast_edits.ASTCodeUpgrader(tf_upgrade_v2.TFAPIChangeSpec())
with contextlib.redirect_stdout(io.StringIO()):
    _, new, report, problems = upgrader.update_string_pasta(OLD, "old.py")
print(f"tf_upgrade_v2 changes {len(report)} names (>) and reports {len(problems)} problems")
for line, old_line in zip(new.splitlines(), OLD.splitlines(), strict=True):
    print(" " if line == old_line else ">", line)
assert all(left in new for left in ("placeholder(", "Session(", "session.run(", "feed_dict=", "tf.layers.dense("))
assert problems == [] and "layers" not in str(report)

# %% The result does not run, neither eagerly nor in a graph: placeholders need a graph, and tf.layers is gone.
errors = []
for place, context in (("eagerly", contextlib.nullcontext()), ("in a tf1.Graph", tf1.Graph().as_default())):
    try:
        with context:
            exec(new, {"images": images})
    except (RuntimeError, AttributeError) as error:
        errors.append(type(error))
        print(f"Run it {place}: {error}")
assert errors == [RuntimeError, AttributeError]
upgraded.answer("no" if errors else "yes")

# %% With a graph around it, and something in place of tf.layers, it runs. It is still a TensorFlow 1 program.
LAYER = "tf.tanh(inputs @ tf.compat.v1.get_variable('weights', (64, 32)))"
with tf1.Graph().as_default():
    exec(new.replace("tf.layers.dense(inputs, 32, tf.tanh)", LAYER), {"images": images})
print("Run it in a tf1.Graph, without tf.layers: it runs, still a TensorFlow 1 program")

# %% What to try next
lesson.log("version0").graph(graph.as_graph_def(add_shapes=True))
lesson.log("version6").graph(train_step.get_concrete_function().graph.as_graph_def(add_shapes=True))
lesson.end(
    'before step 6, add compare(5, "the same", "wrap_function", bridge, variables). Does it train? Why now?',
    follows=None,
)
