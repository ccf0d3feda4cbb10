"""The comparison finds what is wrong: a broken implementation, differing bits, a network that diverges."""

import dataclasses
import io
import json

import numpy as np
import pytest
from rich.console import Console

from graphs import parity
from graphs.comparison import Plan, compare
from graphs.comparison.events import EpochEnded, Finished, RoundTimed, Started
from graphs.comparison.result import DifferentBits
from graphs.comparison.run import TIMING_ROUNDS
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.comparison_log import ComparisonLog
from graphs.event_log.folders import make_folder
from graphs.implementations import NAMES, load, text
from graphs.parity.magnitudes import magnitudes
from graphs.parity.tolerances import allowed_errors
from graphs.reports import comparison as report


def make_plan(implementations=("numpy_manual", "tf1_session", "tf2_eager"), epochs=2, **fields):
    data = load_dataset("diabetes")
    plan_fields = {name: fields.pop(name) for name in ("optimize_graph", "seed") if name in fields}
    return Plan(default_spec(data, **fields), data, 64, epochs, implementations=implementations, **plan_fields)


def break_implementation(monkeypatch, name, method, change):
    """Let a method of a Network return something else than it should."""
    network_class = load(name).Network
    right = getattr(network_class, method)
    monkeypatch.setattr(network_class, method, lambda self, *arguments: change(right(self, *arguments)))


def test_parity_holds():
    heard: list = []
    plan = make_plan(NAMES, optimize_graph=False)
    result = compare(plan, [heard.append])
    assert result.holds
    assert result.failures() == []
    assert [outcome.name for outcome in result.outcomes] == list(NAMES)
    assert all(parity.holds(outcome.before + outcome.after) for outcome in result.outcomes)
    assert not any(outcome.differing_bits for outcome in result.outcomes)
    expected = [Started, *[EpochEnded] * 2 * len(NAMES), *[RoundTimed] * TIMING_ROUNDS, Finished]
    assert [type(event) for event in heard] == expected
    assert [(event.name, event.epoch.number) for event in heard if isinstance(event, EpochEnded)] == [
        (name, number) for name in NAMES for number in (1, 2)
    ]
    assert heard[-1].comparison is result
    first, *others = report.verdict(result)
    assert first.startswith("Parity holds: 5 implementations agree")
    assert others[0] == "tf1_session, tf2_eager and tf2_function are bit-identical, trained parameters included."


