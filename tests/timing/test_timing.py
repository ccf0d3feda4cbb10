"""How times are taken and what is made of them; never how long anything takes."""

import dataclasses
import functools
import itertools
import math
import time
from types import SimpleNamespace

import numpy as np
import pytest
from fake_timings import LARGE, SMALL, make_timings, step_times

from graphs import parity
from graphs.implementations import NAMES, load, numpy_manual, text
from graphs.implementations.checked_network import Network
from graphs.network import Parameters
from graphs.timing import processes, worker
from graphs.timing.crossover import between, even_at
from graphs.timing.events import Built, Round, Split, Started
from graphs.timing.first_step_check import WrongResultError, disagreement, first_step
from graphs.timing.intervals import median, median_interval, ratio, ratio_interval
from graphs.timing.plan import SIZES, Cell, Series, TimingPlan, step_flops
from graphs.timing.progress import expected_seconds, follow
from graphs.timing.step_times import StepTimes, rounds, seconds_per_step, steps_per_block, time_steps
from graphs.timing.verdict import FASTER, NO_DIFFERENCE, REFUSED, judge, noise

QUICK = TimingPlan([SMALL], processes=1, rounds=5)


def test_blocks_take_turns_and_leave_the_raw_times():
    calls = {"a": 0, "b": 0}
    taken_after = []

    def step(name):
        calls[name] += 1

    times = time_steps(
        {name: (lambda name=name: step(name)) for name in calls},
        blocks=4,
        block_seconds=1e-4,
        after_block=lambda: taken_after.append(dict(calls)),
    )
    assert list(times) == ["a", "b"]
    for name, found in times.items():
        assert len(found.block_step_times_us) == 4
        assert all(step_time > 0 for step_time in found.block_step_times_us)
        # After each round everyone has taken the steps of one block more, and the one that warms it up.
        taken = [earlier[name] for earlier in taken_after]
        assert {later - earlier for earlier, later in itertools.pairwise(taken)} == {found.steps_per_block + 1}


def test_median_and_interquartile_range():
    times = StepTimes((1.0, 2.0, 3.0, 4.0, 100.0), 1)
    assert times.median_us == 3
    assert times.iqr_us == 2
    assert times.noisy
    assert not StepTimes((100.0, 101.0, 102.0), 1).noisy


def test_the_order_of_turns_is_random_and_told_by_the_seed():
    def order(seed):
        turns = []
        steps = {Series(name): (lambda name=name: turns.append(name)) for name in NAMES}
        assert len(list(rounds(steps, dict.fromkeys(steps, 1), 6, seed))) == 6
        return turns

    first = order(0)
    assert first == order(0)
    assert first != order(1)
    by_round = [tuple(first[start : start + 5]) for start in range(0, 30, 5)]
    assert all(sorted(turn) == sorted(NAMES) for turn in by_round)
    assert len(set(by_round)) > 3


def test_a_step_longer_than_a_block_is_tried_twice():
    calls = []

    def step():
        calls.append(1)
        time.sleep(0.002)

    assert seconds_per_step(step, block_seconds=0.001) >= 0.002
    assert len(calls) == 2


def test_one_slow_call_does_not_shorten_the_blocks():
    calls = itertools.count()
    seconds = seconds_per_step(lambda: time.sleep(0.02 if next(calls) == 0 else 0), block_seconds=0.01)
    assert seconds < 0.005


def test_blocks_are_not_shorter_than_they_should_be():
    for seconds in (1e-5, 0.0021, 0.0069, 0.0099):
        assert steps_per_block(seconds, 0.01) * seconds >= 0.01
    assert steps_per_block(0.011, 0.01) == 1


# Intervals


def test_an_interval_of_a_median_holds_it_and_shrinks_with_more_blocks():
    few, many = [step_times(100, rounds=8)], [step_times(100, rounds=800)]
    for blocks in (few, many):
        low, high = median_interval(blocks)
        assert low < np.median(blocks[0]) < high
    assert np.ptp(median_interval(many)) < np.ptp(median_interval(few)) / 3


def test_the_interval_of_a_ratio_holds_the_true_ratio_as_often_as_it_says():
    def held(processes, between):
        generator = np.random.default_rng(0)
        found = 0
        for _ in range(300):
            levels = np.exp(between * generator.normal(size=processes))
            ours = [100 * np.exp(0.1 * generator.normal(size=20)) for _ in range(processes)]
            theirs = [130 * level * np.exp(0.1 * generator.normal(size=20)) for level in levels]
            low, high = ratio_interval(ours, theirs)
            found += low <= 1.3 <= high
        return found / 300

    # One process knows nothing of how processes differ.
    assert 0.91 <= held(1, between=0) <= 0.99
    assert 0.91 <= held(3, between=0.05) <= 0.99
    assert 0.91 <= held(8, between=0.05) <= 0.99


