"""Debug in eager execution, deploy a graph
中文：用即时执行调试，用计算图部署。函数作为图运行时的错误，即时执行找得出来吗，最后部署的又是什么？即时执行得到 NaN，同
    样的代码变成图却得到 0.1566，因为图优化器（Grappler）把 Log(Softmax) 换成了 LogSoftmax，所以两边都要测试；concrete
    function 不理会 run_functions_eagerly，要先切换，再生成它。改好之后两边一致，调用部署的图，Python 运行 0 次。
    判定：对。

Question: does eager execution find the bugs of a function that runs as a graph, and what is deployed afterwards?
Claim of the notes: 与图的协作.
    "调试时：用即时执行快速验证逻辑。" "部署时：用 `@tf.function` 转换为图模式提升性能。"
    (To debug, check the logic quickly in eager execution. To deploy, turn it into a graph with @tf.function, which runs
    faster.)
Before you run it: in eager execution the loss below is NaN. What will the graph of the same function give?

    $ .venv/bin/python examples/17_debugging.py
    A graph, called twice
      print, logs: Tensor("strided_slice:0", shape=(2,), dtype=float32)
      loss: 0.1566, 0.1566
      loss, with the rewriting called arithmetic_optimization off: nan
    run_functions_eagerly(True)
      print, logs: tf.Tensor([  0. -inf], shape=(2,), dtype=float32)
      loss: nan
      loss from its concrete function, the graph made above: 0.1566
    A graph with tf.print of the probabilities
      print, logs: Tensor("strided_slice:0", shape=(2,), dtype=float32)
      tf.print, probabilities: [1 0]
      loss: nan
    enable_check_numerics()
      print, logs: Tensor("strided_slice:0", shape=(2,), dtype=float32)
      the first operation to give inf or NaN: Log
    Repaired
      eager: loss 0.1566, first row of the gradient [ 0.1345 -0.1345]
      graph: loss 0.1566, first row of the gradient [ 0.1345 -0.1345]
    Deployed, and called twice
      Python ran 0 times; same bits as eager: True
    Try next: take the gradient of the first loss through its graph. Is it finite? Is the loss, still?
    Then: examples/18_four_texts.py

Found: true, but test both. Eager execution showed a NaN that the graph of the same code hid: the graph optimizer had
    replaced Log(Softmax) by LogSoftmax, and stopped doing so when tf.print used the softmax. A concrete function
    ignored run_functions_eagerly, so switch before you make one. Once the loss was repaired, eager and graph agreed,
    and the deployed graph ran no Python. Lesson 25 measures how much faster a graph is.
Asserted: each loss; how often Python ran; the operation that was named; loss and gradients, eager against graph; the
    same bits from the loaded function
Minutes: 10
"""

import re
import sys
import tempfile

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf

from graphs.implementations.grappler_options import function_options

lesson = Lesson("17_debugging", __doc__)
in_graph = lesson.predict(
    "In eager execution the loss is NaN. And in its graph?", ["NaN", "a finite number", "an error"]
)
culprit = lesson.predict("Which operation is the first to give inf or NaN?", ["Softmax", "Log", "Mul"])
runs = lesson.predict("A loaded function is called twice. How often does its Python code run?", [0, 1, 2])

# %% A loss with a bug: the softmax of the second row is [1, 0], and log(0) is -inf.
weights = tf.Variable([[1.0, -1.0], [0.5, 2.0]])
inputs = tf.constant([[1.0, 2.0], [100.0, -100.0]])
targets = tf.constant([[0.0, 1.0], [1.0, 0.0]])
python_runs = 0


def loss(inputs, targets, show=False):
    global python_runs
    python_runs += 1
    probabilities = tf.nn.softmax(inputs @ weights)
    logs = tf.math.log(probabilities)
    print("  print, logs:", logs[1])
    if show:
        tf.print("  tf.print, probabilities:", probabilities[1], output_stream=sys.stdout)
    return -tf.reduce_mean(tf.reduce_sum(targets * logs, axis=1))  # 0 * -inf is NaN


