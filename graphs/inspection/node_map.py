"""One operation, one row: the line of NumPy, the node of each execution, the kernel that runs it.

Nodes of two executions are the same operation if they have one signature (data_flow.py). A line of NumPy belongs to an
operation if both give the same numbers; what has no such line is a part of the next one in its box that has.
"""

from collections import Counter
from typing import NamedTuple

from graphs.inspection.data_flow import consumers, count_kinds, data_inputs, mathematics
from graphs.inspection.node_names import node_of
from graphs.inspection.numpy_lines import Line
from graphs.inspection.optimizer_changes import fused_operations
from graphs.inspection.tensor_digest import distance

# Numbers of two executions that are this near, relative to the largest, are the same; others are not near by chance.
NEAR = 1e-4


class Row(NamedTuple):
    """An operation of the network."""

    operation: str
    line: Line | None
    nodes: dict[str, str]  # {execution: node}
    kernels: dict[str, str]  # {execution: the operation that is executed for it, of another name if it is fused}


def node_map(graph_defs, executed, recorded, values, numpy_operations):
    """The Rows, in the order of the first graph.

    graph_defs: {execution: GraphDef}. executed: the same, of what the graph optimizer made of some of them. recorded:
    the execution whose results are in values, {node: Numbers}, to be compared with numpy_operations.
    """
    nodes_of = {name: _by_signature(mathematics(graph_def)) for name, graph_def in graph_defs.items()}
    lines = _lines(graph_defs[recorded], values, numpy_operations)
    kernels = {name: _kernels(graph_defs[name], graph_def) for name, graph_def in executed.items()}
    operations = {node.name: node.op for graph_def in graph_defs.values() for node in graph_def.node}
    rows = []
    for signature in dict.fromkeys(signature for nodes in nodes_of.values() for signature in nodes):
        nodes = {name: found[signature] for name, found in nodes_of.items() if signature in found}
        rows.append(
            Row(
                operations[next(iter(nodes.values()))],
                lines.get(nodes.get(recorded)),
                nodes,
                {name: kernels[name][nodes[name]] for name in kernels if nodes.get(name) in kernels[name]},
            )
        )
    return rows


def operations_of_lines(rows):
    """{Line: the Rows that belong to it}, in the order of the text."""
    lines = sorted({row.line for row in rows if row.line})
    return {line: [row for row in rows if row.line == line] for line in lines}


def surplus(graph_defs):
    """{kind: {execution: how many nodes}} for all kinds that occur."""
    counts = {name: count_kinds(graph_def) for name, graph_def in graph_defs.items()}
    kinds = next(iter(counts.values()))
    found = {kind: {name: count[kind] for name, count in counts.items()} for kind in kinds}
    return {kind: count for kind, count in found.items() if any(count.values())}


def _by_signature(signatures):
    """{(signature, how often it came before): node}, as an operation may be computed twice."""
    before: Counter = Counter()
    found = {}
    for node, signature in signatures.items():
        found[signature, before[signature]] = node
        before[signature] += 1
    return found


def _lines(graph_def, values, numpy_operations):
    """{node: Line} for the mathematical nodes: of the nearest of NumPy's operations that gave the same numbers, of the
    first not yet taken if several did; or else of the next node of the same box that has a line.
    """
    found: dict[str, Line | None] = {}
    taken: set[int] = set()
    operation_of = {node.name: node.op for node in graph_def.node}
    for name in mathematics(graph_def):
        writes = operation_of[name].startswith("Assign")
        distances = [
            (distance(operation.numbers, values[name]), index in taken, index)
            for index, operation in enumerate(numpy_operations)
            if operation.writes == writes
        ]
        nearest, _, index = min(distances)
        if nearest <= NEAR:
            taken.add(index)
            found[name] = numpy_operations[index].line
    users = consumers(graph_def)
    for name in reversed(operation_of):
        later = [found[user] for user in users[name] if user in found and _box(user) == _box(name)]
        if later:
            found.setdefault(name, later[0])
    return found


def _box(node):
    return node.split("/")[0]


def _kernels(written, executed):
    """{node: the operation that runs it}; a node that is gone belongs to the fused one that computes it."""
    before = {node.name: node for node in written.node}
    found = {node.name: node.op for node in executed.node if node.name in before}
    for node in executed.node:
        # A composition of one-argument operations stands below the last of them.
        chain = [name for name in (node.name, node.name.rpartition("/")[0]) if name in before][:1]
        for _ in fused_operations(node)[1:]:
            inputs = [node_of(tensor) for tensor in data_inputs(before[chain[-1]])] if chain else []
            chain += [name for name in inputs if name not in found][:1]
        if fused_operations(node):
            found |= dict.fromkeys(chain, node.op)
    return found