def test_what_disturbs_a_round_does_not_widen_the_ratio():
    disturbed = np.random.default_rng(0).uniform(1, 3, 40)
    together = ratio_interval([100 * disturbed], [150 * disturbed])
    np.testing.assert_allclose(together, 1.5)
    apart = ratio_interval([100 * disturbed], [150 * disturbed[::-1]])
    assert np.ptp(apart) > 0.2


def test_processes_that_differ_widen_the_interval():
    alike = ratio_interval([step_times(100)] * 3, [step_times(150)] * 3)
    different = ratio_interval([step_times(100)] * 3, [step_times(us) for us in (140, 150, 160)])
    assert np.ptp(different) > 3 * np.ptp(alike)
    assert different[0] < 1.42
    assert different[1] > 1.58


def test_processes_of_different_lengths_count_alike():
    blocks = [np.full(40, 100.0), np.full(2, 200.0), np.full(2, 200.0)]
    assert median(blocks) == 200
    low, high = median_interval(blocks)
    assert (low, high) == (pytest.approx(200 * 0.5**1.5**0.5), 200)


def test_a_ratio_lies_among_those_of_the_processes():
    ours = [np.array([100.0, 100, 100, 160]), np.array([200.0, 200, 200, 200])]
    theirs = [1.1 * process for process in ours]
    assert ratio(ours, theirs) == pytest.approx(1.1)
    np.testing.assert_allclose(ratio_interval(ours, theirs), 1.1)


def test_a_process_of_few_blocks_is_drawn_with_few():
    many, few = step_times(100, rounds=40, spread=0.2), step_times(100, rounds=4, spread=0.2)
    assert np.ptp(median_interval([few])) > 2 * np.ptp(median_interval([many]))
    together = median_interval([many, few])
    assert np.ptp(together) > 1.3 * np.ptp(median_interval([many, many]))


# Verdicts


def verdict(ours_us, theirs_us, spread=0.02, drift=(1, 1, 1)):
    ours = [step_times(ours_us, spread=spread, seed=(0, process)) for process in range(len(drift))]
    theirs = [step_times(theirs_us, spread=spread, seed=(1, process)) * by for process, by in enumerate(drift)]
    return judge(ours, theirs)


def test_a_verdict_needs_an_interval_without_1_a_ratio_worth_it_and_agreement():
    found = verdict(100, 180)
    assert found.outcome == FASTER
    assert 1.75 < found.low < found.ratio < found.high < 1.85
    assert not found.reason
    slower = verdict(180, 100)
    assert slower.outcome == FASTER
    assert slower.ratio == pytest.approx(1 / found.ratio, rel=0.02)


def test_an_interval_that_holds_1_shows_no_difference():
    found = verdict(100, 106, spread=0.24)
    assert found.low < 1 < found.high
    assert (found.outcome, found.reason) == (NO_DIFFERENCE, "the interval contains 1")


@pytest.mark.parametrize("theirs_us", [104, 97])
def test_a_difference_of_less_than_a_twentieth_is_none(theirs_us):
    found = verdict(100, theirs_us, spread=0.001)
    assert not found.low <= 1 <= found.high
    assert (found.outcome, found.reason) == (NO_DIFFERENCE, "the ratio is below 1.05")


def test_noise_of_a_quarter_is_the_most_that_gives_a_verdict():
    def spanning(share):
        # More than a quarter of the blocks lies at each end, so that the middle half spans from one to the other.
        low, high = 100 * (1 - share / 2), 100 * (1 + share / 2)
        return [np.repeat([low, 100, high], [30, 20, 30])] * 3

    for share, refused in ((0.24, False), (0.26, True)):
        assert noise(spanning(share)) == pytest.approx(share)
        found = judge(spanning(share), [3 * times for times in spanning(share)])
        assert (found.outcome == REFUSED) is refused
        assert found.reason.startswith("too noisy") is refused


