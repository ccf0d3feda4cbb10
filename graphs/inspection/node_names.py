"""The same name for the same thing in every execution. Only this module renames nodes, and only in
the graphs that are logged.

TensorFlow names the gradients `gradients/layer1/matmul_grad/MatMul` in a session's graph and
`gradient_tape/layer1/matmul/MatMul` in a traced function's, where it also names a variable after the first operation
that reads it. Renamed to `gradients/layer1/matmul/MatMul` and `weights1`, the collapsed graphs have the same boxes.
"""

import re

from graphs.implementations.table import BUILT, RECORDED, TRACED

SCOPES = ("inputs", "layer1", "layer2", "layer3", "loss", "gradients", "update")

LOOP = "loop"  # over steps, in a built or traced graph
EXECUTED = "executed"  # a built or traced graph, after TensorFlow rewrote it

# {origin of the graph: what was renamed}, for the text beside a picture.
RULES = {
    BUILT: "`gradients/layer1/matmul_grad/MatMul` in TensorFlow is `gradients/layer1/matmul/MatMul` here.",
    TRACED: "`gradient_tape/layer1/matmul/MatMul` in TensorFlow is `gradients/layer1/matmul/MatMul` here. A "
    "function receives its variables as arguments such as `layer1/matmul/ReadVariableOp/resource`; here the arguments "
    "have the names of the variables. Top-level nodes of a function are in a scope here: in `gradients` the constant 1 "
    "that starts the gradients and an `AddN` of gradients, in `loss` the `Identity` that returns the loss, in `update` "
    "the `NoOp` that waits for the update.",
    RECORDED: "Eager operations have no names. Each gets the name that the same operation has in a trace of the same "
    "code; an operation that the trace lacks is placed beside its neighbours.",
    LOOP: "In TensorFlow the loop is one node, `While`, that calls two functions. Here the functions are drawn where "
    "they are called, as the boxes `cond` and `body`, and the nodes of `body` have the names of a step's nodes. The "
    "box `variables` holds all variables. Results of `While` that nothing uses are left out.",
    EXECUTED: "The arguments and results of the executed graph are called `inputs`, `targets`, the names of the "
    "variables and `loss/Retval` here. Where one kernel computes several operations, no box remains for the "
    "operations that are gone: `layer1/matmul/ReadVariableOp`, which reads `weights1` for the kernel, is "
    "`layer1/weights1` here. The kernel keeps the name of its last operation.",
}

# The attribute of a renamed read that holds the name that it has in the graph as written.
WRITTEN_NAME = "_written_name"

TOP_OF_A_FUNCTION = {"Identity": "loss/Identity", "NoOp": "update/train_op", "identity_RetVal": "loss/Retval"}


def written_name(name, variables=None):
    """The name under which a node is written. variables: {TensorFlow's name: our name} for a function's captures."""
    if variables and name in variables:
        return variables[name]
    if name in TOP_OF_A_FUNCTION:
        return TOP_OF_A_FUNCTION[name]
    name = re.sub(r"^_arg_(.+)_\d+_\d+$", r"\1", name)
    name = re.sub(r"^_retval_loss/.*", "loss/Retval", name)
    name = re.sub(r"(^|/)gradient_tape/", r"\1gradients/", name)
    name = re.sub(r"(^|/)(gradients/.+)_grad/", r"\1\2/", name)
    return re.sub(r"^(ones|zeros|AddN)", r"gradients/\1", name)


def name_around_loop(name, kind):
    """The name in the picture of a loop for a node of the graph that holds it. kind: see data_flow.

    The variables share a box: with a box each, TensorBoard would move most of the graph to the side, under "Auxiliary
    Nodes". All nodes beside the inputs are in one, too.
    """
    if kind == "input":
        return name
    return f"variables/{name}" if kind == "variable" else "train_steps/" + name.split("/")[-1]


def name_in_loop(name, loop, scope):
    """The name in the picture of a loop for a node of its function cond or body: that of a step's node, in a box."""
    name = re.sub(rf"(^|/){loop}/", r"\1", name)
    return f"{scope}/{name if name.startswith('Identity') else written_name(name)}"


def captured_variables(graph):
    """{name of the placeholder, or of the argument in the executed graph: name of the variable} of a FuncGraph.

    Empty for a plain Graph, whose variables already have their own names.
    """
    names = {id(variable.handle): variable.name.split(":")[0] for variable in getattr(graph, "variables", ())}
    found = {}
    for outside, inside in getattr(graph, "captures", ()):
        if id(outside) in names:
            found[inside.op.name] = found[_as_argument(inside.op.name)] = names[id(outside)]
    return found


def with_reads_beside_kernels(executed, fused):
    """A copy of an executed GraphDef in which the reads of variables stand beside the kernel that uses them, each named
    after its variable.

    fused: the names of the operations that fused kernels compute. A read below one of them would keep up a box with
    the name of an operation that is gone. as_executed turns the copy back.
    """
    names = {}
    for node in executed.node:
        operation = node.name.rpartition("/")[0]
        if node.op == "ReadVariableOp" and operation in fused:
            names[node.name] = f"{operation.rpartition('/')[0]}/{node_of(node.input[0])}"
    copy = rename(executed, lambda name: names.get(name, name))
    for node, before in zip(copy.node, executed.node, strict=True):
        if node.name != before.name:
            node.attr[WRITTEN_NAME].s = before.name.encode()
    return copy


def as_executed(graph_def):
    """A copy in which the reads that stand beside a kernel have the names of the graph as written."""
    names = {node.name: name_as_written(node) for node in graph_def.node}
    return rename(graph_def, lambda name: names.get(name, name))


def name_as_written(node):
    """The name that an executed node has in the graph as written."""
    return node.attr[WRITTEN_NAME].s.decode() if WRITTEN_NAME in node.attr else node.name


def rename(graph_def, name_of):
    """A copy with new names. Raises ValueError if two nodes would get the same name."""
    renamed = type(graph_def)()
    renamed.CopyFrom(graph_def)
    for node in renamed.node:
        node.name = name_of(node.name)
        node.input[:] = [_with_node(tensor, name_of) for tensor in node.input]
        for same_device in node.attr["_class"].list.s[:] if "_class" in node.attr else ():
            node.attr["_class"].list.s.remove(same_device)  # it contains an old name
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
    """The argument name that TensorFlow derives from a placeholder's name when it instantiates a function."""
    return placeholder.lower().replace("/", "_")
