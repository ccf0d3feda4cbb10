"""The explanation of what the graph optimizer does: it follows what was really executed, and names the right cause."""

import dataclasses
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console
from samples import make_batch, make_parameters, make_spec

from graphs import parity
from graphs.comparison import Plan
from graphs.data.datasets import default_spec, load_dataset
from graphs.explain import EXPLAINABLE
from graphs.explain.explanation import Effect, Explanation, explain, steps_to_explain
from graphs.implementations import load
from graphs.implementations.grappler_options import OFF, ON, function_options, session_config
from graphs.inspection.executed_graph import observe
from graphs.inspection.optimizer_changes import Changes, Fusion, changes
from graphs.inspection.optimizer_passes import PASSES, all_but, only, option_of
from graphs.network import initial_state
from graphs.parity.drift import Apart, Drift, measure_drift
from graphs.reports import explanation as report

pytestmark = pytest.mark.xdist_group("explanations")  # one process makes what they all look at

NOTHING = Changes((), (), (), {}, {}, 0)


@pytest.fixture(scope="module")
def plan():
    data = load_dataset("digits")
    return Plan(default_spec(data), data, 64, epochs=1)


@pytest.fixture(scope="module")
def explanations(plan):
    heard: list[str] = []
    found = explain(plan, heard.append)
    assert len(heard) == steps_to_explain(plan)
    return found


@pytest.fixture(params=EXPLAINABLE)
def explanation(request, explanations):
    return explanations[request.param]


def text_of(explanation):
    return "\n".join(line for line in report.lines(explanation) if isinstance(line, str))


def test_remapping_fuses_the_three_layers(explanation):
    fused = [fusion for fusion in explanation.alone["remapping"].changes.fused if "MatMul" in fusion.operations]
    assert [fusion.node.split("/")[0] for fusion in fused] == ["layer1", "layer2", "layer3"]
    assert all(fusion.operations[:2] == ("MatMul", "BiasAdd") for fusion in fused)
    assert not any("FusedMatMul" in f.kernel for f in explanation.without["remapping"].changes.fused)


def test_the_cause_that_is_named_is_the_cause(explanation):
    # Which kernels there are depends on the machine; whether they change the numbers, too.
    assert set(explanation.causes()) <= {"remapping"}
    assert explanation.whole_difference() == ("remapping" if explanation.together.differing else None)
    if explanation.together.differing:
        assert "remapping explains the whole difference" in text_of(explanation)
        assert "remapping=False switches it off" in text_of(explanation)
        assert explanation.drift.first is not None
    elif explanation.drift.first is None:
        assert "Every result is the same in every bit" in text_of(explanation)
    else:
        assert "The first step is the same in every bit" in text_of(explanation)
    for effects in (explanation.alone, explanation.without):
        assert list(effects) == list(PASSES)
        assert all((effect.error == 0) == (not effect.differing) for effect in effects.values())


def test_session_and_function_end_at_the_same_number_of_nodes(explanations):
    assert len({explanation.together.nodes for explanation in explanations.values()}) == 1


def effect(nodes, differing=(), error=0.0, fingerprint="off", changed=NOTHING):
    return Effect(nodes, changed, differing, error, fingerprint)


def by_hand(**fields):
    """An Explanation of a graph of 100 nodes, in which remapping is the whole difference."""
    numbers = (("hidden1", "loss"), 3e-7, "on")
    fused = NOTHING._replace(fused=(Fusion("layer1/Relu", ("MatMul", "Relu"), "_Kernel"),))
    explanation = Explanation(
        "tf1_session",
        nodes=100,
        kernels={},
        off=(parity.TensorParity("loss", False, 1.1e-9, 1e-6),),
        on=(parity.TensorParity("loss", False, 2.2e-9, 1e-6),),
        together=effect(90, *numbers, fused),
        alone={name: effect(95, *numbers, fused) if name == "remapping" else effect(100) for name in PASSES},
        without={name: effect(98) if name == "remapping" else effect(90, *numbers, fused) for name in PASSES},
        layers=(),
        drift=Drift(Apart(3, 1e-8, "biases2"), (Apart(3, 1e-8, "biases2"),)),
    )
    return explanation._replace(**fields)


