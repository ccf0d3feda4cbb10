"""How times are taken; never how long anything takes."""

import itertools
import sys
import time
from functools import partial

import pytest

from graphs.implementations import NAMES
from graphs.system.environment import bind_to_idle_cores, cores
from graphs.timing.blocks import BLOCK_SECONDS, LONG_SECONDS, Turn, block, rounds, turn
from graphs.timing.plan import Series
from graphs.timing.step_times import StepTimes, time_steps


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
        turns: list[str] = []
        taking = {Series(name): Turn(partial(turns.append, name), 1, False) for name in NAMES}
        assert len(list(rounds(taking, 6, seed))) == 6
        return turns

    first = order(0)
    assert first == order(0)
    assert first != order(1)
    by_round = [tuple(first[start : start + 5]) for start in range(0, 30, 5)]
    assert all(sorted(turn) == sorted(NAMES) for turn in by_round)
    assert len(set(by_round)) > 3


def test_a_block_is_filled_but_never_without_a_call():
    short, medium, long = (turn(partial(time.sleep, seconds)) for seconds in (1e-4, 2e-3, 2e-2))
    assert 2 <= short.calls <= 10
    assert medium.calls == long.calls == 1
    assert (short.warm, medium.warm, long.warm) == (True, True, False)


def test_a_call_that_is_long_even_roughly_is_not_tried():
    calls = []
    found = turn(lambda: calls.append(1), roughly=3 * LONG_SECONDS)
    assert (found.calls, found.warm, calls) == (1, False, [])
    turn(lambda: calls.append(1), roughly=BLOCK_SECONDS)
    assert len(calls) == 3


def test_one_slow_call_does_not_shorten_the_blocks():
    numbers = itertools.count()
    assert turn(lambda: time.sleep(0.02 if next(numbers) == 0 else 0)).calls > 1


def test_the_first_call_of_a_block_is_not_timed():
    numbers = itertools.count()
    cold = Turn(lambda: time.sleep(0.05 if next(numbers) == 0 else 0), 2, True)
    assert block(cold).wall_us < 20_000
    assert next(numbers) == 3


def test_a_block_tells_wall_time_and_cpu_time_apart():
    asleep = block(Turn(lambda: time.sleep(0.02), 1, False))
    assert asleep.wall_us >= 20_000
    assert asleep.cpu_us < 10_000
    busy = block(Turn(lambda: sum(range(10**6)), 1, False))
    assert busy.cpu_us > 1000
    assert busy.switches >= 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds processes to cores")
def test_a_process_is_bound_to_as_many_cores_as_it_has_threads():
    import os

    before = cores()
    try:
        bind_to_idle_cores(None)
        assert cores() == before
        bind_to_idle_cores(1)
        assert len(cores()) == 1
        assert cores()[0] in before
    finally:
        os.sched_setaffinity(0, before)
