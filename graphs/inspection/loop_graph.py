"""The loop over steps, drawn in one graph.

In TensorFlow the loop is one node, While, which calls two functions: cond, which says whether to go on, and body, which
takes a step. TensorBoard draws functions apart from the graph that calls them, without an edge between the two. Here
their nodes are part of the graph. What changes from turn to turn goes in a circle, from While to body and back. What
stays the same, such as the handle of a variable, goes straight to the nodes that use it.

The conversion of a function belongs to TensorFlow and is private. Only this file uses it, and a test fails if it
disappears.
"""

from typing import Any, NamedTuple

from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def

from graphs.inspection.data_flow import LOOP, kinds
from graphs.inspection.graph_def import loop_graph_def
from graphs.inspection.node_names import name_around_loop, name_in_loop, node_of, rename


class _Function(NamedTuple):
    """A function that the loop calls."""

    graph_def: Any
    arguments: list[str]  # its placeholders, in the order of the loop's inputs
    results: list[str]  # the tensors that it returns


def drawn_loop(graph):
    """The GraphDef of the loop of train_steps, from the graph that holds it; None for None."""
    if graph is None:
        return None
    graph_def = loop_graph_def(graph)
    kind_of = kinds(graph_def)
    loop = _loop(graph_def)
    drawn = rename(graph_def, lambda name: name_around_loop(name, kind_of[name]))
    drawn.ClearField("library")
    cond, body = (_function(graph_def, loop, scope) for scope in ("cond", "body"))
    changing = [
        index
        for index, (name, tensor) in enumerate(zip(body.arguments, body.results, strict=True))
        if _origin(body, tensor) != name
    ]

    loop = _loop(drawn)
    before = list(loop.input)
    outputs = [_tensor(loop.name, str(index)) for index in range(len(before))]
    given = [outputs[index] if index in changing else tensor for index, tensor in enumerate(before)]
    goes_on = _take_in(drawn, cond, given)
    after = _take_in(drawn, body, given)
    loop.input[:] = [before[index] for index in changing] + goes_on + [after[index] for index in changing]
    same = {tensors[index] for tensors in (before, outputs) for index in range(len(before)) if index not in changing}
    return _without_unused(drawn, same)


def _loop(graph_def):
    (loop,) = [node for node in graph_def.node if node.op == LOOP]
    return loop


def _function(graph_def, loop, scope):
    """The function cond or body of a loop, with the names that its nodes have in the picture."""
    called = loop.attr[scope].func.name
    (function,) = [function for function in graph_def.library.function if function.signature.name == called]
    flat, tensors = function_def_to_graph_def(function)

    def name_of(name):
        return name_in_loop(name, loop.name, scope)

    returned = [tensors[function.ret[result.name]].partition(":") for result in function.signature.output_arg]
    return _Function(
        rename(flat, name_of),
        [name_of(argument.name) for argument in function.signature.input_arg],
        [_tensor(name_of(name), output) for name, _, output in returned],
    )


def _take_in(drawn, function, given):
    """Adds a function's nodes to the graph, which read what is given for the arguments; returns the results."""
    replaced = dict(zip(function.arguments, given, strict=True))

    def read(tensor):
        name, _, output = tensor.partition(":")
        return replaced.get(name) or _tensor(name, output)

    for node in function.graph_def.node:
        if node.name not in replaced:
            node.input[:] = map(read, node.input)
            drawn.node.append(node)
    return list(map(read, function.results))


def _tensor(name, output):
    """An input as a GraphDef writes it: output 0 has no number."""
    return name if output in ("", "0") else f"{name}:{output}"


def _origin(function, tensor):
    """The name of the node where the value of a tensor comes from, beyond what only hands it on."""
    nodes = {node.name: node for node in function.graph_def.node}
    node = nodes[node_of(tensor)]
    while node.op == "Identity":
        node = nodes[node_of(node.input[0])]
    return node.name


def _without_unused(drawn, same):
    """The GraphDef without the results that nothing uses and that only hand on one of the tensors that stay the same,
    and without the constants among those that nothing uses then.
    """
    for operation in ("Identity", "Const"):
        used = {node_of(tensor) for node in drawn.node for tensor in node.input}
        unused = [node for node in drawn.node if node.op == operation and node.name not in used]
        for node in unused:
            if (node.input[0] if node.input else node.name) in same:
                drawn.node.remove(node)
    return drawn
