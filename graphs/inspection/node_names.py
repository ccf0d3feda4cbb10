"""One name for one thing, in whatever execution: the only place where nodes are renamed, in written graphs alone.

TensorFlow names the gradients `gradients/layer1/matmul_grad/MatMul` in a session's graph and
`gradient_tape/layer1/matmul/MatMul` in a traced function's, and calls a variable by the first operation that reads it
there. Written as `gradients/layer1/matmul/MatMul` and `weights1`, the unopened graphs have the same boxes.
"""

import re

from graphs.implementations.table import BUILT, RECORDED, TRACED

SCOPES = ("inputs", "layer1", "layer2", "layer3", "loss", "gradients", "update")

EXECUTED = "executed"  # a built or traced graph, after TensorFlow had rewritten it

# What was renamed, by how the graph came about, for the text beside a picture.
RULES = {
    BUILT: "`gradients/layer1/matmul_grad/MatMul` in TensorFlow is `gradients/layer1/matmul/MatMul` here.",
    TRACED: "`gradient_tape/layer1/matmul/MatMul` in TensorFlow is `gradients/layer1/matmul/MatMul` here. A "
    "function knows its variables as arguments such as `layer1/matmul/ReadVariableOp/resource`; here they have the "
    "names of the variables. What stands at the top of a function belongs to a scope here: the constant 1 from which "
    "the gradients start and an `AddN` of gradients to `gradients`, the `Identity` that returns the loss to `loss`, "
    "the `NoOp` that waits for the update to `update`.",
    RECORDED: "Eager operations have no names at all; each has the one that the same operation gets when the same "
    "text is traced, and what that does not have stands beside its neighbours.",
    EXECUTED: "The arguments and results of what was executed are `inputs`, `targets`, the names of the variables "
    "and `loss/Retval` here.",
}

TOP_OF_A_FUNCTION = {"Identity": "loss/Identity", "NoOp": "update/train_op", "identity_RetVal": "loss/Retval"}


def written_name(name, variables=None):
    """The name under which a node is written. variables: {TensorFlow's name: ours} of a function's captures."""
    if variables and name in variables:
        return variables[name]
    if name in TOP_OF_A_FUNCTION:
        return TOP_OF_A_FUNCTION[name]
    name = re.sub(r"^_arg_(.+)_\d+_\d+$", r"\1", name)
    name = re.sub(r"^_retval_loss/.*", "loss/Retval", name)
    name = re.sub(r"(^|/)gradient_tape/", r"\1gradients/", name)
    name = re.sub(r"(^|/)(gradients/.+)_grad/", r"\1\2/", name)
    return re.sub(r"^(ones|zeros|AddN)", r"gradients/\1", name)


def captured_variables(graph):
    """{name of the placeholder, or of the argument in what is executed: name of the variable} of a FuncGraph.

    Nothing for a plain Graph, whose variables have their names already.
    """
    names = {id(variable.handle): variable.name.split(":")[0] for variable in getattr(graph, "variables", ())}
    found = {}
    for outside, inside in getattr(graph, "captures", ()):
        if id(outside) in names:
            found[inside.op.name] = found[_as_argument(inside.op.name)] = names[id(outside)]
    return found


def rename(graph_def, name_of):
    """A copy with other names. Raises ValueError where two nodes would get the same."""
    renamed = type(graph_def)()
    renamed.CopyFrom(graph_def)
    for node in renamed.node:
        node.name = name_of(node.name)
        node.input[:] = [_with_node(tensor, name_of) for tensor in node.input]
        for same_device in node.attr["_class"].list.s[:] if "_class" in node.attr else ():
            node.attr["_class"].list.s.remove(same_device)  # it speaks of the old names
            node.attr["_class"].list.s.append(b"loc:@" + name_of(same_device.decode().removeprefix("loc:@")).encode())
    names = [node.name for node in renamed.node]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two nodes are called {', '.join(sorted(twice))}")
    return renamed


def node_of(tensor):
    """The node behind an input, which may be name, name:1 or ^name."""
    return tensor.removeprefix("^").split(":")[0]


def _with_node(tensor, name_of):
    node = node_of(tensor)
    before, after = tensor.split(node, 1)
    return before + name_of(node) + after


def _as_argument(placeholder):
    """What TensorFlow makes of a placeholder's name when a function is instantiated."""
    return placeholder.lower().replace("/", "_")
