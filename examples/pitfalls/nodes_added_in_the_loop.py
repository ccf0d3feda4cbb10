"""A loop that adds nodes to its graph gets slower with every step

Theme: Graphs and sessions
Symptom: training gets slower every step; session.run gets slower and slower, memory grows, "TensorFlow memory leak";
    nothing in the loop looks wrong.
Answer: build every operation before the loop; graph.finalize() then raises RuntimeError at the line that adds a node.
Threads: tensorflow 7127, 1439, 4151, 9646

    $ .venv/bin/python examples/pitfalls/nodes_added_in_the_loop.py
    wrong  session.run(total / 4): 20 nodes in 10 steps
    wrong  session.run(values[0]): 40 nodes in 10 steps
    wrong  session.run(weight.assign(0.5)): 30 nodes in 10 steps
    wrong  session.run(tf1.global_variables_initializer()): 10 nodes in 10 steps
    right  session.run(mean): 0 nodes
    right  session.run(first): 0 nodes
    right  session.run(assign, {new_weight: 0.5}): 0 nodes
    right  weight.load(0.5, session): 0 nodes
    right  after graph.finalize(), total / 4 in the loop
      RuntimeError: Graph is finalized and cannot be modified.

Why: in a graph, an expression such as loss / 2 or logits[0] computes nothing: it adds nodes, and a graph never loses a
    node. Each step then fetches a tensor that the session has not seen before, so the session takes over the new nodes
    and prepares a plan for the new fetch, from a graph that is larger each time. Nothing is released until the graph
    itself is.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
STEPS = 10


def nodes_added(graph, step):
    """How many nodes of the graph STEPS calls of step added."""
    before = len(graph.get_operations())
    for _ in range(STEPS):
        step()
    return len(graph.get_operations()) - before


with tf1.Graph().as_default() as graph, tf1.Session() as session:
    values = tf1.placeholder(tf.float32, (4,), "values")
    total = tf.reduce_sum(values)
    weight = tf1.Variable(0.0)
    mean, first = total / 4, values[0]
    new_weight = tf1.placeholder(tf.float32, ())
    assign = weight.assign(new_weight)
    session.run(tf1.global_variables_initializer())
    feed = {values: np.ones(4, "float32")}

    # %% The wrong way: each of these lines builds something, in each step.
    for line, step, expected in (
        ("session.run(total / 4)", lambda: session.run(total / 4, feed), 2),
        ("session.run(values[0])", lambda: session.run(values[0], feed), 4),
        ("session.run(weight.assign(0.5))", lambda: session.run(weight.assign(0.5)), 3),
        ("session.run(tf1.global_variables_initializer())", lambda: session.run(tf1.global_variables_initializer()), 1),
    ):
        added = nodes_added(graph, step)
        print(f"wrong  {line}: {added} nodes in {STEPS} steps")
        assert added == STEPS * expected

    # %% The right way: the same tensors, built before the loop.
    for line, step in (
        ("session.run(mean)", lambda: session.run(mean, feed)),
        ("session.run(first)", lambda: session.run(first, feed)),
        ("session.run(assign, {new_weight: 0.5})", lambda: session.run(assign, {new_weight: 0.5})),
        ("weight.load(0.5, session)", lambda: weight.load(0.5, session)),
    ):
        added = nodes_added(graph, step)
        print(f"right  {line}: {added} nodes")
        assert added == 0

    # %% The right way to find the line: a finalized graph takes no more nodes.
    graph.finalize()
    session.run(mean, feed)
    print("right  after graph.finalize(), total / 4 in the loop")
    with fails(RuntimeError, "Graph is finalized and cannot be modified"):
        session.run(total / 4, feed)
