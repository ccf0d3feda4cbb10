"""How times are taken; never how long anything takes."""

import itertools

from graphs.timing.steps import StepTimes, time_steps


def test_blocks_take_turns_and_leave_the_raw_times():
    calls = {"a": 0, "b": 0}
    rounds = []

    def step(name):
        calls[name] += 1

    times = time_steps(
        {name: (lambda name=name: step(name)) for name in calls},
        blocks=4,
        block_seconds=1e-4,
        after_block=lambda: rounds.append(dict(calls)),
    )
    assert list(times) == ["a", "b"]
    for name, found in times.items():
        assert len(found.block_step_times_us) == 4
        assert all(step_time > 0 for step_time in found.block_step_times_us)
        # After each round everyone has taken the steps of one block more, and the one that warms it up.
        taken = [earlier[name] for earlier in rounds]
        assert {later - earlier for earlier, later in itertools.pairwise(taken)} == {found.steps_per_block + 1}


def test_median_and_interquartile_range():
    times = StepTimes((1.0, 2.0, 3.0, 4.0, 100.0), 1)
    assert times.median_us == 3
    assert times.iqr_us == 2
    assert times.noisy
    assert not StepTimes((100.0, 101.0, 102.0), 1).noisy
