"""What may be said of two series of blocks, and how often it is wrong."""

import dataclasses

import numpy as np
import pytest
from fake_timings import SMALL, make_timings, step_times

from graphs.timing.events import Round
from graphs.timing.intervals import MISS, geometric_mean, interval
from graphs.timing.plan import Series, TimingPlan
from graphs.timing.verdict import EQUAL, FASTER, UNDECIDED, WITHHELD, is_open, judge


def blocks(us, processes, rounds=20, cpu=1.0):
    """Wall and CPU times (rounds, 2) of each process, around a median for each."""
    found = (step_times(us * factor, rounds, seed=(round(us), number)) for number, factor in enumerate(processes))
    return [np.stack([times, cpu * times], axis=1) for times in found]


# Intervals


def test_an_interval_is_students_t_on_logarithms():
    low, high = interval([1.0, 2.0, 4.0])
    # The logarithms' mean is log 2, their standard error log 2 / sqrt(3), and t is 4.303 at two degrees of freedom.
    assert geometric_mean([1.0, 2.0, 4.0]) == pytest.approx(2)
    assert np.log([low, high]) == pytest.approx(np.log(2) * (1 + np.array([-1, 1]) * 4.30265 / 3**0.5), rel=1e-5)
    assert interval([3.0]) == (0, np.inf)


def test_fewer_misses_widen_an_interval_and_more_processes_shrink_it():
    few, many = np.geomspace(1, 1.1, 3), np.geomspace(1, 1.1, 12)
    assert interval(few, miss=0.01)[0] < interval(few)[0] < interval(many)[0]
    assert interval(few, miss=0.01)[1] > interval(few)[1] > interval(many)[1]


PLAN = TimingPlan([SMALL])

# Each set differs in how processes differ: not at all but for the noise of their blocks, evenly, with heavy tails, and
# with one in seven processes whose memory happens to lie badly.
BETWEEN = {
    "blocks only": lambda draw, size: np.zeros(size),
    "evenly": lambda draw, size: 0.04 * draw.normal(size=size),
    "heavy tails": lambda draw, size: 0.03 * draw.standard_t(4, size=size),
    "two kinds": lambda draw, size: 0.02 * draw.normal(size=size) + 0.15 * (draw.random(size) < 1 / 7),
}


def simulated(truth, between, draw, processes=12, rounds=15):
    """A pair of series of simulated blocks, in which ours is so many times faster in a typical process, the median.

    Load slows both sides of a round, and other programs take the core in a tenth of the blocks.
    """
    ours, theirs = [], []
    for level in BETWEEN[between](draw, processes):
        load = 1 + draw.exponential(0.5, size=rounds)
        our, their = (load * np.exp(0.05 * draw.normal(size=rounds)) for _ in range(2))
        for side in (our, their):
            side[draw.random(rounds) < 0.1] *= 3
        ours.append(np.stack([our, our], axis=1))
        theirs.append(np.stack([their, their], axis=1) * truth * np.exp(level))
    return ours, theirs


def looked_at(ours, theirs):
    """The last verdict of a timing that stops at the first look that decides."""
    for look in PLAN.all_looks:
        found = judge(ours[:look], theirs[:look], MISS / len(PLAN.all_looks))
        if found.outcome != UNDECIDED:
            return found
    return found


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("truth", [1.0, 1.08, 1.3])
def test_intervals_hold_the_truth_in_93_of_100_with_all_the_looks(truth, between):
    draw = np.random.default_rng(0)
    found = [looked_at(*simulated(truth, between, draw)) for _ in range(400)]
    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.93


@pytest.mark.parametrize("between", BETWEEN)
def test_the_same_against_itself_is_called_faster_in_at_most_5_of_100(between):
    draw = np.random.default_rng(1)
    found = [looked_at(*simulated(1.0, between, draw)).outcome for _ in range(400)]
    assert np.mean([outcome == FASTER for outcome in found]) <= 0.05


def test_what_disturbs_a_round_does_not_widen_the_ratio():
    disturbed = np.random.default_rng(0).uniform(1, 3, (3, 40, 1)) * np.ones(2)
    together = judge(list(100 * disturbed), list(150 * disturbed))
    np.testing.assert_allclose([together.low, together.high], 1.5)
    apart = judge(list(100 * disturbed), list(150 * disturbed[:, ::-1]))
    assert apart.high - apart.low > 0.01


# Verdicts