def test_processes_that_differ_by_more_than_15_percent_give_no_verdict_and_others_do():
    found = verdict(100, 200, drift=(1, 1.17, 1.02))
    assert found.outcome == REFUSED
    assert found.reason.startswith("the processes differ by 1")
    assert found.reason.endswith("%; at most 15% is allowed")
    assert max(found.processes) / min(found.processes) > 1.15
    assert verdict(100, 200, drift=(1, 1.12, 1.02)).outcome == FASTER


def test_one_process_or_too_few_blocks_give_no_verdict():
    assert verdict(100, 180, drift=(1,)).reason == "only one process; two are needed"
    few = judge([np.array([100.0] * 4), np.array([100.0] * 3)], [np.array([130.0] * 4), np.array([130.0] * 3)])
    assert (few.outcome, few.reason) == (REFUSED, "a process timed only 3 blocks; 4 are needed")
    assert judge([np.array([100.0] * 4)] * 2, [np.array([130.0] * 4)] * 2).outcome == FASTER


@pytest.mark.parametrize(("spread", "outcome"), [(0.30, FASTER), (0.5, REFUSED)])
def test_noise_above_a_quarter_is_refused(spread, outcome):
    found = verdict(100, 1000, spread=spread)
    assert found.outcome == outcome
    assert ("too noisy" in found.reason) == (outcome == REFUSED)


def test_noise_is_that_of_the_middle_process():
    quiet, loud = step_times(100, spread=0.01), step_times(100, spread=0.9)
    assert noise([quiet, quiet * 2, loud]) == pytest.approx(noise([quiet]))
    assert noise([quiet, loud, loud]) == pytest.approx(noise([loud]))
    assert noise([np.array([10.0, 20.0, 30.0, 40.0, 50.0])]) == pytest.approx(20 / 30)


def test_a_control_that_differs_from_itself_leaves_no_verdict():
    times = {SMALL: {"numpy_manual": 50, "tf2_function": 300}}
    sound = make_timings(times)
    ((ours, theirs, found),) = sound.neighbours(SMALL, 1)
    assert (ours.series, theirs.series) == (Series("numpy_manual"), Series("tf2_function"))
    assert found.outcome == FASTER
    assert sound.control(SMALL)[1].outcome == NO_DIFFERENCE
    broken = make_timings(times, control=1.2)
    assert broken.control(SMALL)[1].outcome == FASTER
    ((_, _, found),) = broken.neighbours(SMALL, 1)
    assert (found.outcome, found.reason) == (REFUSED, "the control differs from itself by a factor of 1.20")


# Crossovers


def test_where_an_order_turns():
    timings = make_timings(
        {
            SIZES[0]: {"numpy_manual": 50, "tf1_session": 200, "tf2_xla": 300},
            SIZES[1]: {"numpy_manual": 100, "tf1_session": 200, "tf2_xla": 101},
            SIZES[2]: {"numpy_manual": 6000, "tf1_session": 3000, "tf2_xla": 3100},
        }
    )
    turns = [(turn.small, turn.large, turn.below, turn.above) for turn in timings.crossovers()]
    assert turns == [
        ("numpy_manual", "tf1_session", SIZES[1], SIZES[2]),
        # Between the two of them no difference is shown on the middle size.
        ("numpy_manual", "tf2_xla", SIZES[0], SIZES[2]),
        ("tf1_session", "tf2_xla", SIZES[0], SIZES[1]),
    ]
    even = timings.crossovers()[0].flops
    assert step_flops(SIZES[1]) < even < step_flops(SIZES[2])
    # A ratio of 2 and one of 1/2 are equally far from 1 on a logarithmic axis.
    assert even == pytest.approx(math.sqrt(step_flops(SIZES[1]) * step_flops(SIZES[2])), rel=0.01)
    assert timings.midway() == [] or SIZES[1] not in timings.midway()
    assert between(SIZES[1], SIZES[2]) in timings.midway()


def test_even_at_and_between():
    assert even_at(100, 4, 1e6, 1 / 4) == pytest.approx(1e4)
    assert even_at(1, 2, 1000, 1 / 4) == pytest.approx(10)
    assert between(Cell((1, 2, 4, 8), 16), Cell((4, 8, 16, 32), 64)) == Cell((2, 4, 8, 16), 32)


def test_sizes_midway_join_the_others_in_order():
    times = {"numpy_manual": 50.0, "tf1_session": 200.0}
    timings = make_timings({SMALL: times, LARGE: {"numpy_manual": 400, "tf1_session": 200}})
    (middle,) = timings.midway()
    joined = timings.with_more(make_timings({middle: times}))
    assert joined.plan.cells == (SMALL, middle, LARGE)
    (turn,) = joined.crossovers()
    assert (turn.below, turn.above) == (middle, LARGE)


