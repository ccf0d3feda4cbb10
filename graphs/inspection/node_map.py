"""One row per operation: the NumPy line, the node in each execution, the kernel that runs it.

Nodes of two executions are the same operation if they have the same signature (data_flow.py).
"""

from collections import Counter
from typing import NamedTuple

from graphs.inspection.data_flow import count_kinds, data_inputs, mathematics
from graphs.inspection.node_names import name_as_written, node_of
from graphs.inspection.numpy_lines import Line, lines_of
from graphs.inspection.optimizer_changes import fused_operations


class MatchedOperation(NamedTuple):
    """One operation of the network, in all executions."""

    operation: str
    line: Line | None
    nodes: dict[str, str]  # {execution: node}
    kernels: dict[str, str]  # {execution: the executed operation, which has another name if it is fused}


def node_map(spec, graph_defs, executed):
    """The MatchedOperations, in the order of the first graph.

    graph_defs: {execution: GraphDef}. executed: the same, for the graphs that the graph optimizer rewrote.
    """
    signatures = {name: mathematics(graph_def) for name, graph_def in graph_defs.items()}
    nodes_of = {name: by_signature(found) for name, found in signatures.items()}
    operations = {name: {node.name: node.op for node in graph_def.node} for name, graph_def in graph_defs.items()}
    lines_in = {
        name: lines_of(spec, {node: operations[name][node] for node in found}) for name, found in signatures.items()
    }
    kernels = {name: kernels_of(graph_defs[name], graph_def) for name, graph_def in executed.items()}
    rows = []
    for signature in dict.fromkeys(signature for nodes in nodes_of.values() for signature in nodes):
        nodes = {name: found[signature] for name, found in nodes_of.items() if signature in found}
        first, node = next(iter(nodes.items()))
        rows.append(
            MatchedOperation(
                operations[first][node],
                lines_in[first].get(node),
                nodes,
                {name: kernels[name][nodes[name]] for name in kernels if nodes.get(name) in kernels[name]},
            )
        )
    return rows


def operations_of_lines(rows):
    """{Line: the MatchedOperations that belong to it}, in source order."""
    lines = sorted({row.line for row in rows if row.line})
    return {line: [row for row in rows if row.line == line] for line in lines}


def surplus(graph_defs):
    """{kind: {execution: how many nodes}} for all kinds that occur."""
    counts = {name: count_kinds(graph_def) for name, graph_def in graph_defs.items()}
    kinds = next(iter(counts.values()))
    found = {kind: {name: count[kind] for name, count in counts.items()} for kind in kinds}
    return {kind: count for kind, count in found.items() if any(count.values())}


def by_signature(signatures):
    """{(signature, how often it occurred before): node}, because a graph may compute an operation twice."""
    before: Counter = Counter()
    found = {}
    for node, signature in signatures.items():
        found[signature, before[signature]] = node
        before[signature] += 1
    return found


def kernels_of(written, executed):
    """{node: the operation that runs it}; for a removed node, the fused operation that computes it."""
    operations = {node.name: node.op for node in executed.node}
    return {node: operations[runner] for node, runner in runs_in(written, executed).items()}


def fused_nodes(written, executed):
    """{node: the fused operation that computes it}, also for the node whose name the fused operation has."""
    fused = {node.name: node.op for node in executed.node if fused_operations(node)}
    return {node: fused[runner] for node, runner in runs_in(written, executed).items() if runner in fused}


def runs_in(written, executed):
    """{node: the executed node that computes it}, which is a fused node if it has another name.

    Of the nodes that a fused node computes, the first is the one that gave it its name.
    """
    before = {node.name: node for node in written.node}
    found = {name_as_written(node): node.name for node in executed.node if name_as_written(node) in before}
    for node in executed.node:
        # The name of a composition of unary operations lies below the name of its last operation.
        chain = [name for name in (node.name, node.name.rpartition("/")[0]) if name in before][:1]
        for _ in fused_operations(node)[1:]:
            inputs = [node_of(tensor) for tensor in data_inputs(before[chain[-1]])] if chain else []
            chain += [name for name in inputs if name not in found][:1]
        if fused_operations(node):
            found |= dict.fromkeys(chain, node.name)
    return found