@pytest.mark.parametrize(
    ("ratio", "processes", "outcome"),
    [
        (1.8, (1, 1.01, 0.99), FASTER),
        (1 / 1.8, (1, 1.01, 0.99), FASTER),
        (12.8, (1, 1.3, 1.1), FASTER),  # however much processes differ, this is no matter of chance
        (1.0, (1, 1.01, 0.99), EQUAL),
        (1.02, (1, 1.005, 0.995), EQUAL),
        (1.02, (1, 1.05, 0.95), UNDECIDED),
        (1.05, (1, 1.005, 0.995), UNDECIDED),
        (1.3, (1, 1.2, 0.9), UNDECIDED),
        (1.8, (1,), UNDECIDED),
    ],
)
def test_an_outcome_is_where_the_interval_lies(ratio, processes, outcome):
    found = judge(blocks(100, [1] * len(processes)), blocks(100 * ratio, processes))
    assert found.outcome == outcome
    assert found.low <= found.ratio <= found.high
    assert found.ratio == pytest.approx(ratio * geometric_mean(processes), rel=0.03)
    lies = {FASTER: found.low > 1.05 or found.high < 1 / 1.05, EQUAL: 1 / 1.05 <= found.low <= found.high <= 1.05}
    assert lies.get(outcome, not any(lies.values()))


@pytest.mark.parametrize("ratio", [1.8, 1 / 1.8])
def test_no_verdict_where_cpu_time_says_the_opposite(ratio):
    our_cpu, their_cpu = (4, 1) if ratio > 1 else (1, 4)
    ours, theirs = blocks(100, [1, 1, 1], cpu=our_cpu), blocks(100 * ratio, [1, 1, 1], cpu=their_cpu)
    found = judge(ours, theirs)
    assert found.outcome == WITHHELD
    assert found.reason.startswith("CPU time says the opposite, ")
    # Several threads take more CPU time for less wall time.
    assert judge(ours, theirs, cpu=False).outcome == FASTER
    # Less of a lead is not the opposite.
    assert judge(blocks(100, [1, 1, 1], cpu=1.75), blocks(180, [1, 1, 1])).outcome == FASTER
    # Nor is a difference too small to be a lead.
    assert judge(blocks(100, [1, 1, 1], cpu=1.8 * 1.02), blocks(180, [1, 1, 1])).outcome == FASTER


def test_what_more_processes_would_decide_is_open_and_so_is_a_wide_interval():
    def found(ratio, processes):
        return judge(blocks(100, [1] * len(processes)), blocks(100 * ratio, processes))

    assert is_open(found(1.8, [1]))
    assert is_open(found(1.15, [1, 1.06, 0.97]))
    assert not is_open(found(1.15, [1, 1.06, 0.97]), miss=0.001)
    assert not is_open(found(1.05, [1, 1.06, 0.97]))
    wide, narrow = found(10, [1, 1.2, 0.9]), found(10, [1, 1.02, 0.99])
    assert wide.outcome == narrow.outcome == FASTER
    assert (is_open(wide), is_open(narrow)) == (True, False)


def test_a_control_that_differs_from_itself_leaves_no_verdict():
    times = {SMALL: {"numpy_manual": 50, "tf2_function": 300}}
    sound = make_timings(times)
    ((ours, theirs, found),) = sound.neighbours(SMALL, 1)
    assert (ours.series, theirs.series) == (Series("numpy_manual"), Series("tf2_function"))
    assert found.outcome == FASTER
    assert sound.control(SMALL)[1].outcome == EQUAL
    for factor in (1.2, 1 / 1.2):
        broken = make_timings(times, control=factor)
        assert broken.control(SMALL)[1].outcome == FASTER
        ((_, _, found),) = broken.neighbours(SMALL, 1)
        assert (found.outcome, found.reason) == (WITHHELD, "the control differs from itself by a factor of 1.20")


def test_cpu_time_counts_with_one_thread_only():
    times, cpu = {SMALL: {"numpy_manual": 50, "tf2_function": 100}}, {"numpy_manual": 9}
    ((_, _, one),) = make_timings(times, cpu=cpu).neighbours(SMALL, 1)
    ((_, _, two),) = make_timings(times, cpu=cpu, threads=2).neighbours(SMALL, 1)
    assert (one.outcome, two.outcome) == (WITHHELD, FASTER)


def test_a_series_that_a_process_left_out_is_compared_in_the_others():
    timings = make_timings(
        {SMALL: {"numpy_manual": 50, "tf2_function": 100}}, drift=(1, {Series("tf2_function"): 9}, 1)
    )
    first, second, third = timings.processes
    second = [
        event._replace(blocks={one: found for one, found in event.blocks.items() if one != Series("numpy_manual")})
        if isinstance(event, Round)
        else event
        for event in second
    ]
    ((_, _, found),) = dataclasses.replace(timings, processes=(first, tuple(second), third)).neighbours(SMALL, 1)
    assert len(found.processes) == 2
    assert found.ratio == pytest.approx(2, rel=0.03)