# The plan


def test_flops_are_those_of_the_matrix_products():
    # Forward 2 N (D H1 + H1 H2 + H2 C); as much for the weights' gradients; and for those of both hidden layers.
    batch, inputs, hidden1, hidden2, outputs = 3, 5, 7, 11, 13
    forward = 2 * batch * (inputs * hidden1 + hidden1 * hidden2 + hidden2 * outputs)
    hidden = 2 * batch * (hidden1 * hidden2 + hidden2 * outputs)
    assert step_flops(Cell((inputs, hidden1, hidden2, outputs), batch)) == 2 * forward + hidden


def test_the_plan_puts_in_order_and_drops_what_comes_twice():
    plan = TimingPlan([SIZES[2], SIZES[0], SIZES[2]], ["tf2_xla", "numpy_manual", "tf2_xla"], [10, 1, 10])
    assert plan.cells == (SIZES[0], SIZES[2])
    assert plan.implementations == ("numpy_manual", "tf2_xla")
    assert plan.series() == [
        *(Series("numpy_manual", 1), Series("tf2_xla", 1), Series("numpy_manual", 10), Series("tf2_xla", 10)),
        Series("numpy_manual", 1, control=True),
    ]
    assert TimingPlan().series()[-1] == Series("tf2_function", 1, control=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("implementations", ["tf3"]),
        ("implementations", []),
        ("cells", []),
        ("steps_per_call", []),
        ("steps_per_call", [0]),
        ("steps_per_call", [2**31]),
        ("processes", 0),
        ("processes", 1.5),
        ("threads", 0),
        ("rounds", 3),
        ("seed", -1),
        ("optimizer", "adamax"),
        ("dtype", "float16"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(field, value):
    with pytest.raises(ValueError, match=rf"{field}: got .*; allowed: "):
        dataclasses.replace(QUICK, **{field: value})


def test_sizes_beyond_memory_are_refused():
    with pytest.raises(ValueError, match=r"layer_sizes, batch_sizes: got .*; allowed: sizes that fit into memory"):
        TimingPlan([Cell((10**6, 10**7, 10**7, 1), 1)])
    with pytest.raises(ValueError, match="layer_sizes: got "):
        TimingPlan([Cell((0, 8, 8, 1), 8)])
    with pytest.raises(ValueError, match="layer_sizes: got "):
        TimingPlan([Cell((4, 8, 8), 8)])  # type: ignore[arg-type]


def test_an_anatomy_needs_calls_of_one_step():
    with pytest.raises(ValueError, match=r"anatomy: got steps_per_call 10, 100; allowed: 1 among them"):
        TimingPlan(steps_per_call=[10, 100], anatomy=True)


# What a process does


def measured(plan):
    events: list = []
    worker.measure(plan, 0, events.append)
    return events


def test_a_process_tells_what_it_measures():
    events = measured(dataclasses.replace(QUICK, steps_per_call=[1, 3], anatomy=True))
    started, *rest = events
    assert isinstance(started, Started)
    assert started.limit_gflops > 0
    assert started.environment["affinity"]
    assert started.environment["machine_metadata"]["cpu_count"]
    series = dataclasses.replace(QUICK, steps_per_call=[1, 3]).series()
    built = [event for event in rest if isinstance(event, Built)]
    assert [event.series for event in built] == series
    assert all(event.first_step_ms > 0 and event.build_ms > 0 for event in built)
    traced = {event.series.implementation for event in built if event.trace_ms > 0}
    assert traced == {"tf2_function", "tf2_xla"}
    found = [event for event in rest if isinstance(event, Round)]
    assert len(found) == 5
    assert all(set(event.step_times_us) == set(series) for event in found)
    assert all(us > 0 for event in found for us in event.step_times_us.values())
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


@pytest.mark.parametrize("cell", SIZES, ids=str)
@pytest.mark.parametrize("factor", [0, -1], ids=["not updated", "sign flipped"])
@pytest.mark.parametrize("name", Parameters._fields)
def test_the_check_finds_a_wrong_gradient_at_every_size(name, factor, cell):
    expected = first_step_of(cell)
    spec = TimingPlan(cells=[cell]).spec(cell)
    wrong = expected.gradients._replace(**{name: factor * getattr(expected.gradients, name)})
    new = numpy_manual.make_variables(spec, expected.state)
    numpy_manual.update(spec, new, parity.cast(wrong, spec.dtype))
    assert f"{name} is off by" in disagreement(spec, expected, np.float32(expected.loss), new)


@functools.cache
def first_step_of(cell):
    plan = TimingPlan(cells=[cell])
    return first_step(plan.spec(cell), plan.parameters(cell), plan.batch(cell))


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
    events = measured(dataclasses.replace(QUICK, implementations=["numpy_manual"], steps_per_call=[1, 20]))
    rows = dict(zip(("one", "twenty", "control"), events[-1].step_times_us.values(), strict=False))
    found = {series: us for event in events if isinstance(event, Round) for series, us in event.step_times_us.items()}
    assert found[Series("numpy_manual", 20)] == pytest.approx(found[Series("numpy_manual")], rel=0.5)
    assert all(1000 <= us < 5000 for us in rows.values())
    calls = events[-1].calls
    assert calls[Series("numpy_manual", 20)] == 1
    assert 5 <= calls[Series("numpy_manual")] <= 12


def test_a_loop_is_traced_before_its_first_step():
    plan = dataclasses.replace(QUICK, implementations=["tf2_function"], steps_per_call=[1, 5])
    built = [event for event in measured(plan) if isinstance(event, Built)]
    assert all(event.trace_ms > event.second_step_ms for event in built)
    for series in plan.series():
        expected = first_step(plan.spec(SMALL), plan.parameters(SMALL), plan.batch(SMALL))
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

    monkeypatch.setattr(worker, "first_step", refuse)
    failed = measured(QUICK)[-1]
    assert str(failed.error) == "layer_sizes, batch_sizes: got 4-8-8-1, 8; allowed: sizes that fit into memory"


# Results


def test_rows_hold_what_was_measured():
    timings = make_timings({SMALL: {"tf1_session": 200.0, "tf2_function": 400.0}}, drift=(1, 2, 3))
    row = timings.of_cell(SMALL)[0]
    assert row.series == Series("tf1_session")
    assert row.step_time_us == pytest.approx(400, rel=0.02)  # of the process in the middle
    assert row.interval_us[0] < 210
    assert row.interval_us[1] > 590
    assert row.throughput == pytest.approx(8 / row.step_time_us * 1e6)
    assert row.gflops == pytest.approx(step_flops(SMALL) / row.step_time_us / 1e3)
    assert row.share == pytest.approx(row.gflops / 102)  # the largest of the processes' limits
    assert (row.build_ms, row.trace_ms, row.first_call_ms) == (10, 20, 120)
    assert row.compile_ms == 95
    assert make_timings({SMALL: {"tf2_eager": 1.0}}).of_cell(SMALL)[0].compile_ms is None


def test_what_an_interrupted_process_left_counts():
    whole = make_timings({SMALL: {"tf1_session": 200.0}, LARGE: {"tf1_session": 300.0}})
    first, second, third = whole.processes
    cut = dataclasses.replace(whole, processes=(first, second[:6], third[:2]))
    assert [len(blocks) for blocks in cut.rows[SMALL, Series("tf1_session")].blocks] == [20, 3]
    assert [len(blocks) for blocks in cut.rows[LARGE, Series("tf1_session")].blocks] == [20]
    assert dataclasses.replace(whole, processes=(first[:10],)).cells() == [SMALL]
    assert dataclasses.replace(whole, processes=((),)).rows == {}


def test_many_steps_a_call_beside_one():
    series = [Series("tf1_session"), Series("tf1_session", 10), Series("tf1_session", 100)]
    timings = make_timings({SMALL: dict(zip(series, (200.0, 100.0, 50.0), strict=True))})
    found = timings.against_single_calls(SMALL)
    assert [(many.series, single.series) for many, single, _ in found] == [
        (series[1], series[0]),
        (series[2], series[0]),
    ]
    assert [verdict.ratio for _, _, verdict in found] == pytest.approx([2, 4], rel=0.02)


# Progress


def test_progress_ends_where_it_should_and_never_goes_back():
    timings = make_timings({SMALL: {"tf1_session": 200.0}, LARGE: {"tf1_session": 300.0}})
    heard = follow(timings.plan)
    done = [heard(event) for events in timings.processes for event in events]
    seconds = [each for _, each in done]
    assert seconds == sorted(seconds)
    assert 0.9 * expected_seconds(timings.plan) <= seconds[-1] <= expected_seconds(timings.plan)
    assert done[0][0] == "process 1 of 3"
    assert done[-1][0] == "process 3 of 3: 64-64-32-10, 64"
