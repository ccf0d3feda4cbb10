"""A graph and a session in ten lines
中文：十行代码看懂计算图与会话。计算图是什么，会话又做什么？构建计算图时只添加节点，不做计算，session.run 才计算；变量的
    值存放在会话里，同一张图上的两个会话各数各的，一个数到 2，另一个数到 1。判定：对。

Question: what is a graph, and what does a session do?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "计算图：是一个由节点（操作）和边（张量）组成的数据流图，描述计算的依赖关系。"
    (A computational graph is a data-flow graph made of nodes, which are operations, and edges, which are tensors.
    It describes how computations depend on each other.)
Before you run it: a + b is printed before any session exists. Will you see 5? A counter in a graph is counted up twice
    by one session and once by another. What does each of them count to?

    $ .venv/bin/python examples/00_graph_and_session.py
    A graph, before anything runs
      a + b is Tensor("add:0", shape=(), dtype=float32): no value
      its nodes: a, b, add
      its edges: a:0 to add, b:0 to add
    A session runs it
      a = 2, b = 3: 5.0
      a = 7, b = 1: 8.0
      the graph has 3 nodes, as before
    Two sessions, one graph with a variable
      the first counted to 2, the second to 1
    Eager: no graph, each line computes
      a + b is <tf.Tensor: shape=(), dtype=float32, numpy=5.0>
    @tf.function: Python runs once, to make a graph
      Python adds Tensor("a:0", shape=(), dtype=float32) and Tensor("b:0", shape=(), dtype=float32)
      a = 2, b = 3: 5.0
      a = 7, b = 1: 8.0
      its nodes: a, b, add, Identity (which hands out the result)
    TensorBoard: ... --logdir ...
    Try next: give session.run the list [c, a] instead of c. What does it return?
    Then: examples/01_switch.py

Found: true. Building added nodes and computed nothing; only session.run computed. The values of variables live in the
    session: one graph, two sessions, two values.
Asserted: no value before run; the nodes; one count for each session; Python ran once for two calls of the function
Minutes: 3
"""

from graphs.lesson import Lesson

import tensorflow as tf
import tensorflow.compat.v1 as tf1

lesson = Lesson("00_graph_and_session", __doc__)
counts = lesson.predict("Two sessions count in one graph: one twice, the other once. Their counts?", ["3, 3", "2, 1"])
value = lesson.predict("What is a + b, before a session runs it?", ["5.0", "0.0", "a tensor without a value"])
calls = lesson.predict("A print stands in a @tf.function that is called twice. How often does it print?", [0, 1, 2])

# %% A graph: each line adds a node, and computes nothing.
# In a graph a tensor is an edge. Its name says where it comes from: add:0 is output 0 of the node add.
graph = tf1.Graph()
with graph.as_default():
    a = tf1.placeholder(tf.float32, (), name="a")
    b = tf1.placeholder(tf.float32, (), name="b")
    c = tf.add(a, b, name="add")
nodes = [node.name for node in graph.get_operations()]
print("A graph, before anything runs")
print(f"  a + b is {c}: no value")
edges = [f"{tensor.name} to {node.name}" for node in graph.get_operations() for tensor in node.inputs]
print("  its nodes:", ", ".join(nodes))
print("  its edges:", ", ".join(edges))
assert nodes == ["a", "b", "add"]
assert edges == ["a:0 to add", "b:0 to add"]
assert not hasattr(c, "numpy")
value.answer("a tensor without a value")

# %% A session runs the graph, with values for its placeholders.
print("A session runs it")
with tf1.Session(graph=graph) as session:
    print("  a = 2, b = 3:", session.run(c, feed_dict={a: 2, b: 3}))
    print("  a = 7, b = 1:", session.run(c, feed_dict={a: 7, b: 1}))
    assert session.run(c, {a: 2, b: 3}) == 5
print(f"  the graph has {len(graph.get_operations())} nodes, as before")
assert len(graph.get_operations()) == 3

# %% A variable is a node of the graph, but its value lives in a session.
with tf1.Graph().as_default() as counting:
    count = tf1.Variable(0)
    count_up = tf1.assign_add(count, 1)
    start = tf1.global_variables_initializer()  # a node, too: a session that runs it gives the variable its 0
print("Two sessions, one graph with a variable")
with tf1.Session(graph=counting) as first, tf1.Session(graph=counting) as second:
    for session, steps in ((first, 2), (second, 1)):
        session.run(start)
        for _ in range(steps):
            session.run(count_up)
    print(f"  the first counted to {first.run(count)}, the second to {second.run(count)}")
    assert (first.run(count), second.run(count)) == (2, 1)
    counts.answer(f"{first.run(count)}, {second.run(count)}")

# %% TensorFlow 2 computes at once. Here a tensor holds its value, as an array of NumPy does.
print("Eager: no graph, each line computes")
c = tf.add(tf.constant(2.0), tf.constant(3.0))
print("  a + b is", repr(c))
assert c.numpy() == 5

# %% tf.function brings the graph back: the first call runs Python to build it, later calls run only the graph.
times_python_ran = 0


@tf.function
def add(a, b):
    global times_python_ran
    times_python_ran += 1
    print(f"  Python adds {a} and {b}")
    return tf.add(a, b, name="add")


print("@tf.function: Python runs once, to make a graph")
two, three, seven, one = map(tf.constant, (2.0, 3.0, 7.0, 1.0))
print("  a = 2, b = 3:", add(two, three).numpy())
print("  a = 7, b = 1:", add(seven, one).numpy())
traced = add.get_concrete_function(two, three).graph  # the graph that the first call made
print("  its nodes:", ", ".join(node.name for node in traced.get_operations()), "(which hands out the result)")
assert times_python_ran == 1
calls.answer(times_python_ran)

# %% What to try next
lesson.log("session").graph(graph.as_graph_def(add_shapes=True))
lesson.log("function").graph(traced.as_graph_def(add_shapes=True))
lesson.end("give session.run the list [c, a] instead of c. What does it return?", follows="01_switch")