def test_a_report_of_an_explanation_made_by_hand():
    console = Console(width=120, file=io.StringIO())
    with console.capture() as capture:
        console.print(report.table(by_hand()))
    rows = [line.split()[:4] for line in capture.get().splitlines() if line.strip()]
    assert ["remapping", "-5", "3.0e-07", "same"] in rows
    assert ["all", "together", "-10", "3.0e-07"] in rows
    text = text_of(by_hand())
    assert "100 nodes are executed with the optimizer off, 90 with it on" in text
    assert "Error against NumPy: 1.1e-09 with the optimizer off, 2.2e-09 with it on" in text
    assert "remapping explains the whole difference, which begins in hidden1" in text
    assert "fused MatMul + Relu into _Kernel: layer1/Relu" in text
    assert "first differ at step 3, most in biases2" in text


def test_a_pass_is_the_whole_difference_only_if_alone_it_makes_every_bit_of_it():
    explanation = by_hand()
    other_bits = {**explanation.alone, "remapping": explanation.alone["remapping"]._replace(fingerprint="other")}
    assert explanation.whole_difference() == "remapping"
    assert explanation._replace(alone=other_bits).whole_difference() is None
    assert "No single pass explains the difference, which begins in hidden1" in report.cause(by_hand(alone=other_bits))
    still_differs = {**explanation.without, "remapping": explanation.without["constant_folding"]}
    assert explanation._replace(without=still_differs).whole_difference() is None
    assert explanation.causes() == ["remapping"]


def test_of_two_passes_that_each_make_the_difference_none_is_blamed():
    explanation = by_hand()
    alone = {**explanation.alone, "constant_folding": explanation.alone["remapping"]}
    without = {**explanation.without, "constant_folding": explanation.without["remapping"]}
    twins = by_hand(alone=alone, without=without)
    assert twins.whole_difference() is None
    assert "Passes that make one alone: " in report.cause(twins)
    assert sorted(twins.causes()) == ["constant_folding", "remapping"]


def test_a_difference_that_only_the_step_or_only_later_steps_have_is_said_to_be_so():
    only_step = by_hand(together=effect(90, ("weights1 after a step",), 0.0, "on"))
    assert "Only the step differs" in text_of(only_step)
    later = by_hand(together=effect(90), alone=dict.fromkeys(PASSES, effect(100)))
    assert "The first step is the same in every bit" in text_of(later)
    diverged = by_hand(drift=Drift(None, (Apart(1, 0.0, "weights1"),), 2))
    assert "Training diverges in step 2" in text_of(diverged)
    assert "after 1 step every parameter is the same" in text_of(diverged)


def test_options_are_named_as_they_can_be_written():
    assert option_of("remapping") == "remapping=False"
    assert option_of("model_pruning") == "disable_model_pruning=True"


def test_constant_folding_alone_folds_constants_of_a_function(explanations):
    changed = explanations["tf2_function"].alone["constant_folding"].changes
    assert "gradient_tape/loss/mod" in changed.folded


def test_each_layer_by_itself(explanations):
    session = explanations["tf1_session"]
    assert [one.name for one in session.layers] == ["hidden1", "hidden2", "logits", "outputs"]
    if session.together.differing:
        assert not session.layers[0].bit_identical
        assert session.layers[2].bit_identical  # a fused sum and product alone rounds as the two of them do


@pytest.mark.parametrize("name", EXPLAINABLE)
def test_what_explains_computes_what_the_implementation_does(name):
    spec = make_spec(optimizer="adam")
    parameters, batch = make_parameters(spec), make_batch(spec)
    for options, optimize_graph in ((OFF, False), (ON, True)):
        with (
            observe(name, spec, initial_state(spec, parameters)) as explained,
            load(name).Network(spec, parameters, optimize_graph=optimize_graph) as network,
        ):
            explained.use(options, initial_state(spec, parameters))
            explained.executed_graph(batch)
            network.train_step(batch)
            for ours, theirs in zip(explained.state().parameters, network.parameters(), strict=True):
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", EXPLAINABLE)
def test_the_executed_graph_of_options_that_switch_everything_off_is_as_written(name):
    spec = make_spec()
    parameters, batch = make_parameters(spec), make_batch(spec)
    with observe(name, spec, initial_state(spec, parameters)) as network:
        graphs = []
        for options in (OFF, {**only("remapping"), "remapping": False}, ON):
            network.use(options, initial_state(spec, parameters))
            graphs.append(network.executed_graph(batch))
    assert not changes(graphs[0], graphs[1]).any()
    assert changes(graphs[0], graphs[2]).any()


def test_function_options_are_put_back():
    before = tf.config.optimizer.get_experimental_options()
    with function_options(only("remapping")):
        assert tf.config.optimizer.get_experimental_options()["constant_folding"] is False
    assert tf.config.optimizer.get_experimental_options() == before
    with pytest.raises(ZeroDivisionError), function_options(all_but("remapping")):
        _ = 1 / 0
    assert tf.config.optimizer.get_experimental_options() == before


