"""A graph and a session in eighty lines of NumPy
中文：用八十行 NumPy 写出计算图与会话。从调用 session.run 到得到结果，TensorFlow 做了什么？节点知道自己的输入；会话给
    fetches 需要的节点排序，遇到喂入的值就停，再逐个运行核；梯度也是同一张图里的节点。两张图各有 34 个节点，取出六个梯度
    时都运行 23 个，数值相差不超过 1e-12。判定：对。

Question: what does TensorFlow do between session.run and the result?
Claim of the notes: TensorFlow 中的计算图与会话管理.
    "计算图：是一个由节点（操作）和边（张量）组成的数据流图，描述计算的依赖关系。"
    (A computational graph is a data-flow graph made of nodes, which are operations, and edges, which are tensors.
    It describes how computations depend on each other.)
Before you run it: the graph below holds a loss and six gradients. When only the outputs are fetched, does the session
    compute the loss? When a value for hidden1 is fed, does it compute the first layer?

    $ .venv/bin/python examples/12_session_in_numpy.py
    The same program builds the same graph
      34 nodes in ours, 34 in TensorFlow's, with the same names and the same inputs
    The same fetches run the same nodes and give the same numbers
                              nodes run by   largest relative
      fetch                ours   TensorFlow       difference
      the outputs             8            8 ...
      the loss               10           10 ...
      six gradients          23           23 ...
    No fetch needs gradients/Sub_grad/Neg or gradients/MatMul_grad/MatMul:
      they would be the gradients of the targets and of the inputs
    Fed a value for hidden1, the outputs need only the second and the third layer
      the outputs             5            5 ...
      in this order: MatMul_1, BiasAdd_1, Sigmoid_1, MatMul_2, BiasAdd_2
    TensorBoard: ... --logdir ...
    Try next: make the kernel of SigmoidGrad return d * y. Which line stops, and why only there?
    Then: examples/13_fetches.py

Found: true, and it is nearly all there is. A node knows its inputs; a session sorts what the fetches need, stops at
    what is fed, and runs one kernel after the other. Gradients are more nodes in the same graph. What TensorFlow adds
    is variables (lesson 13) and speed: kernels in C++, several at a time (23), in a graph rewritten first (21).
Asserted: the same graph, node for node; for each fetch, the same nodes ran and the values agree within 1e-12
Minutes: 15
"""

import contextlib
from functools import partial
from types import SimpleNamespace

from graphs.lesson import Lesson

import numpy as np
import tensorflow.compat.v1 as tf1

lesson = Lesson("12_session_in_numpy", __doc__)
pruned = lesson.predict("Only the outputs are fetched. Does the session run the node of the loss?", ["yes", "no"])


# %% A graph is a list of nodes. Adding a node computes nothing.
class Node:
    """An operation, and the tensor that comes out of it."""

    def __init__(self, op, name, inputs, attributes):
        self.op, self.name, self.inputs, self.attributes = op, name, inputs, attributes


class Graph:
    default = None

    def __init__(self):
        self.nodes = {}

    @contextlib.contextmanager
    def as_default(self):
        outer, Graph.default = Graph.default, self
        yield self
        Graph.default = outer


def add(op, *inputs, name=None, scope="", **attributes):
    """Add a node to the default graph. A name that is taken gets a number: MatMul, MatMul_1, MatMul_2."""
    nodes = Graph.default.nodes
    name = base = scope + (name or op)
    number = 0
    while name in nodes:
        number += 1
        name = f"{base}_{number}"
    nodes[name] = Node(op, name, inputs, attributes)
    return nodes[name]


# %% An operation has a kernel, which computes, and a gradient, which adds nodes.
KERNELS = {
    "Const": lambda value: value,
    "Fill": np.full,
    "MatMul": lambda a, b, transpose_a=0, transpose_b=0: (a.T if transpose_a else a) @ (b.T if transpose_b else b),
    "BiasAdd": np.add,
    "BiasAddGrad": lambda d: d.sum(axis=0),
    "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "SigmoidGrad": lambda y, d: d * y * (1 - y),
    "Sub": np.subtract,
    "Neg": np.negative,
    "Mul": np.multiply,
    "L2Loss": lambda x: np.sum(x * x) / 2,
    "AddN": lambda *terms: sum(terms),
}

# For each input, the node that turns d, the gradient of the output, into the gradient of that input. The gradient of
# a in a @ b is d @ b.T, and that of b is a.T @ d.
GRADIENTS = {
    "MatMul": lambda add, node, d: (
        add("MatMul", d, node.inputs[1], transpose_b=1),
        add("MatMul", node.inputs[0], d, transpose_a=1),
    ),
    "BiasAdd": lambda add, node, d: (d, add("BiasAddGrad", d)),
    "Sigmoid": lambda add, node, d: (add("SigmoidGrad", node, d),),
    "Sub": lambda add, node, d: (d, add("Neg", d)),
    "L2Loss": lambda add, node, d: (add("Mul", node.inputs[0], d, name="mul"),),
}


# %% A session sorts the nodes that the fetches need, and runs their kernels.
def needed(fetches, fed=()):
    """The nodes behind the fetches, each after its inputs (topological order); nothing behind a node that is fed."""
    order = []

    def visit(node):
        if node not in order and node not in fed:
            for each in node.inputs:
                visit(each)
            order.append(node)

    for fetch in fetches:
        visit(fetch)
    return order


class Session:
    def run(self, fetches, feed_dict):
        values = dict(feed_dict)
        self.order = needed(fetches, fed=feed_dict)
        for node in self.order:
            values[node] = KERNELS[node.op](*[values[each] for each in node.inputs], **node.attributes)
        return [values[fetch] for fetch in fetches]


