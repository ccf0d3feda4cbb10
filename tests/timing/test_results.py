"""What is made of the events that processes report."""

import dataclasses
import itertools
import math

import pytest
from fake_timings import LARGE, SMALL, make_timings

from graphs.timing.crossover import Crossover, between, crossing, midway, room
from graphs.timing.events import Round
from graphs.timing.intervals import MISS
from graphs.timing.plan import SIZES, Cell, Series, TimingPlan, step_flops, too_large
from graphs.timing.processes import REPORT_SECONDS, time_plan
from graphs.timing.results import Timings
from graphs.timing.verdict import FASTER, UNDECIDED


def test_rows_hold_what_was_measured():
    timings = make_timings({SMALL: {"tf1_session": 200.0, "tf2_function": 400.0}}, drift=(1, 2, 4))
    row = timings.of_cell(SMALL)[0]
    assert row.series == Series("tf1_session")
    assert row.step_time_us == pytest.approx(400, rel=0.02)  # the geometric mean of the processes
    assert row.interval_us[0] < 210
    assert row.interval_us[1] > 790
    assert row.throughput == pytest.approx(8 / row.step_time_us * 1e6)
    assert row.gflops == pytest.approx(step_flops(SMALL) / row.step_time_us / 1e3)
    assert row.share == pytest.approx(row.gflops / 102)  # the largest of the processes' limits
    assert (row.build_ms, row.trace_ms, row.first_call_ms, row.peak_mb) == (10, 20, 120, 3)
    assert row.compile_ms == 95
    assert make_timings({SMALL: {"tf2_eager": 1.0}}).of_cell(SMALL)[0].compile_ms is None


def test_what_an_ended_process_left_counts_if_it_is_enough():
    whole = make_timings({SMALL: {"tf1_session": 200.0}, LARGE: {"tf1_session": 300.0}})
    first, second, third = whole.processes

    def blocks(cell, *processes):
        row = dataclasses.replace(whole, processes=processes).rows.get((cell, Series("tf1_session")))
        return [len(times) for _, times in row.measured] if row else []

    assert blocks(SMALL, first, second[:6], third[:2]) == [20, 3]
    assert blocks(SMALL, first, second[:5]) == [20]  # two rounds are not enough
    assert blocks(LARGE, first, second[:6]) == [20]
    assert dataclasses.replace(whole, processes=(first[:10],)).cells() == [SMALL]
    assert dataclasses.replace(whole, processes=((),)).rows == {}


def test_a_size_that_two_processes_reached_is_left_out_if_others_were_timed_in_more():
    whole = make_timings({SMALL: {"tf1_session": 200.0}, LARGE: {"tf1_session": 300.0}})
    first, second, third = whole.processes
    assert dataclasses.replace(whole, processes=(first, second, third[:20])).cells() == [SMALL]
    for processes in ((first,), (first, second), (first, second, third)):
        assert dataclasses.replace(whole, processes=processes).cells() == [SMALL, LARGE]


def test_many_steps_a_call_beside_one():
    series = [Series("tf1_session"), Series("tf1_session", 10), Series("tf1_session", 100)]
    timings = make_timings({SMALL: dict(zip(series, (200.0, 100.0, 50.0), strict=True))})
    found = timings.against_single_calls(SMALL)
    assert [(many.series, single.series) for many, single, _ in found] == [
        (series[1], series[0]),
        (series[2], series[0]),
    ]
    assert [verdict.ratio for _, _, verdict in found] == pytest.approx([2, 4], rel=0.02)


# Where an order changes

ORDERS = {
    SIZES[0]: {"numpy_manual": 50, "tf1_session": 200, "tf2_xla": 300},
    SIZES[1]: {"numpy_manual": 100, "tf1_session": 200, "tf2_xla": 101},
    SIZES[2]: {"numpy_manual": 6000, "tf1_session": 3000, "tf2_xla": 3100},
}


def test_where_an_order_turns_and_where_a_lead_ends_or_begins():
    found = make_timings(ORDERS).crossovers()
    assert [(each.pair, each.small, each.large, each.below, each.above) for each in found] == [
        (("numpy_manual", "tf1_session"), "numpy_manual", "tf1_session", SIZES[1], SIZES[2]),
        (("numpy_manual", "tf2_xla"), "numpy_manual", None, SIZES[0], SIZES[1]),
        (("numpy_manual", "tf2_xla"), None, "tf2_xla", SIZES[1], SIZES[2]),
        (("tf1_session", "tf2_xla"), "tf1_session", "tf2_xla", SIZES[0], SIZES[1]),
        (("tf1_session", "tf2_xla"), "tf2_xla", None, SIZES[1], SIZES[2]),
    ]
    even = found[0].flops
    # A ratio of 2 and one of 1/2 are equally far from 1 on a logarithmic axis.
    assert even == pytest.approx(math.sqrt(step_flops(SIZES[1]) * step_flops(SIZES[2])), rel=0.01)
    # A lead of 6 is lost where 1.05 is left of it, before the ratio is 1.01.
    lost = crossing(step_flops(SIZES[0]), 6 / 1.05, step_flops(SIZES[1]), 1.01 / 1.05)
    assert found[1].flops == pytest.approx(lost, rel=0.02)
    # Where one is ahead only from the larger size on, its lead begins at 1.05.
    begins = crossing(step_flops(SIZES[1]), 1.05 * 101 / 100, step_flops(SIZES[2]), 1.05 * 3100 / 6000)
    assert found[2].flops == pytest.approx(begins, rel=0.02)


