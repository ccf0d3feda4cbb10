"""A loop with its condition and its body in one graph."""

from collections import Counter
from functools import cache

import pytest
from inspected import every_spec
from samples import make_batch, make_parameters, make_spec

from graphs.implementations import load
from graphs.implementations.table import names_of
from graphs.inspection.data_flow import mathematics
from graphs.inspection.graph_def import loop_graph_def, step_graph_def
from graphs.inspection.node_names import node_of
from graphs.inspection.twins import twins
from graphs.inspection.unfolded_loop import BODY, CONDITION, LOOP, in_a_step, unfold

pytestmark = pytest.mark.xdist_group("inspections")
LOOPS = names_of(lambda each: each.loop_graph)
ADAM = make_spec(optimizer="adam", output_activation="softmax", loss="categorical_crossentropy")


@cache
def graph_defs(name, spec):
    """(the GraphDef of a step, that of the loop, that of the loop unfolded)"""
    with load(name).Network(spec, make_parameters(spec)) as network:
        network.train_steps(make_batch(spec, 3), 2)
        loop = loop_graph_def(network.loop_graph)
        return step_graph_def(network.graph), loop, unfold(loop)


@every_spec
@pytest.mark.parametrize("name", LOOPS)
def test_a_turn_is_a_step(name, spec):
    step, _, unfolded = graph_defs(name, spec)
    nodes = {node.name: node for node in unfolded.node}
    assert len(nodes) == len(unfolded.node)
    for node in nodes.values():
        assert {node_of(tensor) for tensor in node.input} <= set(nodes), node.name
    in_the_body = Counter(signature for node, signature in mathematics(unfolded).items() if in_a_step(node))
    of_a_step = mathematics(step)
    assert in_the_body <= Counter(of_a_step.values())
    # Nobody fetches outputs from a loop, and a cross-entropy is computed from the logits.
    unfetched = {"softmax": ["layer3/Softmax"], "sigmoid": ["layer3/Sigmoid"]} if "crossentropy" in spec.loss else {}
    missing = [node for node, signature in of_a_step.items() if signature not in in_the_body]
    assert missing == unfetched.get(spec.output_activation, [])
    # As in a step, the parts of the network and of the update are in boxes.
    boxes = {in_a_step(node).split("/")[0] for node in nodes if in_a_step(node)}
    assert {"layer1", "layer2", "layer3", "loss", "gradients", "update"} <= boxes


@pytest.mark.parametrize("name", LOOPS)
def test_nothing_is_lost(name):
    _, loop, unfolded = graph_defs(name, ADAM)
    inside = {function.signature.name: len(function.node_def) for function in loop.library.function}
    assert len(unfolded.node) == len(loop.node) + sum(inside.values())
    (while_loop,) = [node for node in unfolded.node if node.op == "While"]
    read = {node_of(tensor) for tensor in while_loop.input}
    variables = {"weights1", "biases3", "first_moment/weights1", "step"}
    assert {"inputs", "targets", "n"} | variables <= read
    # The loop reads what the condition says, and the loss that a turn returns.
    assert [node for node in read if node.startswith(f"{CONDITION}/")]
    assert {f"{BODY}/loss/Mean", f"{BODY}/Identity_2", f"{BODY}/Identity_3"} & read
    assert while_loop.name == f"{LOOP}/While"


def test_the_loops_of_session_and_function_differ_as_their_steps_do():
    session, function = (graph_defs(name, ADAM)[2] for name in ("tf1_session", "tf2_function"))
    found = twins(session, function)
    only = [node.name for node in session.node if node.name not in found]
    results = [node for node in only if node.startswith(f"{LOOP}/results/")]
    assert len(results) == 26  # a session names every result of the loop: i, the loss, n, the batch, each variable, ...
    assert sorted(set(only) - set(results)) == [
        *(f"{BODY}/gradients/{name}" for name in ("Shape", "Shape_1", "grad_ys_0", "grad_ys_0/Const")),
        f"{BODY}/gradients/layer1/matmul/MatMul",
        *(f"{BODY}/gradients/{name}" for name in ("zeros", "zeros/Const")),
        f"{BODY}/update/train_op",
    ]
    # A function passes what a turn returns through nodes that wait for the turn.
    only_function = sorted(node.name for node in function.node if node.name not in found.values())
    waiting = [f"{BODY}/Identity{suffix}" for suffix in ("", "_1", "_2", "_3")]
    assert only_function == [
        *("Identity", "NoOp"),
        *waiting,
        f"{BODY}/NoOp",
        f"{BODY}/gradients/ones",
        f"{CONDITION}/Identity",
    ]
