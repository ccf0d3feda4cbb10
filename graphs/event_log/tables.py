"""What a run says in words and tables, as Markdown."""

import numpy as np

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
    """The shape of every tensor in a graph, ? where it is known only when it runs; control edges carry none."""
    rows = []
    for node in graph_def.node:
        shapes = ", ".join(_shape(shape) for shape in node.attr["_output_shapes"].list.shape)
        rows.append((node.name, node.op, shapes or "no output"))
    return markdown_table(("node", "operation", "shape"), rows)


def markdown_table(header, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


def _shape(shape):
    if shape.unknown_rank:
        return "?"
    return (
        "("
        + ", ".join("?" if dim.size < 0 else str(dim.size) for dim in shape.dim)
        + ("," if len(shape.dim) == 1 else "")
        + ")"
    )