def test_an_undecided_size_is_passed_over():
    restless = tuple({Series("tf2_xla"): factor} for factor in (1, 1.3, 0.8))
    times = {SIZES[0]: {"numpy_manual": 1, "tf2_xla": 90}, SIZES[1]: {"numpy_manual": 1, "tf2_xla": 1.1}}
    timings = make_timings(times | {SIZES[2]: {"numpy_manual": 90, "tf2_xla": 1}}, drift=restless)
    (found,) = timings.crossovers()
    assert (found.below, found.above) == (SIZES[0], SIZES[2])


def test_crossing_and_between():
    assert crossing(100, 4, 1e6, 1 / 4) == pytest.approx(1e4)
    assert crossing(1, 2, 1000, 1 / 4) == pytest.approx(10)
    assert crossing(1, 2, 1000, 1.5) == pytest.approx(1000)  # never outside of the two sizes
    assert between(Cell((1, 2, 4, 8), 16), Cell((4, 8, 16, 32), 64)) == Cell((2, 4, 8, 16), 32)
    assert room(*SIZES[:2])
    assert not room(SIZES[1], SIZES[1]._replace(batch_size=100))


def test_the_sizes_midway_are_the_few_where_most_orders_change():
    def between_sizes(below, above):
        pair = ("numpy_manual", "tf1_session")
        return Crossover(pair, 1, below, above, *pair, math.sqrt(step_flops(below) * step_flops(above)))

    sizes = [Cell((2**power,) * 4, 2**power) for power in (0, 4, 8, 12)]
    found = [between_sizes(*sizes[which : which + 2]) for which in (0, 1, 1, 2, 2, 2)]
    assert midway(found, known=[]) == [between(*sizes[2:4]), between(*sizes[1:3])]
    assert midway(found, known=[between(*sizes[1:3])]) == [between(*sizes[2:4]), between(*sizes[0:2])]


# What goes on

TIMES = {"numpy_manual": 50.0, "tf1_session": 100.0, "tf2_eager": 1000.0, "tf2_function": 300.0}


def test_at_first_everything_is_timed_and_then_only_what_is_undecided_or_decided_by_a_wide_interval():
    plan = TimingPlan([SMALL, LARGE])
    assert Timings(plan, (), None).undecided() == dict.fromkeys((SMALL, LARGE), tuple(plan.series()))
    assert make_timings({SMALL: TIMES, LARGE: TIMES}).undecided() == {}
    restless = tuple({Series("tf2_eager"): factor} for factor in (3, 3.3, 3.1))
    close = {**TIMES, "tf2_eager": 110.0}
    timings = make_timings({SMALL: TIMES, LARGE: close}, drift=restless)
    outcomes = [[verdict.outcome for *_, verdict in timings.comparisons(cell)] for cell in (SMALL, LARGE)]
    assert outcomes == [[FASTER] * 3, [FASTER, FASTER, UNDECIDED]]
    going_on = (*map(Series, ("tf2_eager", "tf2_function")), Series("tf2_function", control=True))
    assert timings.undecided() == {SMALL: going_on, LARGE: going_on}


def test_what_more_processes_would_not_decide_does_not_go_on():
    restless = tuple({Series("tf2_eager"): factor} for factor in (3, 3.3, 3.2))
    timings = make_timings({LARGE: {**TIMES, "tf2_eager": 100.0}}, drift=restless)
    assert UNDECIDED in [verdict.outcome for *_, verdict in timings.comparisons(LARGE)]
    assert timings.undecided() == {}


def test_sizes_midway_go_on_where_an_order_changes():
    small, large = {"numpy_manual": 50.0, "tf1_session": 200.0}, {"numpy_manual": 400, "tf1_session": 200}
    timings = make_timings({SMALL: small, LARGE: large})
    assert timings.undecided() == {between(SMALL, LARGE): tuple(timings.plan.series())}


