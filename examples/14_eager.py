"""Eager execution: each line has its value at once
中文：即时执行：每一行立刻有值。每一行都立刻计算，能对网络的一层做些什么？调试器、while 和 if 都看得到值，求 2 的平方
    根，循环 3 步就结束；图中的张量没有值，TensorFlow 拒绝把它当值用。权重形状不对时，写错的那一行直接报错；会话到
    session.run 才报错，但会指出节点和构建它的那一行。判定：对。

Question: what can you do with a layer when every line computes at once?
Claim of the notes: 即时执行（Eager Execution）.
    "一种交互式编程模式，让代码像普通 Python 程序一样逐行运行（类似 NumPy），无需先构建计算图，便于调试。"
    (An interactive style of programming. The code runs line by line, as any Python program does and much like NumPy. No
    graph has to be built first, which makes debugging easier.)
Before you run it: a layer's weights have the wrong shape. Which line will raise the error in eager execution? And
    which with a session, if the shape is unknown until the weights are fed?

    $ .venv/bin/python examples/14_eager.py
    Values at once
      TensorFlow: [2.2255 1.374 ]
      NumPy:      [2.2255 1.374 ]
    A debugger inside the network
      > network()
      -> hidden1 = tf.sigmoid(inputs @ weights1)
      (Pdb) next
      > network()
      -> return tf.matmul(hidden1, weights2, name="logits")
      (Pdb) p hidden1.shape
      TensorShape([2, 3])
      (Pdb) p round(float(hidden1[0, 2]), 4)
      0.2689
      (Pdb) continue
    A loop that ends when its value is good enough
      the square root of 2 after 3 steps: 1.41422
    Weights of a wrong shape
      eager: line ..., in network: return tf.matmul(hidden1, weights2, name="logits")
      session: line ..., in <module>: session.run(symbolic, feed_dict={weights: weights1.numpy()})
        its message names the node, logits, and where it was built: line ..., in network
    x, the first logit: used in eager execution, and refused in a graph, which has no value to give
      float(x)      2.2255    TypeError
      if x > 0      positive  OperatorNotAllowedInGraphError
      np.square(x)  4.9529    NotImplementedError
      x.numpy()     2.2255    AttributeError
    Try next: add where and args to the debugger's commands. What do they show?
    Then: examples/15_tracing.py

Found: true. The debugger, while and if see values, and the line with the mistake raises the error. A session raised it
    at session.run instead, though its message named the node and the line that built it (had the shape been known,
    building would have raised it). In a graph a tensor has no value, and TensorFlow refuses to use it as one.
Asserted: eager against NumPy; what the debugger printed; 3 steps of the loop; which line raised; each refusal
Minutes: 8
"""

import io
import pdb
import re
import textwrap
import traceback
from pathlib import Path

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1

lesson = Lesson("14_eager", __doc__)
where = lesson.predict(
    "A placeholder of unknown shape is fed weights of a wrong one. Which line raises?",
    ["return tf.matmul", "session.run"],
)
branch = lesson.predict("What does `if x > 0` do while a graph is built?", ["picks a branch", "raises an error"])

# %% The lines of a network run one by one, and give the numbers that NumPy gives.
inputs = tf.constant([[1.0, 2.0], [3.0, 4.0]])
weights1 = tf.constant([[1.0, 0.0, -1.0], [0.5, -0.5, 0.0]])
weights2 = tf.constant([[1.0], [2.0], [3.0]])


def network(inputs, weights1, weights2):
    hidden1 = tf.sigmoid(inputs @ weights1)
    return tf.matmul(hidden1, weights2, name="logits")


logits = network(inputs, weights1, weights2)
by_numpy = 1 / (1 + np.exp(-(inputs.numpy() @ weights1.numpy()))) @ weights2.numpy()
print("Values at once")
print("  TensorFlow:", logits.numpy().ravel().round(4))
print("  NumPy:     ", by_numpy.ravel().round(4))
assert np.allclose(logits, by_numpy, rtol=1e-6)


