"""The graphs of a network as TensorBoard draws them: GraphDefs with the shape of every tensor.

A session keeps everything in one graph. To make its picture comparable with that of a traced function, it is cut in
two: what evaluate and train_step fetch, and the loop that train_steps fetches. Left out are the placeholders and
assignments that only set the variables.
"""

STEP_SCOPES = {"layer1", "layer2", "layer3", "loss", "gradients", "update"}
LOOP_SCOPE = "train_steps"


def step_graph_def(network):
    """The GraphDef of one step, None where the network has no graph."""
    if network.graph is None:
        return None
    graph_def = network.graph.as_graph_def(add_shapes=True)
    return _needed_by(graph_def, STEP_SCOPES) if network.graph is network.loop_graph else graph_def


def loop_graph_def(network):
    """The GraphDef of the loop over steps, None where the network has no graph."""
    if network.loop_graph is None:
        return None
    graph_def = network.loop_graph.as_graph_def(add_shapes=True)
    return _needed_by(graph_def, {LOOP_SCOPE}) if network.graph is network.loop_graph else graph_def


def _needed_by(graph_def, scopes):
    """The part of a GraphDef that the nodes in these scopes need, the nodes themselves included."""
    nodes = {node.name: node for node in graph_def.node}
    waiting = [name for name in nodes if name.split("/")[0] in scopes]
    needed = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [_node_name(tensor) for tensor in nodes[name].input]
    part = type(graph_def)(versions=graph_def.versions)
    part.node.extend(node for node in graph_def.node if node.name in needed)
    if any(node.op == "While" for node in part.node):
        part.library.CopyFrom(graph_def.library)
    return part


def _node_name(tensor):
    """The node behind an input, which may be name, name:1 or ^name."""
    return tensor.removeprefix("^").split(":")[0]
