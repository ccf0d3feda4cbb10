"""What a process does that measures."""

import dataclasses
import functools
import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest
from fake_timings import LARGE, SMALL

from graphs import parity
from graphs.implementations import NAMES, load, numpy_manual, text
from graphs.implementations.checked_network import Network
from graphs.network import Parameters
from graphs.system.memory import MEASURED
from graphs.timing import processes, worker
from graphs.timing.events import Built, Round, Split, Started, Turns
from graphs.timing.first_step_check import WrongResultError, disagreement, first_step
from graphs.timing.plan import SIZES, Series, TimingPlan

QUICK = TimingPlan([SMALL], processes=1, rounds=5)


def measured(plan, number=0):
    events: list = []
    turns = [Turns(cell, tuple(plan.series()), first_step_of(plan, cell)) for cell in plan.cells]
    worker.measure(plan, number, turns, events.append)
    return events


def first_step_of(plan, cell):
    return first_step(plan.spec(cell), plan.parameters(cell), plan.batch(cell))


def test_a_process_tells_what_it_measures():
    events = measured(dataclasses.replace(QUICK, steps_per_call=[1, 3], anatomy=True))
    started, *rest = events
    assert isinstance(started, Started)
    assert started.limit_gflops > 0
    assert started.environment["affinity"]
    assert started.environment["machine_metadata"]["cpu_count"]
    series = dataclasses.replace(QUICK, steps_per_call=[1, 3]).series()
    built = [event for event in rest if isinstance(event, Built)]
    assert {event.series for event in built} == set(series)
    if MEASURED:
        peaks = {event.series.implementation: event.peak_mb or 0.0 for event in built}
        assert all(peak >= 0 for peak in peaks.values())
        # Of a compiled network something must be left.
        assert peaks["tf2_xla"] > 0
    assert all(event.first_step_ms > 0 and event.build_ms > 0 for event in built)
    traced = {event.series.implementation for event in built if event.trace_ms > 0}
    assert traced == {"tf2_function", "tf2_xla"}
    found = [event for event in rest if isinstance(event, Round)]
    assert len(found) == 5
    assert all(set(event.blocks) == set(series) for event in found)
    assert all(block.wall_us > 0 and block.cpu_us > 0 for event in found for block in event.blocks.values())
    splits = [event for event in rest if isinstance(event, Split)]
    assert [event.implementation for event in splits] == list(NAMES)
    for event in splits:
        assert min(event.anatomy) >= 0
        assert event.anatomy.python_us > 0
        assert event.anatomy.dispatch_us > 0
    assert all(event.anatomy.kernels_us > 0 for event in splits if event.implementation != "numpy_manual")


