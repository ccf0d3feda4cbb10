"""The graphs of a step: the same mathematics in every execution, under the same names, with shapes and times."""

import re
from collections import Counter
from functools import cache
from inspect import getsourcelines
from itertools import count
from linecache import getline

import numpy as np
import pytest
import tensorflow as tf
from inspected import SPECS, every_spec, inspected
from samples import HEADS, arrays_of, make_batch, make_parameters, make_spec
from tensorflow.python.eager import context

from graphs import optimizers
from graphs.implementations import load, numpy_manual, text
from graphs.inspection import profiler as profile
from graphs.inspection.data_flow import KINDS, count_kinds, kinds, mathematics
from graphs.inspection.executed_graph import observe
from graphs.inspection.graph_def import step_graph_def
from graphs.inspection.graph_with_times import draw
from graphs.inspection.inspect_step import distinct_state, inspect
from graphs.inspection.loop_graph import drawn_loop
from graphs.inspection.node_map import fused_nodes, kernels_of, node_map, operations_of_lines, surplus
from graphs.inspection.node_names import WRITTEN_NAME, as_executed, rename, written_name
from graphs.inspection.node_times import TRACED_STEPS, node_stats, whole_us
from graphs.inspection.numpy_lines import ASSIGNMENTS, RULES, lines_of
from graphs.inspection.optimizer_changes import changes, fused_operations
from graphs.inspection.recorded_step import ObservedEager
from graphs.network import OPTIMIZERS, Parameters, parameter_shapes
from graphs.optimizers import SLOT_NAMES

pytestmark = pytest.mark.xdist_group("inspections")  # one process makes what they all look at

ONE = make_spec(optimizer="momentum", output_activation="tanh")
CROSSENTROPY = SPECS[HEADS.index(("softmax", "categorical_crossentropy"))]
LOGISTIC = SPECS[HEADS.index(("sigmoid", "binary_crossentropy"))]
BOXES = {"layer1", "layer2", "layer3", "loss", "gradients", "update", "inputs", "targets", "step"} | {
    f"{kind}{layer}" for kind in ("weights", "biases") for layer in (1, 2, 3)
}


def boxes(graph_def):
    """What the unopened graph shows: {(name, whether there is something to open)}."""
    inside = {node.name.split("/")[0] for node in graph_def.node if "/" in node.name}
    return {(name, name in inside) for name in {node.name.split("/")[0] for node in graph_def.node}}


def without(graph_def, *names):
    """A copy in which these nodes are gone."""
    part = tf.compat.v1.GraphDef()
    part.node.extend(node for node in graph_def.node if node.name not in names)
    return part


def mathematical_operations(graph_def):
    """{node: operation} of the mathematical nodes."""
    found = mathematics(graph_def)
    return {node.name: node.op for node in graph_def.node if node.name in found}


def node_called(graph_def, name):
    (node,) = [node for node in graph_def.node if node.name == name]
    return node


@every_spec
def test_session_eager_and_function_are_the_same_mathematics(spec):
    session, eager, function = (
        Counter(mathematics(graph_def).values()) for graph_def in inspected(spec).graph_defs().values()
    )
    assert session == eager == function
    assert session.total() > 30


@every_spec
def test_whatever_else_is_in_a_graph_has_a_reason(spec):
    for name, graph_def in inspected(spec).graph_defs().items():
        found = kinds(graph_def)
        assert set(found) == {node.name for node in graph_def.node}
        assert set(found.values()) <= set(KINDS)
        operations = {kind: {node.op for node in graph_def.node if found[node.name] == kind} for kind in KINDS}
        assert operations["broadcast"] <= {"Sum"}
        assert operations["reshape"] <= {"Reshape", "ExpandDims"}
        assert operations["control"] <= {"NoOp", "Identity"}
        assert operations["input"] <= {"Placeholder", "EagerTensor"}
        # No product of the network counts as superfluous but the gradient of its inputs, which a tape does not derive.
        unused = [node.name for node in graph_def.node if found[node.name] == "unused" and node.op == "MatMul"]
        assert unused == (["gradients/layer1/matmul/MatMul"] if name == "tf1_session" else [])


