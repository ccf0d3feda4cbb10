"""A graph as mathematics: its products, sums, activations, losses, gradients and updates, and how they connect.

Two executions compute the same thing if these operations and connections agree, whatever their nodes are called. Every
other node only makes, reads or reshapes a value, computes a shape, or feeds no result; its kind says which.
"""

import hashlib
from collections import Counter

from tensorboard.util.tensor_util import make_ndarray  # TensorFlow's, without importing TensorFlow

from graphs.inspection.node_names import node_of

# Operations that only supply values. A Const is a constant; so is anything computed only from constants and shapes.
HANDLES = {"VarHandleOp"}
LIKE = {"ZerosLike", "OnesLike"}
SHAPES = {"Shape", "ShapeN", "Size", "Rank", "BroadcastGradientArgs"} | LIKE
# Operations that pass on their first input, at most in another shape.
SAME_VALUES = {"ReadVariableOp", "Reshape", "Tile", "BroadcastTo", "ExpandDims", "Squeeze", "_Retval"}
# Attributes that say what an operation computes; all others say how.
SAYING = ("transpose_a", "transpose_b")

CONSTANT = "constant"
LOOP = "While"  # its results have no signature of their own: in the picture of a loop they depend on themselves

# {kind: why a graph has such nodes, or why not every graph has them}
KINDS = {
    "mathematics": "the network, its loss, its gradients, its update",
    "input": "a placeholder of a session, an argument of a function, or a tensor passed to eager execution",
    "variable": "the handle of a variable; every read and assignment goes through it",
    "read": "reads a variable; a session has one more, since assign_add returns the new value, which nobody fetches",
    "constant": "a number that the code or a gradient needs: a graph stores it, eager makes it again in each step; a "
    "session builds the 1 that starts the gradients from two, and a graph needs some to compute shapes",
    "shape": "computes a shape or a count; a graph with unknown batch size does so in every step, eager knows it",
    "reshape": "the same numbers in another shape",
    "broadcast": "undoes a broadcast in a gradient; a graph does not know whether there was one, eager does",
    "control": "computes nothing: waits for the update, or returns a result",
    "unused": "no result needs it: tf.gradients differentiates for every input of an operation, a tape only for the "
    "requested ones; a rule that does not count steps ignores the step",
}


def mathematics(graph_def):
    """{node: signature} of the mathematical operations that reach a result, in graph order.

    Results are all assigned values and all nodes of the layers and the loss, which evaluate fetches. A signature
    describes how a value is computed from inputs, variables and literal numbers; only these appear by name or value. A
    count, or anything else that a graph computes from shapes and eager from numbers, appears without its value.
    """
    flow = _DataFlow(graph_def)
    return {name: flow.signature(name) for name in flow.nodes if flow.kind(name) == "mathematics"}


def kinds(graph_def):
    """{node: its kind}, a key of KINDS."""
    flow = _DataFlow(graph_def)
    return {name: flow.kind(name) for name in flow.nodes}


def count_kinds(graph_def):
    """{kind: how many nodes}, in the order of KINDS."""
    found = Counter(kinds(graph_def).values())
    return {kind: found[kind] for kind in KINDS}


def consumers(graph_def):
    """{node: the mathematical nodes that use its value}, directly or passed on unchanged by others."""
    flow = _DataFlow(graph_def)
    found: dict[str, list[str]] = {name: [] for name in flow.nodes}
    for name in flow.nodes:
        if flow.kind(name) == "mathematics":
            for tensor in data_inputs(flow.nodes[name]):
                for passed in flow.way(tensor):
                    found[node_of(passed)].append(name)
    return found


def data_inputs(node):
    """The inputs that carry a tensor."""
    return [tensor for tensor in node.input if not tensor.startswith("^")]


class _DataFlow:
    def __init__(self, graph_def):
        self.nodes = {node.name: node for node in graph_def.node}
        self._signatures: dict[str, str] = {}
        self._constant: dict[str, bool] = {}
        self._needed = self._needed_by_results()

    def signature(self, name):
        """What a node computes, as a digest."""
        if name not in self._signatures:
            node = self.nodes[name]
            attributes = [node.attr[key].b for key in SAYING if key in node.attr]
            parts = [node.op, attributes, [self._value(tensor) for tensor in data_inputs(node)]]
            self._signatures[name] = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
        return self._signatures[name]

    def kind(self, name):
        node = self.nodes[name]
        inputs = data_inputs(node)
        if node.op == "NoOp" or node.op == "_Retval" or _only_returns(node):
            return "control"
        if node.op == "Const":
            return "constant"
        if not inputs:
            return "variable" if _is_variable(node) else "input"
        if node.op == "ReadVariableOp":
            return "read"
        if self._is_constant(name):
            return "shape"
        if name not in self._needed:
            return "unused"
        if self._undoes_a_broadcast(node):
            return "broadcast"
        return "reshape" if node.op in SAME_VALUES else "mathematics"

    def way(self, tensor):
        """The tensors that a value passed through unchanged, from this one back to the computed one."""
        passed = [tensor]
        while self._hands_on(self.nodes[node_of(passed[-1])]):
            passed.append(data_inputs(self.nodes[node_of(passed[-1])])[0])
        return passed

    def _value(self, tensor):
        origin, _, output = self.way(tensor)[-1].partition(":")
        node = self.nodes[origin]
        if node.op == "Const":
            return make_ndarray(node.attr["value"].tensor).tolist()
        if self._is_constant(origin):
            return node.op if node.op in LIKE else CONSTANT
        if node.op == LOOP or not data_inputs(node):
            return origin
        return f"{self.signature(origin)}:{output or 0}"

    def _hands_on(self, node):
        return node.op in SAME_VALUES or self._undoes_a_broadcast(node)

    def _undoes_a_broadcast(self, node):
        return node.op == "Sum" and self.nodes[node_of(data_inputs(node)[1])].op == "BroadcastGradientArgs"

    def _is_constant(self, name):
        if name not in self._constant:
            self._constant[name] = self._is_constant_or_computed_from_constants(self.nodes[name])
        return self._constant[name]

    def _is_constant_or_computed_from_constants(self, node):
        if node.op == "Const" or node.op in SHAPES:
            return True
        inputs = [] if node.op == LOOP else data_inputs(node)
        return bool(inputs) and all(self._is_constant(node_of(tensor)) for tensor in inputs)

    def _needed_by_results(self):
        waiting = [name for name, node in self.nodes.items() if _is_result(node)]
        needed = set()
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += [node_of(tensor) for tensor in data_inputs(self.nodes[name])]
        return needed


def _is_result(node):
    # In the picture of a loop, what a step consists of is in the box body.
    scope = node.name.removeprefix("body/").split("/")[0]
    return node.op.startswith("Assign") or node.op == LOOP or scope in ("layer1", "layer2", "layer3", "loss")


def _is_variable(node):
    return node.op in HANDLES or node.attr["dtype"].type == 20 or node.attr["T"].type == 20  # DT_RESOURCE


def _only_returns(node):
    return node.op == "Identity" and any(tensor.startswith("^") for tensor in node.input)
