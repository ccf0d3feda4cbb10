"""A pane's graph and times in Model Explorer's own JSON.

The fields are those of the package's graph_builder.py and node_data_builder.py.
"""

import re

from graphs.inspection.data_flow import KINDS, data_inputs
from graphs.inspection.node_names import node_of
from graphs.inspection.source_lines import lines_of, rules_of
from graphs.inspection.twins import NAMED

ONLY_HERE = "#d32f2f"  # the border of a node that the other side lacks, and of its boxes
IN_A_KERNEL = "#7b1fa2"  # the border of a node that one kernel of the other side computes together with others
CONTROL_EDGE = "#f9a825"
SLOWEST = (251, 106, 74)  # red, green, blue; TensorBoard's colour for the slowest node


def graph_json(pane):
    """The graph of a Pane, in the list that a file of Model Explorer's holds."""
    nodes = pane.side.graph_def.node
    graph = {
        "id": pane.side.name,
        "nodes": [_node(node, pane) for node in nodes],
        "nodeLabelsToHide": ["-"],  # without any, the page hides constants and reads
        "groupNodeConfigs": [
            {"namespaceRegex": f"^{re.escape(box)}$", "borderColor": ONLY_HERE} for box in _boxes_only_here(pane)
        ],
    }
    waits = [
        {"sourceNodeId": pane.ids[node_of(tensor)], "targetNodeId": pane.ids[node.name]}
        for node in nodes
        for tensor in node.input
        if tensor.startswith("^")
    ]
    if waits:
        overlay = {"name": "runs first", "edgeColor": CONTROL_EDGE, "edges": waits}
        overlays = [{"type": "edge_overlays", "name": "Control edges", "overlays": [overlay]}]
        graph["tasksData"] = {f"edgeOverlaysDataList{pane.position}Pane": overlays}
    return [graph]


def times_json(pane, most_us):
    """The times of a Pane as node data: from white, for none, to red, for most_us."""
    results = {
        pane.ids[node]: {"value": round(us, 1), "bgColor": colour(us / most_us), "textColor": "#000000"}
        for node, us in pane.side.times_us.items()
    }
    return {pane.side.name: {"results": results, "name": "time in us"}}


def colour(share):
    """A colour between white, for 0, and that of the slowest node, for 1."""
    return "#" + "".join(f"{round(255 + share * (full - 255)):02x}" for full in SLOWEST)


def box_of(node, kind):
    """The box that a node is drawn in. All variables are in one, or their edges would cover the picture."""
    path = node.rpartition("/")[0]
    return f"variables/{path}".rstrip("/") if kind == "variable" else path


def _node(node, pane):
    border, mark = _border_and_mark(node.name, pane)
    return {
        "id": pane.ids[node.name],
        "label": "\n".join([*_label(node, pane), *mark]),
        "namespace": box_of(node.name, pane.kinds[node.name]),
        "attrs": [{"key": key, "value": value} for key, value in _attributes(node, pane)],
        "incomingEdges": [_edge(tensor, number, pane) for number, tensor in enumerate(data_inputs(node))],
        "outputsMetadata": [
            {"id": str(number), "attrs": [{"key": "shape", "value": shape}]}
            for number, shape in enumerate(_shapes(node))
        ],
        **({"style": {"borderColor": border, "hoveredBorderColor": border}} if border else {}),
    }


def _label(node, pane):
    kind, us = pane.kinds[node.name], pane.side.times_us.get(node.name)
    yield node.name.rpartition("/")[2] if kind in NAMED else node.op
    if kind == "mathematics" and us is not None:
        yield f"{us:.0f} us"


def _border_and_mark(name, pane):
    """A colour, and the same in words, since colour alone does not reach everyone."""
    if pane.only_here(name):
        return ONLY_HERE, ["only here"]
    return (IN_A_KERNEL, ["fused there"]) if name in pane.kernels else (None, [])


def _attributes(node, pane):
    """What the panel says of a selected node. It has little room for a key."""
    side, kind = pane.side, pane.kinds[node.name]
    yield "name", node.name
    if kind in NAMED:
        yield "op", node.op
    if node.name in side.times_us:
        yield "time", f"{side.times_us[node.name]:.1f} us"
    kernel = side.kernels.get(node.name, node.op)
    if kind == "mathematics" and kernel not in (node.op, "Const"):
        yield "kernel", kernel
    made = [f"{line}  {line.text()}" for line in [*lines_of(node), *rules_of(node)]]
    if made:
        yield "made by", "; ".join(made)
    line = side.lines.get(node.name)
    if line:
        yield "NumPy", f"{line.file}.py:{line.number}  {line.text}"
    if kind != "mathematics":
        # Why not every execution has it matters where one has not.
        reason = KINDS[kind] if pane.only_here(node.name) else re.split("[:;]", KINDS[kind])[0]
        yield "why", f"{kind}: {reason}"
    yield "twin", _twin(node.name, pane)


def _twin(name, pane):
    other = pane.other.name
    if name in pane.kernels:
        others = [node for node, kernel in pane.kernels.items() if kernel == pane.kernels[name] and node != name]
        return f"{pane.kernels[name]} in {other}, one kernel for this and {' and '.join(others)}"
    if name in pane.twins:
        return f"{pane.twins[name]} in {other}"
    if pane.other.written is not None and pane.side.written is None:
        return (
            f"none; {other} does not run it: nothing fetched needs it, or TensorFlow computed it before, or merged it"
        )
    return f"none; {other} has no such node"


def _edge(tensor, number, pane):
    output = tensor.partition(":")[2] or "0"
    return {
        "sourceNodeId": pane.ids[node_of(tensor)],
        "sourceNodeOutputId": output,
        "targetNodeInputId": str(number),
    }


def _shapes(node):
    for shape in node.attr["_output_shapes"].list.shape:
        yield "x".join(str(dim.size) if dim.size >= 0 else "?" for dim in shape.dim) or "scalar"


def _boxes_only_here(pane):
    """The boxes, however deep, that hold a node that the other side lacks."""
    boxes = set()
    for node in pane.ids:
        if pane.only_here(node):
            parts = box_of(node, pane.kinds[node]).split("/")
            boxes |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return sorted(boxes - {""})