@pytest.mark.parametrize("optimizer", ["momentum", "adagrad", "rmsprop", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_check_lets_every_rule_and_dtype_pass(optimizer, dtype):
    plan = TimingPlan(optimizer=optimizer, dtype=dtype, cells=[LARGE])
    spec, batch, parameters = plan.spec(LARGE), plan.batch(LARGE), plan.parameters(LARGE)
    expected = first_step(spec, parameters, batch)
    for name in NAMES:
        with load(name).Network(spec, parameters) as network:
            loss = network.train_step(batch)
            assert disagreement(spec, expected, loss, network.state()) is None


def test_the_check_finds_a_wrong_loss_parameter_or_count():
    plan = TimingPlan(cells=[LARGE])
    spec, batch, parameters = plan.spec(LARGE), plan.batch(LARGE), plan.parameters(LARGE)
    expected = first_step(spec, parameters, batch)
    with load("numpy_manual").Network(spec, parameters) as network:
        loss, state = network.train_step(batch), network.state()
    assert "its loss is off by" in disagreement(spec, expected, loss * np.float32(1.01), state)
    assert "its loss is off by" in disagreement(spec, expected, np.float32(np.nan), state)
    wrong = state.parameters._replace(biases2=expected.state.parameters.biases2)
    assert "biases2 is off by" in disagreement(spec, expected, loss, state._replace(parameters=wrong))
    assert disagreement(spec, expected, loss, state._replace(step=2)) == "it counted 2 steps, not 1"


@pytest.mark.xdist_group("every size")  # the first step of the largest takes seconds, once
@pytest.mark.parametrize("cell", SIZES, ids=str)
@pytest.mark.parametrize("factor", [0, -1], ids=["not updated", "sign flipped"])
@pytest.mark.parametrize("name", Parameters._fields)
def test_the_check_finds_a_wrong_gradient_at_every_size(name, factor, cell):
    expected = first_step_at(cell)
    spec = TimingPlan(cells=[cell]).spec(cell)
    wrong = expected.gradients._replace(**{name: factor * getattr(expected.gradients, name)})
    new = numpy_manual.make_variables(spec, expected.state)
    numpy_manual.update(spec, new, parity.cast(wrong, spec.dtype))
    assert f"{name} is off by" in disagreement(spec, expected, np.float32(expected.loss), new)


@functools.cache
def first_step_at(cell):
    return first_step_of(TimingPlan(cells=[cell]), cell)


def test_nothing_is_timed_that_computes_something_wrong(monkeypatch):
    module = text("tf2_eager")
    monkeypatch.setattr(module, "RULES", {"sgd": lambda *_: lambda gradient, slots: (gradient * 0.2, ())})
    *others, failed = measured(QUICK)
    assert isinstance(failed.error, WrongResultError)
    assert "tf2_eager on 4-8-8-1, 8: " in str(failed.error)
    assert not [event for event in others if isinstance(event, Round)]


def test_a_step_that_is_left_out_is_noticed(monkeypatch):
    network_class = load("numpy_manual").Network
    right = network_class.train_step
    calls = itertools.count()
    monkeypatch.setattr(
        network_class, "train_step", lambda self, batch: right(self, batch) if next(calls) % 50 != 49 else None
    )
    failed = measured(dataclasses.replace(QUICK, implementations=["numpy_manual"]))[-1]
    assert "steps instead of" in str(failed.error)


def test_a_new_trace_while_timing_is_noticed(monkeypatch):
    counts = itertools.count()
    monkeypatch.setattr(Network, "trace_count", property(lambda network: next(counts)))
    failed = measured(dataclasses.replace(QUICK, implementations=["tf2_function"]))[-1]
    assert "traced again while it was timed" in str(failed.error)


class Sleeper:
    """Stands in for a network: a step takes a millisecond, however many there are in a call."""

    trace_count = 0

    def __init__(self, spec, parameters):
        self.network = load("numpy_manual").Network(spec, parameters)
        self.state, self.close = self.network.state, self.network.close

    def train_step(self, batch):
        time.sleep(0.001)
        return self.network.train_step(batch)

    def train_steps(self, batch, n):
        return [self.train_step(batch) for _ in range(n)][-1]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def test_times_are_of_one_step_however_many_a_call_takes(monkeypatch):
    monkeypatch.setattr(worker, "load", lambda name: SimpleNamespace(Network=Sleeper))
    events = measured(dataclasses.replace(QUICK, implementations=["numpy_manual"], steps_per_call=[1, 5]))
    rounds = [event for event in events if isinstance(event, Round)]
    # The fastest round, since other programs only slow one down.
    one, five = (min(each.blocks[Series("numpy_manual", steps)].wall_us for each in rounds) for steps in (1, 5))
    assert five == pytest.approx(one, rel=0.5)
    assert all(each.blocks[Series("numpy_manual", 5)].cpu_us < 1000 for each in rounds)  # sleeping takes none
    assert all(1000 <= us < 5000 for us in (one, five))
    assert set(rounds[0].calls.values()) == {1}


def test_calls_that_count_as_one_are_timed_as_one(monkeypatch):
    monkeypatch.setattr(worker, "load", lambda name: SimpleNamespace(Network=Sleeper))
    events = measured(dataclasses.replace(QUICK, implementations=["numpy_manual"], repeats=[2, 6]))
    rounds = [event for event in events if isinstance(event, Round)]
    two, six = (min(each.blocks[Series("numpy_manual", repeats=n)].wall_us for each in rounds) for n in (2, 6))
    assert 2 < six / two < 4.5


def test_the_first_process_alone_measures_the_limit():
    later = dataclasses.replace(QUICK, implementations=["numpy_manual"])
    assert measured(later, number=1)[0].limit_gflops == 0


def test_networks_are_built_in_another_order_in_each_process():
    plan = dataclasses.replace(QUICK, implementations=["numpy_manual", "tf2_eager"], steps_per_call=[1, 2])
    orders = {
        tuple(event.series for event in measured(plan, number) if isinstance(event, Built)) for number in range(4)
    }
    assert len(orders) > 1


def test_a_loop_is_traced_before_its_first_step():
    plan = dataclasses.replace(QUICK, implementations=["tf2_function"], steps_per_call=[1, 5])
    built = [event for event in measured(plan) if isinstance(event, Built)]
    assert all(event.trace_ms > event.second_step_ms for event in built)
    for series in plan.series():
        expected = first_step_of(plan, SMALL)
        _, network = worker.build(plan, SMALL, series, plan.batch(SMALL), expected)
        with network:
            traced = network.trace_count
            assert traced == 1  # the loop or the step, whichever is called, and nothing else


def test_what_tensorflow_loads_at_first_is_no_networks_cost():
    """In a process of its own, where nothing has been loaded."""
    plan = TimingPlan([SMALL], ["tf2_function", "tf2_xla"], processes=1, rounds=4)
    timings, _ = processes.time_plan(plan, None)
    traces = {row.series.implementation: row.trace_ms for row in timings.of_cell(SMALL)}
    assert traces["tf2_function"] < 3 * traces["tf2_xla"]


def test_the_limit_counts_a_multiplication_and_an_addition(monkeypatch):
    monkeypatch.setattr(worker, "timed_ms", lambda action: (1.0, action()))
    assert worker.limit_gflops("float32") == pytest.approx(2 * worker.MATMUL_SIZES[-1] ** 3 / 1e-3 / 1e9)


def test_memory_that_does_not_suffice_is_said(monkeypatch):
    def refuse(*_):
        raise MemoryError

    said = "layer_sizes, batch_sizes: got 4-8-8-1, 8; allowed: sizes that fit into memory"
    with monkeypatch.context() as patched:
        patched.setattr(worker, "build", refuse)
        assert str(measured(QUICK)[-1].error) == said
    monkeypatch.setattr(processes, "first_step", refuse)
    with pytest.raises(ValueError, match=said):
        processes.time_plan(QUICK, None)