# %% A debugger stops inside the network, and hidden1 has a value there.
# At a keyboard you would write breakpoint() as the first line of network. Here a script types the commands.
class Typed(io.StringIO):  # in place of a keyboard
    def readline(self):
        line = super().readline()
        screen.write(line)
        return line


commands = Typed("next\np hidden1.shape\np round(float(hidden1[0, 2]), 4)\ncontinue\n")
screen = io.StringIO()
Pdb = next(each for each in pdb.Pdb.__mro__ if each.__module__ == "pdb")  # a notebook puts one of its own in its place
debugger = Pdb(stdin=commands, stdout=screen, readrc=False, nosigint=True)
debugger.runcall(network, inputs, weights1, weights2)
print("A debugger inside the network")
print(textwrap.indent(re.sub(r"(?m)^> .*\(\d+\)", "> ", screen.getvalue().rstrip()), "  "))  # without the file's name
assert "TensorShape([2, 3])" in screen.getvalue()
assert "0.2689" in screen.getvalue()  # sigmoid(-1)

# %% Python looks at a value to decide what to do next.
print("A loop that ends when its value is good enough")
root, steps = tf.constant(1.0), 0
while tf.abs(root * root - 2) > 1e-4:
    root = (root + 2 / root) / 2
    steps += 1
print(f"  the square root of 2 after {steps} steps: {root:.5f}")
assert steps == 3
assert abs(root - 2**0.5) < 1e-4


# %% Weights of a wrong shape: eager execution raises the error at the line that multiplies by them.
def last_own_line(error):
    library = str(Path(tf.__file__).parent)
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if not frame.filename.startswith(library)][-1]


print("Weights of a wrong shape")
try:
    network(inputs, weights1, weights1)
    raise AssertionError("it was allowed")
except tf.errors.InvalidArgumentError as error:
    raised = last_own_line(error)
print(f"  eager: line {raised.lineno}, in {raised.name}: {raised.line}")
assert raised.name == "network"

# %% A session raises it at session.run. Only the message tells which node failed, and which line built it.
with tf1.Graph().as_default(), tf1.Session() as session:
    weights = tf1.placeholder(tf.float32)  # its shape is unknown, so that building finds nothing wrong
    symbolic = network(inputs.numpy(), weights1.numpy(), weights)
    try:
        session.run(symbolic, feed_dict={weights: weights1.numpy()})
        raise AssertionError("it was allowed")
    except tf.errors.InvalidArgumentError as error:
        raised, node, message = last_own_line(error), error.op.name, error.message
print(f"  session: line {raised.lineno}, in {raised.name}: {raised.line}")
built = re.search(r"line \d+, in network", message)
print(f"    its message names the node, {node}, and where it was built: {built[0]}")
assert raised.line.startswith("session.run(")
assert node == "logits"
where.answer(raised.line.partition("(")[0])

# %% What needs a value works in eager execution, and is refused in a graph.
uses = {
    "float(x)": lambda x: round(float(x), 4),
    "if x > 0": lambda x: "positive" if x > 0 else "negative",
    "np.square(x)": lambda x: np.square(x).round(4),
    "x.numpy()": lambda x: x.numpy().round(4),
}
eager = [use(logits[0, 0]) for use in uses.values()]
refusals = []
with tf1.Graph().as_default():
    x = tf1.placeholder(tf.float32, ())
    for use in uses.values():
        try:
            use(x)
            raise AssertionError("it was allowed")
        except (TypeError, NotImplementedError, AttributeError) as error:
            refusals.append(type(error).__name__)
print("x, the first logit: used in eager execution, and refused in a graph, which has no value to give")
for text, value, refusal in zip(uses, eager, refusals):
    print(f"  {text:12}  {value!s:8}  {refusal}")
assert refusals[1] == "OperatorNotAllowedInGraphError"
branch.answer("raises an error")

# %% What to try next
lesson.end("add where and args to the debugger's commands. What do they show?", follows="15_tracing")
