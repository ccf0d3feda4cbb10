"""The graph of a loop with what the loop repeats in it.

A graph keeps a While as one node; its condition and its body are functions beside the graph. Here their nodes stand in
the boxes `while/condition` and `while/body`, and read what the loop is given. The loop reads what a turn returns.
"""

import re

from graphs.inspection.node_names import TOP_OF_A_FUNCTION, node_of, written_name

# Functions name the outputs of an operation, graphs number them. These are second; all others that a step has, first.
SECOND_OUTPUTS = {"backprop", "r1"}  # of SparseSoftmaxCrossEntropyWithLogits and of BroadcastGradientArgs
LOOP, CONDITION, BODY = "while", "while/condition", "while/body"


def unfold(graph_def):
    """The GraphDef of a loop, as loop_graph_def makes it, with its one While unfolded; names are those of a step."""
    found = type(graph_def)()
    found.CopyFrom(graph_def)
    found.ClearField("library")
    for node in found.node:
        node.name = _outside(node.name)
        node.input[:] = [_outside(tensor) for tensor in node.input]
    loop = next(node for node in found.node if node.op == "While")
    functions = {function.signature.name: function for function in graph_def.library.function}
    given = list(loop.input)
    for box, attribute in ((CONDITION, "cond"), (BODY, "body")):
        nodes, returned = _inside(box, functions[loop.attr[attribute].func.name], given)
        found.node.extend(nodes)
        loop.input.extend(returned)
    return found


def in_a_step(name):
    """The name that a node of the body has in the graph of a single step; None for a node outside the body."""
    return name.removeprefix(f"{BODY}/") if name.startswith(f"{BODY}/") else None


def _outside(name):
    """A session has a scope around its loop, and a node for each of its results."""
    name = re.sub(r"^(\^?)train_steps/", r"\1", name)
    name = re.sub(r"^(\^?)while(:\d+)?$", rf"\1{LOOP}/While\2", name)
    return re.sub(r"^(\^?)while/Identity", rf"\1{LOOP}/results/Identity", name)


def _inside(box, function, given):
    """(the nodes of a function, the tensors that it computes and returns). given: the tensors it is called with."""
    arguments = dict(zip((argument.name for argument in function.signature.input_arg), given, strict=True))
    returned = [argument.name for argument in function.signature.output_arg]

    def name_of(node):
        node = re.sub(r"(^|/)while/", r"\1", node)  # a function puts a turn's nodes below while/
        # A node that would have the name of an output has _0 behind its own.
        node = node.removesuffix("_0") if node.removesuffix("_0") in returned else node
        return f"{box}/{node if node in TOP_OF_A_FUNCTION else written_name(node)}"

    def tensor_of(tensor):
        """As a graph writes it, node:number, from what a function writes: node:output:number, or an argument."""
        if tensor in arguments:
            return arguments[tensor]
        name = name_of(node_of(tensor))
        if tensor.startswith("^"):
            return f"^{name}"
        _, output, number = tensor.split(":")
        index = int(number) + (output in SECOND_OUTPUTS)
        return f"{name}:{index}" if index else name

    nodes = []
    for node in function.node_def:
        nodes.append(type(node)())
        nodes[-1].CopyFrom(node)
        nodes[-1].name = name_of(node.name)
        nodes[-1].input[:] = [tensor_of(tensor) for tensor in node.input]
    return nodes, [tensor_of(function.ret[name]) for name in returned if function.ret[name] not in arguments]
