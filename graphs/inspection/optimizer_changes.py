"""How a graph changed: two GraphDefs, compared node by node."""

from collections import Counter
from typing import NamedTuple

from graphs.inspection.node_names import as_executed


class Fusion(NamedTuple):
    """Operations that became one kernel."""

    node: str
    operations: tuple[str, ...]  # what the kernel computes, in order
    kernel: str


class Changes(NamedTuple):
    """The differences between two graphs."""

    fused: tuple[Fusion, ...]
    rewritten: tuple[tuple[str, str, str], ...]  # (node, operation before, operation after)
    folded: tuple[str, ...]  # nodes that became constants
    removed: dict[str, int]  # {operation: number of removed nodes}, including fused ones
    added: dict[str, int]
    rewired: int  # nodes that keep their name and operation but read other inputs

    def any(self):
        return any(self)


def changes(before, after):
    """The Changes that turn one GraphDef into another. Nodes with the same name are the same."""
    old, new = ({node.name: node for node in graph.node} for graph in (before, as_executed(after)))
    both = [name for name in old if name in new]
    fused = [node for name, node in new.items() if fused_operations(node) and not _fused_already(old.get(name), node)]
    other = [name for name in both if old[name].op != new[name].op and not fused_operations(new[name])]
    return Changes(
        tuple(Fusion(node.name, fused_operations(node), node.op) for node in fused),
        tuple((name, old[name].op, new[name].op) for name in other if new[name].op != "Const"),
        tuple(name for name in other if new[name].op == "Const"),
        dict(Counter(node.op for name, node in old.items() if name not in new)),
        dict(Counter(node.op for name, node in new.items() if name not in old and not fused_operations(node))),
        sum(old[name].op == new[name].op and list(old[name].input) != list(new[name].input) for name in both),
    )


def fused_operations(node):
    """The operations of a fused kernel, such as MatMul, BiasAdd, Sigmoid; empty for any other node."""
    if "fused_ops" in node.attr:
        return (_base(node.op), *(name.decode() for name in node.attr["fused_ops"].list.s))
    if "op_names" in node.attr:  # of a _UnaryOpsComposition
        return tuple(name.decode() for name in node.attr["op_names"].list.s)
    return ()


def one_dnn_kernels(graph):
    """{kernel: number of nodes} that oneDNN computes. TensorFlow calls them _Mkl..., after oneDNN's older name."""
    return dict(Counter(node.op for node in graph.node if node.op.startswith("_Mkl")))


def _base(kernel):
    return kernel.removeprefix("_Mkl").removeprefix("Native").removeprefix("_").removeprefix("Fused")


def _fused_already(old, node):
    return old is not None and old.op == node.op
