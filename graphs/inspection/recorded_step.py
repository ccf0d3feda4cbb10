"""An eager step as a graph: the operations that it really ran, recorded in order.

The hook belongs to TensorFlow's debugger and is private. Only this file uses it, and a test fails if it disappears.
"""

from inspect import currentframe
from traceback import walk_stack

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import op_callbacks

from graphs.inspection.data_flow import consumers, data_inputs, mathematics
from graphs.inspection.graph_def import step_graph_def
from graphs.inspection.node_names import node_of, rename
from graphs.inspection.observed_execution import Observed
from graphs.inspection.profiler import eager_times, profile, run_metadata
from graphs.inspection.source_lines import write_lines

# The operation that turns numbers into a tensor; the hook does not see it.
MAKES_A_TENSOR = "_EagerConst"
# The operation that the picture shows for a tensor that existed before the step.
GIVEN = "EagerTensor"


class ObservedEager(Observed):
    """An Execution without a graph that can show the operations of a step."""

    def recorded_step(self, batch):
        """The GraphDef of a step. Takes one step.

        No two parameters or slots may have the same values: where a kernel's caller reads a variable inside C++, the
        hook sees only the resulting tensor, and only its values identify the variable.
        """
        given = {name: tf.constant(array) for name, array in batch._asdict().items()}
        variables = {variable.name.split(":")[0]: variable for variable in tf.nest.flatten(self.execution.variables)}
        recorder = _Recorder(given, variables)
        op_callbacks.add_op_callback(recorder)
        try:
            self.execution.step(*given.values())
        finally:
            op_callbacks.remove_op_callback(recorder)
        return rename(recorder.graph_def, _names(recorder.graph_def, self._traced()).get)

    def traced_step(self, batch, recorded):
        """The RunMetadata of a step: the time of each node of the recorded GraphDef. Takes one step, unrecorded."""
        events = profile(lambda: self.execution.train_step(batch))
        ran = [each for each in eager_times(events) if each[0] != MAKES_A_TENSOR]
        nodes = [node for node in recorded.node if node.op not in (GIVEN, "VarHandleOp", "Const")]
        times = {}
        for node, (operation, duration_us) in zip(nodes, ran, strict=True):
            if node.op != operation:
                raise RuntimeError(f"{operation} ran where {node.op} had been recorded")
            times[node.name] = duration_us
        return run_metadata(times)

    def _traced(self):
        """The GraphDef of the same code, traced; the recorded operations get their names from it."""
        sizes = (("inputs", self.spec.layer_sizes[0]), ("targets", self.spec.layer_sizes[-1]))
        signature = [tf.TensorSpec((None, size), self.spec.dtype, name) for name, size in sizes]
        traced = tf.function(self.execution.step, input_signature=signature)
        return step_graph_def(traced.get_concrete_function().graph)


class _Recorder:
    """Called by TensorFlow after each operation."""

    def __init__(self, given, variables):
        self.graph_def = tf.compat.v1.GraphDef()
        self._bits = {name: _bits(variable) for name, variable in variables.items()}  # a later read would be recorded
        self._tensors = {}  # {id: (name, tensor)}; keeps each tensor alive, so that its id stays unique
        for name, tensor in given.items():
            self._add(name, GIVEN, (), [tensor])
        for name, variable in variables.items():
            self._add(name, "VarHandleOp", (), [variable.handle])
            # The shape of the variable's value instead of its handle's, which is always ().
            self.graph_def.node[-1].attr["_output_shapes"].list.shape[0].CopyFrom(variable.shape.as_proto())

    def __call__(self, op_type, inputs, attrs, outputs, op_name=None, graph=None):
        scope = context.context().scope_name or "gradients/"  # a tape's operations run outside all scopes
        names = [self._name(scope, tensor) for tensor in inputs]
        self._add(scope + op_type, op_type, names, outputs, attrs)

    def _name(self, scope, tensor):
        """The name of an input. If no operation produced it, it is a variable read inside C++ or a number."""
        if id(tensor) not in self._tensors:
            read = [name for name, bits in self._bits.items() if bits == _bits(tensor)]
            if read:
                self._add(f"{scope}ReadVariableOp", "ReadVariableOp", read, [tensor])
            else:
                self._add(f"{scope}Const", "Const", (), [tensor])
                self.graph_def.node[-1].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(tensor.numpy()))
        return self._tensors[id(tensor)][0]

    def _add(self, name, op_type, inputs, outputs, attrs=()):
        name = _free(name, {node.name for node in self.graph_def.node})
        node = self.graph_def.node.add(name=name, op=op_type, input=inputs)
        write_lines(node, ((frame.f_code.co_filename, number) for frame, number in walk_stack(currentframe())))
        for key, value in zip(attrs[::2], attrs[1::2], strict=True):
            if isinstance(value, bool):
                node.attr[key].b = value
        shapes = node.attr["_output_shapes"].list
        for index, tensor in enumerate(outputs):
            shapes.shape.append(tensor.shape.as_proto())
            self._tensors[id(tensor)] = (f"{name}:{index}" if index else name, tensor)


def _bits(tensor):
    return tensor.shape, tensor.dtype, tensor.numpy().tobytes()


def _names(recorded, traced):
    """{recorded name: written name}: the name of the same operation in the trace, or one beside its neighbours."""
    by_signature: dict[str, list[str]] = {}
    for node, signature in mathematics(traced).items():
        by_signature.setdefault(signature, []).append(node)
    found = {node.name: node.name for node in recorded.node if "/" not in node.name}
    found |= {node.name: node.name for node in recorded.node if node.op == "VarHandleOp"}
    for node, signature in mathematics(recorded).items():
        if by_signature.get(signature):
            found[node] = by_signature[signature].pop(0)
    users = consumers(recorded)
    for node in recorded.node:
        if node.name not in found:
            near = [found[user] for user in users[node.name] if user in found]
            # As in TensorFlow, a value read or made for one operation goes below it; any other node goes beside.
            if near and node.op in ("ReadVariableOp", "Const"):
                place = near[0]
            elif not node.name.startswith("gradients/"):
                place = node.name.rpartition("/")[0]
            else:
                near += [found[node_of(tensor)] for tensor in data_inputs(node) if node_of(tensor) in found]
                place = near[0].rpartition("/")[0] if near else "gradients"
                place = place if place.startswith("gradients") else f"gradients/{place}"
            found[node.name] = _free(f"{place}/{node.op}", found.values())
    return found


def _free(name, taken):
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