# %% The graph gives a number: the graph optimizer replaces Log(Softmax) by LogSoftmax, which never takes log(0).
function = tf.function(loss)
correct = np.log(1 + np.exp(-1)) / 2  # the mean of both rows; the second is right, so it adds nothing
print("A graph, called twice")
losses = [function(inputs, targets).numpy() for _ in range(2)]
print(f"  loss: {losses[0]:.4f}, {losses[1]:.4f}")
assert python_runs == 1
assert np.allclose(losses, correct)
with function_options({"arithmetic_optimization": False}):  # sets tf.config.optimizer, and puts it back
    as_written = function(inputs, targets).numpy()
print(f"  loss, with the rewriting called arithmetic_optimization off: {as_written}")
assert np.isnan(as_written)
in_graph.answer("a finite number" if np.isfinite(losses[0]) else "NaN")

# %% Run line by line, the same function gives NaN. Its concrete function stays a graph.
concrete = function.get_concrete_function(inputs, targets)
tf.config.run_functions_eagerly(True)
try:
    print("run_functions_eagerly(True)")
    in_eager = function(inputs, targets).numpy()
    still_graph = concrete(inputs, targets).numpy()
    print(f"  loss: {in_eager}")
    print(f"  loss from its concrete function, the graph made above: {still_graph:.4f}")
finally:
    tf.config.run_functions_eagerly(False)
assert np.isnan(in_eager)
assert np.isclose(still_graph, correct)
assert python_runs == 2

# %% tf.print shows values in a graph. It needs the softmax itself, so the optimizer keeps Log(Softmax).
print("A graph with tf.print of the probabilities")
shown = function(inputs, targets, show=True).numpy()
print(f"  loss: {shown}")
assert np.isnan(shown)

# %% Checks name the operation. Only functions traced while they are enabled have them.
print("enable_check_numerics()")
tf.debugging.enable_check_numerics()
try:
    tf.function(loss)(inputs, targets)
    raise AssertionError("every check passed")
except tf.errors.InvalidArgumentError as error:
    operation = re.search(r'Infinity or NaN in output \d+ of graph op "(\w+)"', error.message)[1]
finally:
    tf.debugging.disable_check_numerics()
print(f"  the first operation to give inf or NaN: {operation}")
culprit.answer(operation)


# %% The repaired loss takes logits. Eager execution and the graph agree, and so do their gradients.
def repaired(inputs, targets):
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, inputs @ weights))


print("Repaired")
gradients = []
for name, run in (("eager", repaired), ("graph", tf.function(repaired))):
    with tf.GradientTape() as tape:
        value = run(inputs, targets)
    gradients.append(tape.gradient(value, weights).numpy())
    print(f"  {name}: loss {value:.4f}, first row of the gradient {gradients[-1][0].round(4)}")
    assert np.isclose(value, correct)
assert np.allclose(*gradients, rtol=1e-5)


# %% A SavedModel holds the graph and the values of the weights. It holds no Python code.
# What is deployed predicts, so the loss stays behind. The module must own the variable, or saving fails.
def predict(inputs):
    global python_runs
    python_runs += 1
    return inputs @ weights


module = tf.Module()
module.weights = weights
module.predict = tf.function(predict, input_signature=[tf.TensorSpec((None, 2))])
with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(module, folder)
    loaded = tf.saved_model.load(folder)
expected = predict(inputs)
python_runs = 0
deployed = [loaded.predict(inputs) for _ in range(2)]
print("Deployed, and called twice")
print(f"  Python ran {python_runs} times; same bits as eager: {np.array_equal(deployed[0], expected)}")
assert np.array_equal(deployed[0], expected)  # all sums are exact in float32, on every machine
assert python_runs == 0
runs.answer(python_runs)

# %% What to try next
lesson.end(
    "take the gradient of the first loss through its graph. Is it finite? Is the loss, still?", follows="18_four_texts"
)