# %% Gradients: walk the graph backwards from y, and add to it the nodes that each operation's gradient asks for.
def gradients(y, xs):
    # The chain rule starts with d(y)/d(y) = 1. TensorFlow makes this 1 of three nodes, and so do we.
    shape = add("Const", name="gradients/Shape", value=())
    one = add("Const", name="gradients/grad_ys_0/Const", value=1.0)
    terms = {y: [add("Fill", shape, one, name="gradients/grad_ys_0")]}  # the gradients that reach each node, to add up
    for node in reversed(needed([y])):
        if node.op in GRADIENTS:
            d = total(terms[node])
            scoped = partial(add, scope=f"gradients/{node.name}_grad/")
            for each, gradient in zip(node.inputs, GRADIENTS[node.op](scoped, node, d)):
                terms.setdefault(each, []).append(gradient)
    return [total(terms[x]) for x in xs]


def total(terms):
    return terms[0] if len(terms) == 1 else add("AddN", *terms, name="gradients/AddN")


# %% The names of TensorFlow, so that one program runs on both.
ours = SimpleNamespace(
    Graph=Graph,
    placeholder=lambda dtype, shape, name: add("Placeholder", name=name),
    matmul=partial(add, "MatMul"),
    sigmoid=partial(add, "Sigmoid"),
    subtract=partial(add, "Sub"),
    nn=SimpleNamespace(bias_add=partial(add, "BiasAdd"), l2_loss=partial(add, "L2Loss")),
    gradients=gradients,
)

# %% The program: three layers, a loss, and its gradients.
_, parameters, batch = lesson.digits(dtype="float64")
given = {**batch._asdict(), **parameters._asdict()}


def build(tf):
    """The program, in TensorFlow 1 or in ours: (the graph, tensors that can be fed, lists of tensors to fetch)."""
    with tf.Graph().as_default() as graph:
        feeds = {name: tf.placeholder("float64", value.shape, name) for name, value in given.items()}
        inputs, targets, weights1, biases1, weights2, biases2, weights3, biases3 = feeds.values()
        hidden1 = tf.sigmoid(tf.nn.bias_add(tf.matmul(inputs, weights1), biases1))
        hidden2 = tf.sigmoid(tf.nn.bias_add(tf.matmul(hidden1, weights2), biases2))
        outputs = tf.nn.bias_add(tf.matmul(hidden2, weights3), biases3)
        loss = tf.nn.l2_loss(tf.subtract(outputs, targets))
        d_parameters = tf.gradients(loss, [weights1, biases1, weights2, biases2, weights3, biases3])
    fetches = {"the outputs": [outputs], "the loss": [loss], "six gradients": d_parameters}
    return graph, {**feeds, "hidden1": hidden1}, fetches


our_graph, our_feeds, our_fetches = build(ours)
graph, feeds, fetches = build(tf1)
our_edges = {node.name: [each.name for each in node.inputs] for node in our_graph.nodes.values()}
edges = {node.name: [tensor.op.name for tensor in node.inputs] for node in graph.get_operations()}
print("The same program builds the same graph")
print(f"  {len(our_edges)} nodes in ours, {len(edges)} in TensorFlow's, with the same names and the same inputs")
assert our_edges == edges

# %% The same fetches run the same nodes, and give the same numbers.
# TensorFlow's optimizers stay off, so that it runs the graph as it was built. A trace tells which nodes ran.
config = tf1.ConfigProto()
config.graph_options.rewrite_options.disable_meta_optimizer = True
config.graph_options.optimizer_options.opt_level = tf1.OptimizerOptions.L0
our_session, session = Session(), tf1.Session(graph=graph, config=config)


def compare(fetch, values):
    """Run the fetch with these values fed in both sessions; returns the names of the nodes that ran."""
    our_results = our_session.run(our_fetches[fetch], {our_feeds[name]: value for name, value in values.items()})
    our_nodes = {node.name for node in our_session.order}

    tracing, trace = tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE), tf1.RunMetadata()
    results = session.run(fetches[fetch], {feeds[name]: value for name, value in values.items()}, tracing, trace)
    ran = {node.node_name for device in trace.step_stats.dev_stats for node in device.node_stats}
    nodes = {name for name in ran if not name.startswith("_")}  # _arg_... and _retval_... carry values in and out

    error = max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in zip(our_results, results))
    print(f"  {fetch:<15} {len(our_nodes):>9} {len(nodes):>12} {error:>16.1e}")
    assert our_nodes == nodes
    assert error < 1e-12
    return nodes


print("The same fetches run the same nodes and give the same numbers")
print("                          nodes run by   largest relative")
print("  fetch                ours   TensorFlow       difference")
ran = {fetch: compare(fetch, given) for fetch in fetches}
pruned.answer("yes" if "L2Loss" in ran["the outputs"] else "no")
never = set(edges) - set(given) - set.union(*ran.values())
print("No fetch needs", " or ".join(sorted(never, reverse=True)) + ":")
print("  they would be the gradients of the targets and of the inputs")
assert never == {"gradients/Sub_grad/Neg", "gradients/MatMul_grad/MatMul"}

# %% A fed tensor needs nothing behind it.
half_way = {name: given[name] for name in ("weights2", "biases2", "weights3", "biases3")}
half_way["hidden1"] = np.full((len(batch.inputs), 64), 0.5)
print("Fed a value for hidden1, the outputs need only the second and the third layer")
compare("the outputs", half_way)
print("  in this order:", ", ".join(node.name for node in our_session.order))
session.close()

# %% What to try next
lesson.log("network").graph(graph.as_graph_def(add_shapes=True))
lesson.end("make the kernel of SigmoidGrad return d * y. Which line stops, and why only there?", follows="13_fetches")
