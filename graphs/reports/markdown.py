"""The text and tables of a run, as Markdown."""

import dataclasses

import numpy as np

from graphs.implementations.table import REFERENCE
from graphs.inspection.data_flow import KINDS
from graphs.inspection.node_map import operations_of_lines, surplus
from graphs.network import Parameters
from graphs.parity import named_tensors

SHAPES = {
    **{"inputs": "(N, D)", "targets": "(N, C)", "hidden1": "(N, H1)", "hidden2": "(N, H2)"},
    **{"logits": "(N, C)", "outputs": "(N, C)", "loss": "()"},
    **{"weights1": "(D, H1)", "biases1": "(H1,)", "weights2": "(H1, H2)", "biases2": "(H2,)"},
    **{"weights3": "(H2, C)", "biases3": "(C,)"},
}


def shapes_table(network, batch):
    """The shape of every tensor of a step, as one evaluation of the batch returned it."""
    result = network.evaluate(batch)
    tensors = [
        *batch._asdict().items(),
        *zip(Parameters._fields, network.parameters(), strict=True),
        *named_tensors(result),
    ]
    rows = [
        (name, SHAPES[name.removeprefix("d_")], str(np.shape(tensor)), str(np.asarray(tensor).dtype))
        for name, tensor in tensors
    ]
    return markdown_table(("tensor", "axes", "shape", "dtype"), rows)


def graph_table(graph_def):
    """The shape of every tensor in a graph, ? where only a run determines it; control edges have no shape."""
    rows = []
    for node in graph_def.node:
        shapes = ", ".join(_shape(shape) for shape in node.attr["_output_shapes"].list.shape)
        rows.append((node.name, node.op, shapes or "no output"))
    return markdown_table(("node", "operation", "shape"), rows)


def node_map_table(rows):
    """A row for each operation of the network: the NumPy line, its node in the graphs, the kernel that ran it.

    Three columns fit TensorBoard's page. A cell names the executions only where they differ.
    """
    executions, kernels = _keys(row.nodes for row in rows), _keys(row.kernels for row in rows)
    told = f"**node**: the operation's name in the graphs of {', '.join(executions)}"
    if kernels:
        told += f"; below it, the kernel that ran it in {', '.join(kernels)}. A fused kernel runs several operations"
    cells = [
        (row.operation, _line(row.line) if row.line else "-", _node_cell(row, executions, kernels)) for row in rows
    ]
    return f"{told}.\n\n{markdown_table(('operation', REFERENCE, 'node'), cells)}"


def _node_cell(row, executions, kernels):
    node = _where_they_differ({name: f"`{row.nodes[name]}`" if name in row.nodes else "-" for name in executions})
    ran = _where_they_differ({name: row.kernels.get(name, "not run") for name in kernels})
    return f"{node}<br>{ran}" if ran else node


def lines_table(rows):
    """A row for each NumPy line: the operations that compute the same, with the names of their nodes."""
    found = []
    for line, operations in operations_of_lines(rows).items():
        names = [f"{row.operation} `{row.nodes[next(iter(row.nodes))]}`" for row in operations]
        found.append((_line(line), "<br>".join(names)))
    return markdown_table(("line", "operations"), found)


def surplus_table(graph_defs, left_out):
    """How many nodes of each kind each graph has, and why. left_out: {reason: how many} for the session.

    The reasons stand below the table: beside the numbers, they would leave no room for the names of the executions.
    """
    counts = surplus(graph_defs)
    rows = [(kind, *(count[name] for name in graph_defs)) for kind, count in counts.items()]
    rows.append(("all nodes drawn", *(len(graph_def.node) for graph_def in graph_defs.values())))
    rows += [(f"not drawn: {reason}", count, *("" for _ in list(graph_defs)[1:])) for reason, count in left_out.items()]
    reasons = "\n".join(f"- **{kind}**: {KINDS[kind]}" for kind in counts)
    return f"{markdown_table(('kind', *graph_defs), rows)}\n\n{reasons}"


def changes_text(changes):
    """How TensorFlow changed a graph to execute it, with counts."""
    fused = [(f.kernel, " + ".join(f.operations), f"`{f.node}`") for f in changes.fused]
    rewritten = [(f"{old} to {new}", f"`{node}`") for node, old, new in changes.rewritten if new != "_Arg"]
    parts = [
        f"**Fused** into one kernel: {len(fused)}",
        markdown_table(("kernel", "computes", "node"), fused),
        f"**Rewritten**: {len(rewritten)}",
        markdown_table(("operation", "node"), rewritten),
        f"**Folded** into constants: {len(changes.folded)}",
        markdown_table(("node",), [(f"`{node}`",) for node in changes.folded]),
        f"**Removed**: {sum(changes.removed.values())}, including nodes that a fused kernel computes",
        markdown_table(("operation", "how many"), changes.removed.items()),
        f"**Added**: {sum(changes.added.values())}",
        markdown_table(("operation", "how many"), changes.added.items()),
        f"**Rewired** to read other inputs: {changes.rewired}",
        f"**Placeholders** that became arguments: {len(changes.rewritten) - len(rewritten)}",
    ]
    return "\n\n".join(part for part in parts if part)


def spec_table(spec):
    """The fields of a NetworkSpec."""
    return markdown_table(("field", "value"), dataclasses.asdict(spec).items())


def markdown_table(header, rows):
    """A table; empty if there are no rows."""
    rows = list(rows)
    if not rows:
        return ""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


def _where_they_differ(values):
    """{name: value} in one cell: the value if all have the same, or each value after the names that have it."""
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    if len(names) < 2:
        return "".join(names)
    return "<br>".join(f"{', '.join(having)}: {value}" for value, having in names.items())


def _keys(dicts):
    return list(dict.fromkeys(key for each in dicts for key in each))


def _line(line):
    file = "" if line.file == REFERENCE else f"{line.file}.py "
    return f"{file}{line.number}: `{line.text}`"


def _shape(shape):
    if shape.unknown_rank:
        return "?"
    return (
        "("
        + ", ".join("?" if dim.size < 0 else str(dim.size) for dim in shape.dim)
        + ("," if len(shape.dim) == 1 else "")
        + ")"
    )