def test_session_config_says_the_same_as_function_options():
    for options in (only("model_pruning"), all_but("model_pruning"), only("remapping"), OFF):
        rewrite = session_config(options).graph_options.rewrite_options
        with function_options(options):
            told = tf.config.optimizer.get_experimental_options()
        for option in options:
            value = getattr(rewrite, option)
            assert told[option] == (value if isinstance(value, bool) else value == rewrite.ON)
    assert only("model_pruning")["disable_model_pruning"] is False
    assert only("remapping")["disable_model_pruning"] is True


def graph_def(**nodes):
    """A GraphDef of nodes given as name=(operation, input, ...)."""
    found = tf.compat.v1.GraphDef()
    for name, (operation, *inputs) in nodes.items():
        found.node.add(name=name, op=operation, input=inputs)
    return found


def test_changes_of_a_graph_small_enough_to_read():
    before = graph_def(x=("Arg",), a=("Neg", "x"), b=("Exp", "a"), c=("Shape", "x"), d=("Add", "b", "c"), e=("NoOp",))
    after = graph_def(
        x=("Arg",), b=("_Fused", "x"), c=("Const",), d=("Add", "c", "b"), f=("Cast", "x"), e=("Identity",)
    )
    after.node[1].attr["fused_ops"].list.s.extend([b"Neg", b"Exp"])
    found = changes(before, after)
    assert found.fused == (("b", ("", "Neg", "Exp"), "_Fused"),)
    assert found.folded == ("c",)
    assert found.rewritten == (("e", "NoOp", "Identity"),)
    assert found.removed == {"Neg": 1}
    assert found.added == {"Cast": 1}
    assert found.rewired == 1
    assert not changes(before, before).any()


def test_without_one_dnn_it_finds_other_kernels(tmp_path):
    arguments = "compare --explain --data diabetes --epochs 1 --implementations tf1_session,tf2_eager --json x.json"
    finished = subprocess.run(
        [sys.executable, "-c", "from graphs.commands import main; main()", *arguments.split()],
        cwd=tmp_path,
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TF_ENABLE_ONEDNN_OPTS (0)" in finished.stdout
    assert "into _FusedMatMul: layer1/" in finished.stdout
    found = json.loads((tmp_path / "x.json").read_text())["explanations"]["tf1_session"]
    assert {fusion["kernel"] for fusion in found["alone"]["remapping"]["changes"]["fused"]} == {"_FusedMatMul"}
    assert found["kernels"] == {}
    # What is said of the numbers is what they are.
    same = found["together"]["differing"] == []
    assert ("Every result is the same in every bit" in finished.stdout) == same
    # Where nothing is to be seen, it says what would show it: in the verdict and in the explanation.
    assert finished.stdout.count("TF_ENABLE_ONEDNN_OPTS=1") == 2 * same


def test_drift_says_when_where_and_how_far():
    spec = make_spec(dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec)
    with load("numpy_manual").Network(spec, parameters) as a, load("numpy_manual").Network(spec, parameters) as b:
        assert measure_drift(a, b, [batch] * 12) == Drift(
            None, tuple(Apart(s, 0.0, "weights1") for s in (1, 2, 5, 10, 12))
        )
        state = b.state()
        state.parameters.biases3[1] = np.nextafter(state.parameters.biases3[1], 1)
        b.restore(state)
        drift = measure_drift(a, b, [batch] * 3)
    assert drift.first is not None
    assert drift.first.step == 1
    assert [apart.step for apart in drift.growth] == [1, 2, 3]
    assert 0 < drift.growth[0].error < 1e-14


def test_drift_ends_where_there_is_no_distance():
    spec = make_spec(learning_rate=1e30, hidden_activation="identity")
    parameters, batch = make_parameters(spec), make_batch(spec)
    still = dataclasses.replace(spec, learning_rate=1e-30)  # never diverges
    with (
        np.errstate(all="ignore"),
        load("numpy_manual").Network(spec, parameters) as a,
        load("tf2_eager").Network(spec, parameters) as b,
        load("numpy_manual").Network(still, parameters) as c,
    ):
        start = a.state()
        drifts = [measure_drift(a, b, [batch] * 50)]
        for pair in ((a, c), (c, a)):
            a.restore(start)
            drifts.append(measure_drift(*pair, [batch] * 50))
    for drift in drifts:
        assert 1 <= drift.growth[-1].step < 50
        assert drift.diverged_in == drift.growth[-1].step + 1