@every_spec
def test_eager_operations_have_the_names_of_the_traced_text(spec):
    graph_defs = inspected(spec).graph_defs()
    eager, function = (mathematics(graph_defs[name]) for name in ("tf2_eager", "tf2_function"))
    assert {tuple(sorted(eager.items()))} == {tuple(sorted(function.items()))}


@every_spec
def test_the_unopened_graphs_are_alike(spec):
    inspection = inspected(spec)
    graph_defs = [*inspection.graph_defs().values(), *(each.graph_def for each in inspection.compiled.values())]
    graph_defs += [optimized.executed.graph_def for optimized in inspection.optimized.values()]
    assert {frozenset(boxes(graph_def)) for graph_def in graph_defs} == {frozenset(boxes(graph_defs[0]))}
    assert {name for name, _ in boxes(graph_defs[0])} >= BOXES
    assert {name for name, inside in boxes(graph_defs[0]) if inside} >= {"loss", "gradients", "update", "layer1"}


PRODUCT, XENT = "gradients/layer2/matmul/MatMul", "loss/SparseSoftmaxCrossEntropyWithLogits"
SELECT = "gradients/loss/logistic_loss/Select_1/Select"


@pytest.mark.parametrize(
    ("spec", "node", "change"),
    [
        (ONE, "loss/sub", lambda node: node.input.reverse()),
        (ONE, "loss/sub", lambda node: setattr(node, "op", "Add")),
        (ONE, f"{PRODUCT}_1", lambda node: setattr(node.attr["transpose_a"], "b", False)),
        (ONE, PRODUCT, lambda node: setattr(node.attr["transpose_b"], "b", False)),
        (ONE, f"{PRODUCT}_1", lambda node: node.input.__setitem__(0, "inputs")),
        (ONE, "layer2/matmul", lambda node: node.input.__setitem__(1, "layer1/matmul/ReadVariableOp")),
        (ONE, "update/AssignSubVariableOp_2", lambda node: node.input.__setitem__(0, "weights1")),
        (ONE, "update/add_5", lambda node: node.input.__setitem__(1, "gradients/layer2/BiasAdd/BiasAddGrad")),
        (CROSSENTROPY, "loss/Mean", lambda node: node.input.__setitem__(0, f"{XENT}/{XENT[5:]}:1")),
        (LOGISTIC, SELECT, lambda node: node.input.__setitem__(2, "layer3/BiasAdd")),
        (ONE, "update/mul/x", lambda node: node.attr["value"].tensor.float_val.__setitem__(0, 0.5)),  # momentum
        (ONE, "loss/Const", lambda node: setattr(node.attr["value"].tensor, "tensor_content", bytes(8))),  # axes
    ],
)
def test_another_operation_or_another_input_is_other_mathematics(spec, node, change):
    right = inspected(spec).graph_defs()["tf1_session"]
    wrong = tf.compat.v1.GraphDef()
    wrong.CopyFrom(right)
    change(node_called(wrong, node))
    assert Counter(mathematics(wrong).values()) != Counter(mathematics(right).values())


def test_names_are_no_part_of_the_mathematics():
    right = inspected(ONE).graph_defs()["tf1_session"]
    keep = {"inputs", "targets"} | {node.name for node in right.node if node.op == "VarHandleOp"}
    other = rename(right, lambda name: name if name in keep else name.replace("MatMul", "Product"))
    assert Counter(mathematics(other).values()) == Counter(mathematics(right).values())


def test_recording_a_step_changes_nothing_in_it():
    batch, state = make_batch(ONE), distinct_state(ONE, seed=0)
    with ObservedEager("tf2_eager", ONE, state) as recorded, load("tf2_eager").Network(ONE, state.parameters) as plain:
        plain.restore(state)
        recorded.recorded_step(batch)
        plain.train_step(batch)
        pairs = zip(arrays_of(recorded.state()), arrays_of(plain.state()), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)


