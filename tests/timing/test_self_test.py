"""Whether a self-test finds what it must, and says so."""

import dataclasses

import pytest
from fake_timings import SMALL, step_times

from graphs.reports.timing import self_test_sentences
from graphs.timing.blocks import Block
from graphs.timing.events import Built, Round, Started
from graphs.timing.plan import Series
from graphs.timing.results import Timings
from graphs.timing.self_test import known_factors, self_test_plan, trusted

ENVIRONMENT: dict = {}


def timings(off=1.0, control=1.0):
    """A self-test in which eleven steps of tf2_function take so many times what they should."""
    plan = self_test_plan(seed=3)
    processes = []
    for number in range(plan.processes):
        times = {
            one: step_times(
                one.repeats * (off if one == Series("tf2_function", repeats=11) else control if one.control else 1),
                seed=(number, index),
            )
            for index, one in enumerate(plan.series())
        }
        built = [Built(SMALL, one, 1.0, 1.0, 1.0, 1.0, None) for one in times]
        rounds = [
            Round(SMALL, {one: Block(us[turn], us[turn], 0) for one, us in times.items()}, dict.fromkeys(times, 1))
            for turn in range(20)
        ]
        processes.append((Started(ENVIRONMENT, 1.0), *built, *rounds))
    return Timings(plan, tuple(processes), None)


def test_a_self_test_takes_a_fixed_number_of_processes():
    plan = self_test_plan(implementations=["tf2_xla"], processes=99, looks=(1, 2))
    assert (plan.all_looks, plan.implementations, plan.cells) == ((5,), ("tf2_xla",), (SMALL,))


def test_known_factors_that_are_found_make_a_machine_trusted():
    found = timings()
    assert [(str(each.series), each.factor) for each in known_factors(found)] == [
        *(("numpy_manual, 11 calls", 1.1), ("numpy_manual, 13 calls", 1.3)),
        *(("tf2_function, 11 calls", 1.1), ("tf2_function, 13 calls", 1.3)),
    ]
    assert all(each.right for each in known_factors(found))
    assert trusted(found)
    *lines, control, last = self_test_sentences(found)
    assert lines[0].startswith("numpy_manual, 11 steps against 10: true 1.10, found 1.10 [1.")
    assert control.startswith("control: tf2_function, 10 calls against itself, 1.00 [")
    assert last.startswith("This machine can be trusted now")


def test_one_disturbed_process_does_not_cost_the_trust():
    found = timings()
    first, *others = found.processes
    eleven = Series("tf2_function", repeats=11)
    disturbed = tuple(
        event._replace(blocks=event.blocks | {eleven: Block(9.0, 9.0, 0)}) if isinstance(event, Round) else event
        for event in first
    )
    assert trusted(dataclasses.replace(found, processes=(disturbed, *others)))


def test_too_few_processes_are_not_trusted():
    found = timings()
    found = dataclasses.replace(found, processes=found.processes[:4])
    assert not trusted(found)
    assert self_test_sentences(found)[-1] == "Too few processes to tell in 90 seconds; --seconds allows more."


@pytest.mark.parametrize("wrong", [{"off": 1.05}, {"off": 0.95}, {"control": 1.2}])
def test_what_is_not_found_makes_it_not_trusted(wrong):
    found = timings(**wrong)
    assert not trusted(found)
    lines = self_test_sentences(found)
    assert lines[-1].startswith("This machine cannot be trusted now")
    assert [line for line in lines if "too far off" in line or "a difference" in line]
    assert dataclasses.is_dataclass(found)