def test_the_same_plan_trains_to_the_same_parameters():
    plan = make_plan(("numpy_manual", "tf2_eager"))
    first, second = compare(plan), compare(plan)
    for outcome, again in zip(first.outcomes, second.outcomes, strict=True):
        for ours, theirs in zip(outcome.training.state.parameters, again.training.state.parameters, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_each_epoch_has_an_order_of_its_own_which_everyone_trains_in():
    plan = make_plan(epochs=3)
    orders = [np.concatenate([batch.inputs for batch in batches]) for batches in plan.epochs_of_batches()]
    again = [np.concatenate([batch.inputs for batch in batches]) for batches in plan.epochs_of_batches()]
    assert all(map(np.array_equal, orders, again))
    assert not any(np.array_equal(orders[0], other) for other in orders[1:])
    assert not np.array_equal(orders[1], orders[2])


def test_what_is_wrong_only_after_training_is_found_there(monkeypatch):
    plan = make_plan()
    network_class = load("tf1_session").Network
    right = network_class.evaluate

    def evaluate(self, batch):
        result = right(self, batch)
        trained = not np.array_equal(self.parameters().weights1, plan.parameters().weights1)
        return result._replace(loss=result.loss * np.float32(1.01)) if trained else result

    monkeypatch.setattr(network_class, "evaluate", evaluate)
    assert [(one.name, one.when, one.parity.name) for one in compare(plan).failures()] == [
        ("tf1_session", "after", "loss")
    ]


def test_a_wrong_gradient_breaks_parity(monkeypatch):
    def flip(result):
        return result._replace(gradients=result.gradients._replace(biases2=-result.gradients.biases2))

    break_implementation(monkeypatch, "tf1_session", "evaluate", flip)
    result = compare(make_plan())
    assert not result.holds
    assert [(one.name, one.when, one.parity.name) for one in result.failures()] == [
        ("tf1_session", "before", "d_biases2"),
        ("tf1_session", "after", "d_biases2"),
    ]
    assert report.verdict(result)[0].startswith("Parity does not hold: tf1_session is off by ")


def test_an_error_of_twice_the_tolerance_breaks_parity(monkeypatch):
    plan = make_plan()
    with load("numpy_manual").Network(plan.spec, plan.parameters()) as network:
        activations = network.evaluate(plan.sample()).activations
    magnitude = magnitudes(plan.spec, plan.parameters(), plan.sample(), activations).loss
    shift = np.float32(2 * allowed_errors(plan.spec, plan.batch_size, plan.spec.dtype).loss * magnitude)
    break_implementation(monkeypatch, "tf2_eager", "evaluate", lambda r: r._replace(loss=r.loss + shift))
    failure = compare(plan).failures()[0]
    assert (failure.when, failure.parity.name) == ("before", "loss")


def test_a_last_bit_is_a_failure_only_without_the_graph_optimizer(monkeypatch):
    def last_bit(result):
        return result._replace(loss=np.nextafter(result.loss, np.float32(2)))

    break_implementation(monkeypatch, "tf2_eager", "evaluate", last_bit)
    assert compare(make_plan(optimize_graph=True)).failures() == []
    failures = compare(make_plan(optimize_graph=False)).failures()
    assert failures == [DifferentBits("tf2_eager", "tf1_session", "loss before training")]


def test_a_wrong_update_shows_as_drift_and_in_the_bits(monkeypatch):
    module = text("tf2_eager")
    monkeypatch.setattr(module, "RULES", {**module.RULES, "momentum": module.RULES["sgd"]})
    monkeypatch.setattr(module, "slots_by_parameter", lambda state: [()] * 6)
    result = compare(make_plan(optimize_graph=False))
    assert result.failures() == [DifferentBits("tf2_eager", "tf1_session", "the trained weights1")]
    assert report.verdict(result)[0].endswith("tf2_eager and tf1_session differ in bits of the trained weights1.")
    assert parity.worst_error(result.outcomes[2].drift) > 1e-3
    assert parity.worst_error(result.outcomes[1].drift) < 1e-5


def test_divergence_is_named():
    result = compare(make_plan(learning_rate=1e9, epochs=3))
    assert [outcome.name for outcome in result.diverged()] == ["numpy_manual", "tf1_session", "tf2_eager"]
    assert all(outcome.drift is None for outcome in result.outcomes)
    assert result.failures() == []  # before training, and with what was finite last
    sentences = report.verdict(result)
    assert sum("diverged in epoch" in sentence for sentence in sentences) == 3
    assert "diverged" in rendered(result)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("implementations", ("tf1_session",)),
        ("implementations", ()),
        ("implementations", ("tf1_session", "tf3")),
        ("epochs", 0),
        ("epochs", 1.5),
        ("epochs", True),
        ("seed", -1),
        ("optimize_graph", "no"),
        ("batch_size", 0),
        ("batch_size", 10_000),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(field, value):
    with pytest.raises(ValueError, match=rf"{field}: got .*; allowed: "):
        dataclasses.replace(make_plan(), **{field: value})


def test_interruption_leaves_readable_logs(tmp_path):
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    def interrupt(event):
        if isinstance(event, EpochEnded) and event.name == "tf1_session":
            raise KeyboardInterrupt

    folder, plan = make_folder(tmp_path), make_plan()
    with pytest.raises(KeyboardInterrupt), ComparisonLog(folder, plan.implementations) as log:
        compare(plan, [log, interrupt])
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
    runs = multiplexer.Runs()
    assert runs["01_tf1_session"]["graph"]
    assert [event.step for event in multiplexer.Tensors("01_tf1_session", "train/loss")] == [6]
    assert [event.step for event in multiplexer.Tensors("03_numpy_manual", "train/loss")] == [6, 12]


def rendered(result):
    console = Console(width=120, file=io.StringIO())
    with console.capture() as capture:
        console.print(report.table(result))
    return capture.get()


def test_json_holds_what_was_found_out():
    result = compare(make_plan())
    found = json.loads(report.to_json(result, "cpu", "logs/here"))
    assert found["parity"] is True
    assert found["plan"]["spec"]["layer_sizes"] == [10, 16, 8, 1]
    row = found["implementations"][1]
    assert row["before"]["d_weights1"] == {
        "bit_identical": result.outcomes[1].before[5].bit_identical,
        "error": result.outcomes[1].before[5].error,
        "allowed": result.outcomes[1].before[5].allowed,
    }
    assert len(row["block_step_times_us"]) == TIMING_ROUNDS
    assert found["environment"]["blas"]


def test_json_is_json_even_where_numbers_are_not_finite():
    result = compare(make_plan(learning_rate=1e9))

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    found = json.loads(report.to_json(result, "cpu", "logs/here"), parse_constant=refuse)
    assert found["implementations"][2]["diverged_in_epoch"] >= 1
