"""Which node of one graph is which of another."""

from collections import Counter
from itertools import permutations

import pytest
import tensorflow as tf
from inspected import SPECS, every_spec, inspected
from samples import HEADS, make_parameters

from graphs.implementations import load
from graphs.inspection.data_flow import KINDS, kinds
from graphs.inspection.loop_graph import drawn_loop
from graphs.inspection.twins import NAMED, twins

pytestmark = pytest.mark.xdist_group("inspections")
CROSSENTROPY = SPECS[HEADS.index(("softmax", "categorical_crossentropy"))]


@every_spec
def test_twins_are_the_same_operation_once_each(spec):
    inspection = inspected(spec)
    graph_defs = inspection.graph_defs()
    found_in = {pair: twins(*(graph_defs[name] for name in pair)) for pair in permutations(graph_defs, 2)}
    kinds_of = {name: kinds(graph_def) for name, graph_def in graph_defs.items()}
    for (left, right), found in found_in.items():
        assert len(set(found.values())) == len(found)
        assert {other: node for node, other in found.items()} == found_in[right, left]
        # All mathematics has a twin, the one of the node map.
        for row in inspection.rows:
            assert found[row.nodes[left]] == row.nodes[right]
        operations = [{node.name: node.op for node in graph_defs[name].node} for name in (left, right)]
        left_kinds, right_kinds = kinds_of[left], kinds_of[right]
        for node, other in found.items():
            assert left_kinds[node] == right_kinds[other]
            assert left_kinds[node] in NAMED or operations[0][node] == operations[1][other]
        # No two that remain do the same with the same.
        one, another = ({node.name: node for node in graph_defs[name].node} for name in (left, right))
        alone = {
            (one[node].op, tuple(found.get(tensor, "?") for tensor in one[node].input))
            for node in one
            if node not in found
        }
        for node in another.values():
            assert node.name in found.values() or not node.input or (node.op, tuple(node.input)) not in alone, node.name
        # What remains is the difference of the counts, and no more of it than there has to be.
        only = Counter(left_kinds[node] for node in left_kinds if node not in found)
        only.subtract(right_kinds[node] for node in right_kinds if node not in found.values())
        counts, other_counts = Counter(left_kinds.values()), Counter(right_kinds.values())
        assert {kind: only[kind] for kind in KINDS} == {kind: counts[kind] - other_counts[kind] for kind in KINDS}


def test_what_a_session_has_and_a_function_has_not():
    graph_defs = inspected(CROSSENTROPY).graph_defs()
    session, function = graph_defs["tf1_session"], graph_defs["tf2_function"]
    found = twins(session, function)
    assert [node.name for node in session.node if node.name not in found] == [
        # The gradient of the loss with respect to itself, 1, which a function writes as one constant,
        *("gradients/Shape", "gradients/grad_ys_0/Const", "gradients/grad_ys_0"),
        "gradients/zeros_like",  # the gradient of an output of the loss that nobody uses,
        "gradients/layer1/matmul/MatMul",  # the gradient of the inputs,
        "update/ReadVariableOp",  # and the step that assign_add returns.
    ]
    assert [node.name for node in function.node if node.name not in found.values()] == [
        "gradients/ones",
        "loss/Identity",  # returns the loss
    ]
    # Equal names are not the same node: tf.gradients derives the inputs first.
    assert found["gradients/layer1/matmul/MatMul_1"] == "gradients/layer1/matmul/MatMul"


def graph_of(build):
    with tf.Graph().as_default() as graph:
        build()
    return graph.as_graph_def()


def test_a_constant_is_known_by_its_use():
    def product_first():
        x = tf.compat.v1.placeholder("float32", (), "x")
        tf.add(tf.multiply(x, tf.constant(2.0, name="a"), "layer1/product"), tf.constant(2.0, name="b"), "layer1/sum")

    def names_swapped():
        x = tf.compat.v1.placeholder("float32", (), "x")
        tf.add(tf.multiply(x, tf.constant(2.0, name="b"), "layer1/product"), tf.constant(2.0, name="a"), "layer1/sum")

    found = twins(graph_of(product_first), graph_of(names_swapped))
    assert (found["a"], found["b"], found["x"]) == ("b", "a", "x")


def test_another_value_is_another_operation():
    def times(factor):
        x = tf.compat.v1.placeholder("float32", (), "x")
        return tf.multiply(x, tf.constant(factor, name="factor"), "layer1/product")

    assert "layer1/product" in twins(graph_of(lambda: times(2.0)), graph_of(lambda: times(2.0)))
    assert "layer1/product" not in twins(graph_of(lambda: times(2.0)), graph_of(lambda: times(3.0)))


def test_loops_differ_as_their_steps_do():
    found = {}
    for name in ("tf1_session", "tf2_function"):
        with load(name).Network(CROSSENTROPY, make_parameters(CROSSENTROPY)) as network:
            found[name] = drawn_loop(network.loop_graph)
    session, function = found.values()
    pairs = twins(session, function)
    values = [
        {node.name: node.attr["value"].tensor for node in each.node if node.op == "Const"}
        for each in (session, function)
    ]
    for constant, value in values[0].items():
        assert constant not in pairs or value == values[1][pairs[constant]], constant
    assert sorted(node.name for node in session.node if node.name not in pairs) == [
        *(f"body/gradients/{name}" for name in ("Shape", "Shape_1", "grad_ys_0", "grad_ys_0/Const")),
        "body/gradients/layer1/matmul/MatMul",
        *("body/gradients/zeros", "body/gradients/zeros/Const"),
        *(f"train_steps/Identity{suffix}" for suffix in ("", "_2", "_3")),  # results of the loop
    ]
    # A function passes what a turn returns through nodes that wait for the turn.
    assert sorted(node.name for node in function.node if node.name not in pairs.values()) == [
        *(f"body/Identity{suffix}" for suffix in ("", "_2", "_3")),
        "body/gradients/ones",
        "cond/Identity",
        *("train_steps/Identity", "train_steps/NoOp"),
    ]
