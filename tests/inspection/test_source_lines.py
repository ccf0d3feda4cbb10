"""Every operation knows the line of our texts that made it, in every execution."""

import inspect
from pathlib import Path

import pytest
import tensorflow as tf
from inspected import SOME, inspected

from graphs import optimizers
from graphs.implementations import text
from graphs.inspection.autograph_lines import lines_of_rule
from graphs.inspection.data_flow import mathematics
from graphs.inspection.node_map import runs_in
from graphs.inspection.source_lines import LINE, RULE, SourceLine, lines_of, rules_of, write_lines

pytestmark = pytest.mark.xdist_group("inspections")


@pytest.fixture(params=SOME)
def seen(request):
    return inspected(SOME[request.param])


def nodes_of(inspection):
    """{execution: {name: node}}"""
    found = {name: {node.name: node for node in graph.node} for name, graph in inspection.graph_defs().items()}
    return found | {
        name: {node.name: node for node in each.graph_def.node} for name, each in inspection.compiled.items()
    }


def line_in(name, node):
    """The one line of an implementation that made a node, as text."""
    (line,) = lines_of(node)
    path = Path(text(name).__file__)
    assert path.name == line.file
    return path.read_text(encoding="utf-8").splitlines()[line.number - 1].strip()


def test_an_operation_comes_from_the_same_line_in_every_text(seen):
    nodes = nodes_of(seen)
    for row in seen.rows:
        lines = {line_in(name, nodes[name][node]) for name, node in row.nodes.items()}
        node = row.nodes["tf2_eager"]
        if node.startswith("gradients/"):
            assert lines == {
                "gradients = tape.gradient(loss, parameters)",
                "gradients = Parameters(*tf.gradients(loss, list(parameters)))",
            }
        elif row.operation.startswith("Assign"):
            assert len({line.removeprefix("assignments.append(").split(".")[0] for line in lines}) <= 2
            assert all(".assign" in line for line in lines)
        elif not node.startswith("update/Cast"):
            assert len(lines) == 1, lines
            if node.startswith("layer"):
                assert lines.pop().split(" = ")[0] == row.line.text.split(" = ")[0]


def test_an_operation_of_a_rule_comes_from_the_same_line_of_the_rule_in_every_execution(seen):
    nodes = nodes_of(seen)
    for row in seen.rows:
        rules = {tuple(rules_of(nodes[name][node])) for name, node in row.nodes.items()}
        expected = (SourceLine("optimizers.py", row.line.number),) if row.line.file == "optimizers" else ()
        assert rules == {expected}, row


def test_xla_is_given_the_same_lines(seen):
    nodes = nodes_of(seen)
    for name, node in nodes["tf2_xla"].items():
        twin = nodes["tf2_function"][name]
        assert (lines_of(node), rules_of(node)) == (lines_of(twin), rules_of(twin))


def test_only_what_tensorflow_makes_by_itself_has_no_line(seen):
    without = {
        name: {node.op for node in found.values() if not lines_of(node)} for name, found in nodes_of(seen).items()
    }
    by_itself = {"Placeholder", "Identity", "NoOp"}  # arguments, results and the end of a function
    assert without["tf1_session"] == set()
    assert without["tf2_eager"] == {"EagerTensor", "VarHandleOp"}  # there before the step
    assert without["tf2_function"] <= by_itself
    for graph_def in seen.graph_defs().values():
        mathematical = mathematics(graph_def)
        assert all(lines_of(node) for node in graph_def.node if node.name in mathematical)


def test_an_executed_node_has_the_lines_of_all_that_it_computes(seen):
    for name, (written, executed, changes) in seen.optimized.items():
        before, after = ({node.name: node for node in each.graph_def.node} for each in (written, executed))
        assert changes.fused
        for fusion in changes.fused:
            computed = [
                node
                for node, runner in runs_in(written.graph_def, executed.graph_def).items()
                if runner == fusion.node and node in before
            ]
            assert len(computed) == len(fusion.operations)
            assert set(lines_of(after[fusion.node])) == {line for node in computed for line in lines_of(before[node])}
        fused = lines_of(after["layer1/Sigmoid"])
        assert [line_of_text(name, line).split(" = ")[0] for line in fused] == ["z1", "hidden1"]


def line_of_text(name, line):
    return inspect.getsource(text(name)).splitlines()[line.number - 1].strip()


def test_the_attributes_change_nothing_but_themselves(seen):
    for graph_def in [seen.graph_defs()["tf1_session"], seen.compiled["tf2_xla"].graph_def]:
        importable = type(graph_def)()
        importable.CopyFrom(graph_def)
        for node in importable.node:
            node.attr.pop("_output_shapes", None)  # a variable's handle has the shape of the variable
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(importable, name="")
        again = graph.as_graph_def(add_shapes=True)
        bare = type(graph_def)()
        bare.CopyFrom(graph_def)
        for node in bare.node:
            for key in (LINE, RULE):
                node.attr.pop(key, None)
        assert [node.attr[LINE].s for node in again.node] == [node.attr[LINE].s for node in graph_def.node]
        assert mathematics(bare) == mathematics(graph_def)


def test_the_innermost_line_counts():
    node = tf.compat.v1.NodeDef()
    session, eager = (text(name).__file__ for name in ("tf1_session", "tf2_eager"))
    rule = optimizers.__file__
    write_lines(node, [("elsewhere.py", 1), (rule, 5), (rule, 6), (session, 7), (rule, 8), (eager, 9)])
    assert lines_of(node) == [SourceLine("tf1_session.py", 7)]
    assert rules_of(node) == [SourceLine("optimizers.py", 5)]
    other = tf.compat.v1.NodeDef()
    write_lines(other, [("elsewhere.py", 1), (rule, 5)])
    assert not other.attr


def test_a_text_that_is_no_rule_has_no_line_of_a_rule(tmp_path):
    other = tmp_path / "__autograph_generated_file_other.py"
    other.write_text("def rule():\n    pass\n", encoding="utf-8")
    assert lines_of_rule(str(other)) == {}
    assert lines_of_rule(__file__) == {}