def test_what_goes_on_is_what_the_time_allows_the_cheapest_first():
    small, large = {"numpy_manual": 50.0, "tf1_session": 200.0}, {"numpy_manual": 400, "tf1_session": 200}
    timings = make_timings({SMALL: small, LARGE: large})  # the two take one and two seconds
    middle = between(SMALL, LARGE)
    going_on: dict = {LARGE: (), middle: (), SMALL: ()}

    def found(seconds):
        return list(timings.cheapest(going_on, seconds))

    assert found(100) == [SMALL, LARGE, middle]  # the one in the middle counts as much as the larger one
    assert found(5.1) == [SMALL, LARGE, middle]
    assert found(4.9) == [SMALL, LARGE]
    assert found(2.9) == [SMALL]
    assert found(-1) == [SMALL]
    assert timings.cheapest({}, 10) == {}


class Measuring:
    """Stands in for the processes: each event takes a second, and each size three rounds."""

    def __init__(self, times, clock=0):
        self.times, self.clock, self.asked = times, clock, []

    def __call__(self, plan, number, turns):
        self.asked.append({each.cell: [str(series) for series in each.series] for each in turns})
        times = {each.cell: self.times(each.cell, number) for each in turns}
        (events,) = make_timings(times, drift=(1,)).processes
        rounds = itertools.count()
        for event in events:
            if isinstance(event, Round):
                if next(rounds) % 20 >= 3:
                    continue
                series = next(each.series for each in turns if each.cell == event.cell)
                event = event._replace(blocks={one: event.blocks[one] for one in series})
            self.clock += 1
            yield event


def timed(times, **fields):
    """(Timings, what each process was asked to time) of a plan of two sizes."""
    measuring = Measuring(times)
    plan = TimingPlan([SMALL, LARGE], ["numpy_manual", "tf1_session"], looks=(3,), **fields)
    timings, ended = time_plan(plan, None, measured=measuring, clock=lambda: measuring.clock)
    assert ended is None
    return timings, measuring


def test_a_timing_ends_once_everything_is_decided():
    timings, measuring = timed(lambda cell, number: {"numpy_manual": 50, "tf1_session": 100}, seconds=1000)
    assert len(measuring.asked) == 3
    assert timings.undecided() == {}


def test_a_timing_goes_on_with_what_is_undecided_up_to_its_last_process():
    def times(cell, number):
        return {"numpy_manual": 50, "tf1_session": 100 if cell == SMALL else 60 + 3 * (number % 3)}

    timings, measuring = timed(times, seconds=1000, processes=5)
    assert [list(asked) for asked in measuring.asked] == [[SMALL, LARGE]] * 3 + [[LARGE]] * 2
    assert len(timings.processes) == 5
    assert [len(row.measured) for row in (timings.of_cell(SMALL)[0], timings.of_cell(LARGE)[0])] == [3, 5]


def test_a_timing_refines_by_itself_and_shows_the_sizes_that_it_added():
    def times(cell, number):
        return {"numpy_manual": 50 if cell != LARGE else 400, "tf1_session": 200}

    timings, measuring = timed(times, seconds=1000, processes=6)
    middle = between(SMALL, LARGE)
    assert [list(asked) for asked in measuring.asked] == [[SMALL, LARGE]] * 3 + [[middle]] * 3
    assert timings.cells() == [SMALL, middle, LARGE]
    assert timings.first_cells() == [SMALL, LARGE]
    (found,) = timings.crossovers()
    assert (found.below, found.above) == (middle, LARGE)


def test_what_may_be_missed_is_shared_once_somebody_has_looked():
    def times(cell, number):
        return {"numpy_manual": 50, "tf1_session": 60 + 3 * (number % 3)}

    whole, _ = timed(times, seconds=1000)
    assert whole.miss == MISS / 2
    cut, measuring = timed(times, seconds=30)  # time runs out in the second process
    assert len(measuring.asked) == 2
    assert cut.miss == MISS
    once, _ = timed(times, seconds=1000, processes=2)
    assert once.miss == MISS


def test_memory_that_does_not_suffice_later_costs_no_result():
    measuring = Measuring(lambda cell, number: {"numpy_manual": 50, "tf1_session": 60})

    def failing(plan, number, turns):
        if number:
            raise too_large(LARGE)
        return measuring(plan, number, turns)

    plan = TimingPlan([SMALL, LARGE], ["numpy_manual", "tf1_session"], seconds=1000)
    timings, ended = time_plan(plan, None, measured=failing)
    assert len(timings.of_cell(LARGE)) == 2
    assert str(ended).startswith("layer_sizes, batch_sizes: got 64-64-32-10, 64; allowed: ")


def test_a_timing_ends_in_time_to_report():
    def never(cell, number):
        return {"numpy_manual": 50, "tf1_session": 60 + 9 * (number % 3)}

    for seconds in (30, 50, 70):
        _, measuring = timed(never, seconds=seconds)
        assert measuring.clock <= seconds - REPORT_SECONDS + 1
