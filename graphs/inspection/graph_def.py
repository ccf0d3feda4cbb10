"""The graphs of a network as TensorBoard draws them: GraphDefs with the shape of every tensor and matching names.

A session keeps everything in one graph. To make its picture comparable with a traced function's, the graph is split in
two: what evaluate and train_step fetch, and the loop that train_steps fetches. Placeholders and assignments that only
set the variables are left out.
"""

from functools import partial

from graphs.inspection.node_names import captured_variables, node_of, rename, written_name
from graphs.inspection.source_lines import write_lines_of_operations

STEP_SCOPES = {"layer1", "layer2", "layer3", "loss", "gradients", "update"}
LOOP_SCOPE = "train_steps"


def step_graph_def(graph):
    """The GraphDef of one step, from the graph that holds it, with the lines that made it; None for None."""
    if graph is None:
        return None
    graph_def = graph.as_graph_def(add_shapes=True)
    if not _is_traced(graph):
        graph_def = _needed_by(graph_def, STEP_SCOPES)
    write_lines_of_operations(graph_def, graph)
    return with_variable_shapes(rename(graph_def, partial(written_name, variables=captured_variables(graph))), graph)


def with_variable_shapes(graph_def, graph):
    """The GraphDef, in which the handle of each variable gets the shape of the variable's value.

    TensorFlow gives every handle the shape (), which a picture would show as the shape of the weights.
    """
    shapes = {variable.name.split(":")[0]: variable.shape.as_proto() for variable in getattr(graph, "variables", ())}
    for node in graph_def.node:
        shape = node.attr["shape"].shape if node.op == "VarHandleOp" else shapes.get(node.name)
        if shape is not None:
            _set_shape(node, shape)
    return graph_def


def _set_shape(node, shape):
    del node.attr["_output_shapes"].list.shape[:]
    node.attr["_output_shapes"].list.shape.append(shape)


def loop_graph_def(graph):
    """The GraphDef of the loop over steps, from the graph that holds it; None for None."""
    if graph is None:
        return None
    graph_def = graph.as_graph_def(add_shapes=True)
    if not _is_traced(graph):
        return with_variable_shapes(_needed_by(graph_def, {LOOP_SCOPE}), graph)
    return with_variable_shapes(rename(graph_def, lambda name: captured_variables(graph).get(name, name)), graph)


def _is_traced(graph):
    """Whether the graph belongs to one function; a session's graph holds everything."""
    return hasattr(graph, "captures")


def _needed_by(graph_def, scopes):
    """The part of a GraphDef that the nodes in these scopes need, including the nodes themselves."""
    nodes = {node.name: node for node in graph_def.node}
    waiting = [name for name in nodes if name.split("/")[0] in scopes]
    needed = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [node_of(tensor) for tensor in nodes[name].input]
    part = type(graph_def)(versions=graph_def.versions)
    part.node.extend(node for node in graph_def.node if node.name in needed)
    if any(node.op == "While" for node in part.node):
        part.library.CopyFrom(graph_def.library)
    return part
