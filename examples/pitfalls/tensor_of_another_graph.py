"""A session runs only the graph it was made for

Theme: Graphs and sessions
Symptom: "Tensor ... is not an element of this graph", "must be from the same graph as", "Cannot interpret feed_dict key
    as Tensor"; often in a second notebook cell, a second thread or a web server.
Answer: build and run inside the same `with graph.as_default()`, and give the session its graph: Session(graph=graph).
    Fetching a foreign tensor raises ValueError, feeding one TypeError.
Threads: tensorflow 22999

    $ .venv/bin/python examples/pitfalls/tensor_of_another_graph.py
    wrong  fetched from the other graph
      ValueError: Argument `fetch` = Tensor("outputs:0", shape=(), dtype=float32) cannot be interpreted
        as a Tensor. (Tensor Tensor("outputs:0", shape=(), dtype=float32) is not an element of this
        graph.)
    wrong  fed to the other graph's placeholder
      TypeError: Cannot interpret feed_dict key as Tensor: Tensor Tensor("inputs:0", shape=(),
        dtype=float32) is not an element of this graph.
    wrong  added to a tensor of the other graph
      ValueError: Tensor("outputs:0", shape=(), dtype=float32) must be from the same graph as
        Tensor("outputs:0", shape=(), dtype=float32) (graphs are <tensorflow.python.framework.ops.Graph
        object at ...> and <tensorflow.python.framework.ops.Graph object at ...>).
    right  each session with its own graph's tensors: 6.0, and on to the other graph: 12.0
    right  by name, in the graph of the session: 6.0

Why: a tensor of a graph is the output of one node of that graph, and the same name in another graph is another node.
    What is built goes to the default graph of its thread; Session() without graph= takes the default graph of the
    moment it is made. Another thread, tf1.reset_default_graph() or a second model make those two differ. Nothing is
    copied between graphs; what can cross is a value, as an array.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1


def model(graph):
    """A graph's placeholder and its double."""
    with graph.as_default():
        inputs = tf1.placeholder(tf.float32, (), "inputs")
        return inputs, tf.multiply(inputs, 2.0, name="outputs")


first, second = tf1.Graph(), tf1.Graph()
inputs, outputs = model(first)
other_inputs, other_outputs = model(second)

# %% The wrong way: two graphs, alike to the last name.
with tf1.Session(graph=first) as session:
    print("wrong  fetched from the other graph")
    with fails(ValueError, "is not an element of this graph"):
        session.run(other_outputs, {inputs: 3.0})
    print("wrong  fed to the other graph's placeholder")
    with fails(TypeError, "is not an element of this graph"):
        session.run(outputs, {other_inputs: 3.0})
print("wrong  added to a tensor of the other graph")
with first.as_default(), fails(ValueError, "must be from the same graph"):
    outputs + other_outputs

# %% The right way: each tensor in a session of its own graph; a value crosses as an array.
assert outputs.graph is first
assert outputs.name == other_outputs.name
with tf1.Session(graph=inputs.graph) as session, tf1.Session(graph=other_inputs.graph) as other_session:
    value = session.run(outputs, {inputs: 3.0})
    crossed = other_session.run(other_outputs, {other_inputs: value})
    print(f"right  each session with its own graph's tensors: {value}, and on to the other graph: {crossed}")
    assert (value, crossed) == (6, 12)
    by_name = other_session.run("outputs:0", {"inputs:0": 3.0})
    print(f"right  by name, in the graph of the session: {by_name}")
    assert by_name == 6