def test_the_hook_is_removed_even_if_the_step_fails(monkeypatch):
    with ObservedEager("tf2_eager", ONE, distinct_state(ONE, seed=0)) as network:
        monkeypatch.setattr(network.execution, "step", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            network.recorded_step(make_batch(ONE))
    assert not context.context().op_callbacks


def test_an_eager_step_that_runs_something_else_is_noticed(monkeypatch):
    batch, state = make_batch(ONE), distinct_state(ONE, seed=0)
    with ObservedEager("tf2_eager", ONE, state) as network:
        recorded = network.recorded_step(batch)
        node_called(recorded, "layer1/Sigmoid").op = "Tanh"
        with pytest.raises(RuntimeError, match="Sigmoid ran where Tanh had been recorded"):
            network.traced_step(batch, recorded)


def test_every_step_has_its_order_of_events():
    graph_def = inspected(ONE).recorded["tf2_eager"].graph_def
    place = {node.name: index for index, node in enumerate(graph_def.node)}
    assert all(place[tensor.split(":")[0]] < place[node.name] for node in graph_def.node for tensor in node.input)


def drawn(spec, optimize_graph=True):
    """{run: Drawn}"""
    inspection = inspected(spec, optimize_graph)
    found = {name: each.written for name, each in inspection.optimized.items()}
    found |= {f"{name}_executed": each.executed for name, each in inspection.optimized.items()}
    return found | inspection.recorded


@every_spec
def test_every_tensor_has_a_shape(spec):
    for name, (graph_def, _) in drawn(spec).items():
        silent = ("NoOp", "_Retval")
        carrying = [node for node in graph_def.node if not node.op.startswith("Assign") and node.op not in silent]
        shapes = {node.name: node.attr["_output_shapes"].list.shape for node in carrying}
        shaped = [node for node, found in shapes.items() if found and not any(shape.unknown_rank for shape in found)]
        assert len(shaped) >= 0.95 * len(carrying), set(shapes) - set(shaped)
        batch_size = 6 if name == "tf2_eager" else -1
        assert [dim.size for dim in shapes["inputs"][0].dim] == [batch_size, spec.layer_sizes[0]]
        assert shapes["gradients/layer2/matmul/MatMul"][0].dim[0].size == batch_size
        assert not shapes["loss/Mean"][0].dim


def shape_of(node):
    (shape,) = node.attr["_output_shapes"].list.shape
    return tuple(dim.size for dim in shape.dim)


@every_spec
def test_a_variable_has_the_shape_of_its_value(spec):
    shapes = dict(zip(Parameters._fields, parameter_shapes(spec), strict=True))
    shapes |= {f"{slot}/{name}": shapes[name] for slot in SLOT_NAMES[spec.optimizer] for name in Parameters._fields}
    shapes["step"] = ()
    graph_defs = {name: each.graph_def for name, each in {**drawn(spec), **inspected(spec).compiled}.items()}
    for run, graph_def in graph_defs.items():
        found = {
            name: shape_of(node_called(graph_def, name))
            for name, kind in kinds(graph_def).items()
            if kind == "variable"
        }
        assert found == {name: shapes[name] for name in found}, run
        assert set(found) >= set(Parameters._fields)


@every_spec
def test_no_box_is_left_of_an_operation_that_a_kernel_computes(spec):
    for optimized in inspected(spec).optimized.values():
        written, executed = optimized.written.graph_def, optimized.executed.graph_def
        fused = fused_nodes(written, executed)
        assert fused
        kernels = {node.name for node in executed.node if fused_operations(node)}
        for node in executed.node:
            above = {node.name[: place.start()] for place in re.finditer("/", node.name)}
            assert not above & set(fused) or node.name in kernels, node.name
        reads = {node.name: node.input[0] for node in executed.node if WRITTEN_NAME in node.attr}
        assert all(name.split("/", 1)[1] == variable for name, variable in reads.items())
        assert set(reads) >= {"layer1/weights1", "layer1/biases1"} or spec.dtype == "float64"
        assert set(reads) <= {tensor for node in executed.node for tensor in node.input}


@every_spec
def test_the_names_that_are_drawn_change_nothing_but_names(spec):
    for optimized in inspected(spec).optimized.values():
        written, drawn = optimized.written.graph_def, optimized.executed.graph_def
        executed = as_executed(drawn)
        assert [node.op for node in drawn.node] == [node.op for node in executed.node]
        renamed = {node.name for node in executed.node} - {node.name for node in drawn.node}
        assert renamed <= {node.name for node in written.node if node.op == "ReadVariableOp"}
        assert changes(written, executed) == changes(written, drawn) == optimized.changes
        assert kernels_of(written, executed) == kernels_of(written, drawn)
        stats = {node.node_name: node.all_end_rel_nanos for node in node_stats(optimized.executed.run_metadata)}
        assert all(stats[node.name] for node in drawn.node if WRITTEN_NAME in node.attr)


@every_spec
def test_every_operation_that_ran_has_a_time(spec):
    for name, (graph_def, run_metadata) in drawn(spec).items():
        stats = {node.node_name: node for node in node_stats(run_metadata)}
        assert set(stats) <= {node.name for node in graph_def.node}
        timed = {node for node, found in stats.items() if found.all_end_rel_nanos}
        operations = {node.name: node.op for node in graph_def.node}
        if name.endswith("executed"):
            ran = {node for node, operation in operations.items() if "MatMul" in operation}
        else:
            # A graph drops what only hands on, and outputs that train_step does not fetch.
            not_run = {"layer3/Softmax", "layer3/Sigmoid"} | {node for node in operations if node.endswith("Identity")}
            ran = set(mathematics(graph_def)) - (set() if name == "tf2_eager" else not_run)
        assert ran <= timed, name
        assert all(stats[node].all_end_rel_micros > 0 for node in timed)
        assert 1e3 < sum(node.all_end_rel_nanos for node in stats.values()) < 1e9


def test_the_time_of_a_box_is_the_sum_of_what_is_in_it():
    for _, run_metadata in drawn(ONE).values():
        timed = [node for node in node_stats(run_metadata) if node.all_end_rel_micros]
        for box in ("layer1", "gradients", "gradients/layer2", "update"):
            inside = [node for node in timed if node.node_name.startswith(f"{box}/")]
            start = min(node.all_start_micros for node in inside)
            end = max(node.all_start_micros + node.all_end_rel_micros for node in inside)
            assert end - start == sum(node.all_end_rel_micros for node in inside)


def test_the_time_is_that_of_the_node():
    """In a network with one large layer, its three products take far longer than anything usual."""
    spec = make_spec((4, 768, 768, 3))
    large = {"layer2/matmul", "gradients/layer2/matmul/MatMul", "gradients/layer2/matmul/MatMul_1"}
    inspection = inspect(spec, batch_size=128)
    found = [each.written for each in inspection.optimized.values()]
    for _, run_metadata in [*found, *inspection.recorded.values()]:
        micros = {node.node_name: node.all_end_rel_micros for node in node_stats(run_metadata)}
        others = [us for node, us in micros.items() if us and node not in large]
        assert min(micros[node] for node in large) > 10 * np.median(others)
        for node in node_stats(run_metadata):
            assert node.all_end_rel_micros in (0, whole_us(node.all_end_rel_nanos / 1e3))


def test_a_slow_node_in_a_few_steps_paints_no_picture():
    graph_def = tf.compat.v1.GraphDef()
    for name in ("a", "b", "often"):
        graph_def.node.add(name=name, op="NoOp")
    number = count()  # the first step is not counted

    def traced_step():
        step = next(number)
        # In each step another node is slow by chance, so that no step is right about both.
        times = {"a": 4000 if step % 2 else 20, "b": 30 if step % 2 else 5000} if step < 7 else {"a": 20, "b": 30}
        return profile.run_metadata(times | ({"often": 7.4} if step % 2 else {}) | {"_SOURCE": 1})

    found = node_stats(draw(graph_def, traced_step).run_metadata)
    assert {node.node_name: node.all_end_rel_micros for node in found} == {"a": 20, "b": 30, "often": 7}
    assert next(number) == 1 + TRACED_STEPS


def test_a_box_of_slots_has_a_time_or_tensorboard_hides_its_name():
    for name, (_, run_metadata) in drawn(make_spec(optimizer="adam")).items():
        micros = {node.node_name: node.all_end_rel_micros for node in node_stats(run_metadata)}
        for box in ("first_moment", "second_moment"):
            assert all(micros[f"{box}/{parameter}"] for parameter in Parameters._fields), name


@pytest.mark.parametrize("name", ["tf1_session", "tf2_function", "tf2_xla"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_loop_is_drawn_as_a_step_that_hands_back_to_itself(name, optimizer):
    spec = make_spec(optimizer=optimizer, output_activation="softmax", loss="categorical_crossentropy")
    with load(name).Network(spec, make_parameters(spec)) as network:
        step, loop = step_graph_def(network.graph), drawn_loop(network.loop_graph)
    assert not loop.library.function
    assert {box for box, _ in boxes(loop)} == {"inputs", "targets", "n", "variables", "train_steps", "cond", "body"}
    nodes = {node.name: node for node in loop.node}
    assert all(tensor.removeprefix("^").split(":")[0] in nodes for node in loop.node for tensor in node.input)
    # What happens in a step happens in the body, to the same values.
    body = rename(loop, lambda node: node.removeprefix("body/").removeprefix("variables/"))
    in_step, in_body = (Counter(mathematics(graph_def).values()) for graph_def in (step, body))
    assert in_step <= in_body
    # The rest counts the turns.
    operations = {node.name: node.op for node in body.node}
    rest = {operations[node] for node, signature in mathematics(body).items() if signature not in in_step}
    assert {"While", "Less", "AddV2"} <= rest <= {"While", "Less", "AddV2", "Identity"}
    # The circle: While, the comparison with n and the next number, and While again.
    circle = nodes["train_steps/while"]
    assert circle.op == "While"
    compared = next(each for each in loop.node if each.op == "Less")
    assert compared.input[0].split(":")[0] == circle.name
    assert compared.input[1] == "n"
    assert {tensor.split("/")[0] for tensor in circle.input} == {"train_steps", "cond", "body"}
    assert "body/loss/Mean" in {origin(nodes, tensor) for tensor in circle.input}
    for each in loop.node:
        if each.name.startswith(("variables/weights", "body/layer")) and each.op != "MatMul":
            assert each.attr["_output_shapes"].list.shape[0].dim, each.name


def origin(nodes, tensor):
    """The name of the node that made a tensor, beyond what only hands it on."""
    while nodes[tensor].op == "Identity":
        tensor = nodes[tensor].input[0]
    return tensor


def test_a_loop_has_kinds_and_signatures_though_it_goes_in_a_circle():
    with load("tf1_session").Network(ONE, make_parameters(ONE)) as network:
        loop = drawn_loop(network.loop_graph)
    assert kinds(loop)["body/layer1/matmul"] == "mathematics"
    assert set(mathematics(loop)) > {"body/layer1/matmul", "body/update/AssignSubVariableOp"}


def test_events_are_read_as_the_profiler_writes_them():
    def event(name, duration_us, **details):
        return profile.Event(name, 0.0, duration_us, details)

    events = [
        *(event("EagerExecute", 9, eager_op="MatMul"), event("KernelAndDeviceFunc::Run", 5)),
        *(event("EagerExecute", 8, eager_op="Neg"), event("KernelAndDeviceFunc::Run", 3)),
        *(event("layer1/matmul:MatMul", 4), event("EagerLocalExecute: MatMul", 7), event("FunctionRun", 2)),
    ]
    assert profile.eager_times(events) == [("MatMul", 5), ("Neg", 3)]
    assert profile.executor_times(events) == {"layer1/matmul": 4}


def test_a_session_tells_its_memory():
    memory = {
        node.node_name: sum(each.total_bytes for each in node.memory)
        for node in node_stats(inspected(ONE).optimized["tf1_session"].written.run_metadata)
    }
    assert memory["layer1/matmul"] >= 6 * 7 * 4  # (N, H1) of float32


def test_whole_microseconds_are_never_none():
    assert [whole_us(us) for us in (0.01, 0.9, 1.4, 1.6, 1000.2)] == [1, 1, 1, 2, 1000]


def test_what_was_executed_differs_from_what_was_written_by_the_optimizer():
    for optimized in inspected(ONE).optimized.values():
        assert any(fusion.operations[:2] == ("MatMul", "BiasAdd") for fusion in optimized.changes.fused)
        assert optimized.changes.removed
        assert optimized.changes == changes(optimized.written.graph_def, optimized.executed.graph_def)
    for optimized in inspected(ONE, optimize_graph=False).optimized.values():
        assert not optimized.changes.fused


def test_only_what_is_compared_is_inspected():
    found = inspect(ONE, 6, implementations=("numpy_manual", "tf2_xla"))
    assert (found.optimized, found.recorded) == ({}, {})
    assert list(found.graph_defs()) == list(found.compiled) == ["tf2_xla"]
    assert Counter(row.line for row in found.rows) == Counter(row.line for row in inspected(ONE).rows)


def test_xla_shows_what_it_is_given_and_what_it_makes_of_it():
    compiled = inspected(ONE).compiled["tf2_xla"]
    function = inspected(ONE).graph_defs()["tf2_function"]
    assert mathematics(compiled.graph_def) == mathematics(function)
    assert compiled.text.startswith("HloModule")
    assert "f32[6,7]" in compiled.text  # compiled for this batch
    assert "fusion(" in compiled.text  # and optimised


@every_spec
def test_the_node_map_has_every_operation_once_with_its_line(spec):
    inspection = inspected(spec)
    for name, graph_def in inspection.graph_defs().items():
        assert sorted(row.nodes[name] for row in inspection.rows) == sorted(mathematics(graph_def))
    assert all(row.line for row in inspection.rows)


def test_the_node_map_finds_the_lines_of_numpy():
    mean_squared_error = "return np.mean(np.square(activations.outputs - targets))"
    texts = {row.nodes["tf1_session"]: row.line.text for row in inspected(ONE).rows}
    starts = {node: text if "return" in text else re.split(" ?= ?", text)[0] for node, text in texts.items()}
    assert {node: start for node, start in starts.items() if not node.startswith("update")} == {
        **dict.fromkeys(("layer1/matmul", "layer1/BiasAdd"), "z1"),
        **dict.fromkeys(("layer2/matmul", "layer2/BiasAdd"), "z2"),
        **{"layer1/Sigmoid": "hidden1", "layer2/Sigmoid": "hidden2"},
        **dict.fromkeys(("layer3/matmul", "layer3/BiasAdd"), "logits"),
        "layer3/Tanh": "outputs",
        **dict.fromkeys(("loss/sub", "loss/Square", "loss/Mean"), mean_squared_error),
        **dict.fromkeys(("gradients/loss/Square/Mul", "gradients/loss/Square/Mul_1"), "d_outputs"),
        "gradients/layer3/Tanh/TanhGrad": "return BACKWARD[spec.output_activation](d_outputs, outputs)",
        "gradients/layer3/matmul/MatMul": "d_hidden2",
        "gradients/layer2/Sigmoid/SigmoidGrad": "d_z2",
        "gradients/layer2/matmul/MatMul": "d_hidden1",
        "gradients/layer1/Sigmoid/SigmoidGrad": "d_z1",
        **{f"gradients/layer{layer}/matmul/MatMul_1": f"weights{layer}" for layer in (1, 2, 3)},
        **{f"gradients/layer{layer}/BiasAdd/BiasAddGrad": f"biases{layer}" for layer in (1, 2, 3)},
    }
    assert texts["update/AssignAddVariableOp"] == "state.step[...] += 1"
    assert texts["update/AssignSubVariableOp"] == "parameter -= amount"
    assert texts["update/AssignVariableOp"] == "slot[...] = new_slot"
    assert texts["update/mul"] == texts["update/add"] == "velocity = 0.9 * velocity + gradient"


@cache
def session_graph(spec):
    """({name: operation} of a session's graph, {parameter: the name of its gradient}). Names are as written."""
    with observe("tf1_session", spec, distinct_state(spec, seed=0)) as observed:
        nodes = {written_name(operation.name): operation for operation in observed.graph.get_operations()}
        gradients = observed.execution.result.gradients._asdict()
    return nodes, {name: written_name(gradient.op.name) for name, gradient in gradients.items()}


@every_spec
def test_the_lines_of_numpy_are_those_of_the_sessions_text(spec):
    """TensorFlow keeps which line of tf1_session.py made each node. That line and NumPy's begin with the same name, or
    are in functions of the same name; a rule's are the same line.
    """
    rows = {row.nodes["tf1_session"]: row for row in inspected(spec).rows}
    nodes, _ = session_graph(spec)
    for name, row in rows.items():
        if name.startswith("gradients/"):
            continue  # made by one line, tf.gradients
        frame = [frame for frame in nodes[name].traceback if frame.filename in TEXTS][-1]
        if frame.filename == optimizers.__file__:
            assert (row.line.file, row.line.number) == ("optimizers", frame.lineno), name
        elif name.startswith("loss/"):
            assert row.line in lines_of_function(getattr(numpy_manual, frame.name)), name
        elif name.startswith("layer"):
            line = getline(frame.filename, frame.lineno).strip()
            assert row.line.text.split(" = ")[0] == line.split(" = ")[0], name
        else:
            assert row.line in lines_of_function(numpy_manual.update), name


TEXTS = (optimizers.__file__, text("tf1_session").__file__)


def lines_of_function(function):
    texts, first = getsourcelines(function)
    return [("numpy_manual", number, text.strip()) for number, text in enumerate(texts, first)]


@every_spec
def test_the_lines_of_the_gradients_are_those_that_they_come_from(spec):
    lines = {row.nodes["tf1_session"]: row.line.text for row in inspected(spec).rows}
    _, names = session_graph(spec)
    assert {lines[node].split("=")[0] for node in names.values()} == set(names)
    assert all(lines[node].startswith(f"{name}=") for name, node in names.items())
    for node, line in lines.items():
        if node.startswith("gradients/layer3/matmul/MatMul") and node not in names.values():
            assert line.startswith("d_hidden2 = ")
        if node.startswith("gradients/loss/"):
            assert line.startswith(("d_outputs = ", "return (outputs - targets)"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_rule_that_computes_something_else_has_no_lines(optimizer):
    spec = make_spec(optimizer=optimizer)
    changed = tf.compat.v1.GraphDef()
    changed.CopyFrom(inspected(spec).graph_defs()["tf1_session"])
    node = next(node for node in changed.node if node.name.startswith("update/") and node.op == "Mul")
    node.op = "Maximum"
    operations = mathematical_operations(changed)
    lines = lines_of(spec, operations)
    assert {operations[name] for name in lines if name.startswith("update/")} <= set(ASSIGNMENTS)


@every_spec
def test_the_lines_are_the_same_whichever_execution_they_are_found_in(spec):
    inspection = inspected(spec)
    for name, graph_def in inspection.graph_defs().items():
        assert lines_of(spec, mathematical_operations(graph_def)) == {
            row.nodes[name]: row.line for row in inspection.rows
        }


@every_spec
def test_the_lines_of_the_losses(spec):
    before_the_mean, mean, gradient = {
        "mean_squared_error": (SQUARES, SQUARES, "d_outputs = 2 * (outputs - targets) / outputs.size"),
        "mean_absolute_error": (ABSOLUTE, ABSOLUTE, "d_outputs = np.sign(outputs - targets) / outputs.size"),
        "binary_crossentropy": (LOGISTIC_LOSSES, MEAN, "return (outputs - targets) / outputs.size"),
        "categorical_crossentropy": (SOFTMAX_LOSSES, MEAN, "return (outputs - targets) / len(outputs)"),
    }[spec.loss]
    lines = {row.nodes["tf1_session"]: row.line.text for row in inspected(spec).rows}
    assert lines["loss/Mean"] == mean
    assert {line for node, line in lines.items() if re.match("loss/(?!Mean)", node)} == {before_the_mean}
    assert {line for node, line in lines.items() if node.startswith("gradients/loss/")} == {gradient}


SQUARES = "return np.mean(np.square(activations.outputs - targets))"
ABSOLUTE = "return np.mean(np.abs(activations.outputs - targets))"
MEAN = "return np.mean(losses)"
LOGISTIC_LOSSES = "losses = np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z)))"
SOFTMAX_LOSSES = "losses = -(targets * log_probabilities).sum(axis=1)  # (N,)"


def test_every_rule_has_its_lines():
    assert set(RULES) == set(OPTIMIZERS)


@every_spec
def test_every_line_of_the_forward_and_backward_pass_has_operations(spec):
    found = {line.text for line in operations_of_lines(inspected(spec).rows)}
    for start in (
        "z1 =",
        "hidden1 =",
        "z2 =",
        "hidden2 =",
        "logits =",
        "outputs =",
        "d_hidden2 =",
        "d_hidden1 =",
        "weights1=",
        "biases3=",
    ):
        assert any(text.startswith(start) for text in found), start


def test_a_fused_operation_has_the_kernel_that_computes_it():
    written, executed = tf.compat.v1.GraphDef(), tf.compat.v1.GraphDef()
    written.node.add(name="x", op="Placeholder")
    written.node.add(name="w", op="Placeholder")
    written.node.add(name="product", op="MatMul", input=["x", "w"])
    written.node.add(name="read", op="Identity", input=["w"])
    written.node.add(name="sum", op="BiasAdd", input=["product", "read"])
    written.node.add(name="exp", op="Exp", input=["sum"])
    written.node.add(name="neg", op="Neg", input=["exp"])
    written.node.add(name="gone", op="Tanh", input=["neg"])
    for name in ("x", "w"):
        executed.node.add(name=name, op="_Arg")
    fused = executed.node.add(name="sum", op="_FusedMatMul", input=["x", "w", "w"])
    fused.attr["fused_ops"].list.s.append(b"BiasAdd")
    fused = executed.node.add(name="neg/unary_ops_composition", op="_UnaryOpsComposition", input=["sum"])
    fused.attr["op_names"].list.s.extend([b"Exp", b"Neg"])
    assert kernels_of(written, executed) == {
        **{"x": "_Arg", "w": "_Arg", "sum": "_FusedMatMul", "product": "_FusedMatMul"},
        **{"exp": "_UnaryOpsComposition", "neg": "_UnaryOpsComposition"},
    }


def test_the_node_map_shows_fusion_and_what_was_not_run():
    rows = {row.nodes["tf1_session"]: row for row in inspected(CROSSENTROPY).rows}
    for name in ("tf1_session", "tf2_function"):
        assert "FusedMatMul" in rows["layer1/matmul"].kernels[name]
        assert rows["layer1/matmul"].kernels[name] == rows["layer1/BiasAdd"].kernels[name]
        assert name not in rows["layer3/Softmax"].kernels  # train_step needs no outputs: the loss is from the logits


def test_an_operation_that_one_execution_lacks_has_a_row_without_it():
    inspection = inspected(ONE)
    graph_defs = inspection.graph_defs()
    session = tf.compat.v1.GraphDef()
    session.CopyFrom(graph_defs["tf1_session"])
    node_called(session, "layer1/Sigmoid").op = "Tanh"
    rows = node_map(ONE, {"tf1_session": session, "tf2_eager": graph_defs["tf2_eager"]}, {})
    nodes = [row.nodes for row in rows]
    assert {"tf1_session": "layer1/Sigmoid"} in nodes
    assert {"tf2_eager": "layer1/Sigmoid"} in nodes


def test_counts_add_up():
    inspection = inspected(ONE)
    graph_defs = inspection.graph_defs()
    counts = surplus(graph_defs)
    for name, graph_def in graph_defs.items():
        assert (
            sum(count[name] for count in counts.values()) == len(graph_def.node) == sum(count_kinds(graph_def).values())
        )
    with load("tf1_session").Network(ONE, make_parameters(ONE)) as network:
        whole = len(network.graph.get_operations())
    assert len(graph_defs["tf1_session"].node) + sum(inspection.left_out.values()) == whole


def test_values_tell_all_variables_apart():
    state = distinct_state(make_spec((4, 4, 4, 4), optimizer="adam"), seed=0)
    arrays = [array.tobytes() for array in arrays_of((state.parameters, state.slots))]
    assert len(set(arrays)) == len(arrays) == 18
    assert all(array.all() for array in arrays_of((state.parameters, state.slots)))


def test_no_two_nodes_get_one_name():
    graph_def = tf.compat.v1.GraphDef()
    for name in ("gradients/a_grad/b", "gradients/a/b"):
        graph_def.node.add(name=name, op="NoOp")
    with pytest.raises(ValueError, match="two nodes are called gradients/a/b"):
        rename(graph_def, written_name)


def test_the_rules_of_renaming():
    assert written_name("gradients/layer1/matmul_grad/MatMul_1") == "gradients/layer1/matmul/MatMul_1"
    assert written_name("gradient_tape/layer1/matmul/MatMul") == "gradients/layer1/matmul/MatMul"
    assert written_name("_arg_inputs_0_0") == "inputs"
    assert written_name("_retval_loss/Mean_0_0") == "loss/Retval"
    assert written_name("NoOp") == "update/train_op"
    assert written_name("ones") == "gradients/ones"
    assert written_name("a/resource", {"a/resource": "weights1"}) == "weights1"
    assert written_name("layer1/matmul") == "layer1/matmul"


def test_without_a_node_its_users_count_as_other_mathematics():
    right = inspected(ONE).graph_defs()["tf1_session"]
    wrong = without(right, "update/AssignSubVariableOp_3")
    assert Counter(mathematics(right).values()) - Counter(mathematics(wrong).values())
