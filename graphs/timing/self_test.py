"""Can this machine be trusted now? Known factors, timed as if they were unknown."""

from statistics import median
from typing import NamedTuple

from graphs.implementations.table import REFERENCE
from graphs.timing.plan import CONTROLS, SIZES, Series, TimingPlan
from graphs.timing.verdict import FASTER, Verdict

REPEATS = (10, 11, 13)  # calls that count as one: the known factors are 1.1 and 1.3
IMPLEMENTATIONS = (REFERENCE, CONTROLS[0])
PROCESSES = 5
ALLOWED = {1.1: 0.03, 1.3: 0.05}  # how far off a factor may be found


class Known(NamedTuple):
    """A known factor and what was found."""

    series: Series  # with the larger number of calls
    factor: float
    verdict: Verdict

    @property
    def found(self):
        """The factor in the process in the middle: one process that was disturbed does not count."""
        return median(self.verdict.processes)

    @property
    def right(self):
        """Whether it was found within what is ALLOWED."""
        return abs(self.found - self.factor) <= ALLOWED[self.factor]


def self_test_plan(**fields):
    """The TimingPlan of a self-test: the smallest size, a fixed number of processes."""
    fixed = {"cells": SIZES[:1], "steps_per_call": (1,), "repeats": REPEATS, "processes": PROCESSES, "looks": ()}
    return TimingPlan(**{"implementations": IMPLEMENTATIONS, **fields, **fixed})


def known_factors(timings):
    """The Known of each implementation and factor."""
    (cell,) = timings.cells()
    found = []
    for name in timings.plan.implementations:
        ten, *others = (timings.rows[cell, Series(name, repeats=repeats)] for repeats in REPEATS)
        found += [Known(row.series, row.series.repeats / REPEATS[0], timings.judged(ten, row)) for row in others]
    return found


def complete(timings):
    """Whether all processes were measured."""
    (cell,) = timings.cells()
    return len(timings.control(cell)[1].processes) == timings.plan.processes


def trusted(timings):
    """Whether all processes found every known factor, and the control does not differ from itself."""
    (cell,) = timings.cells()
    sound = timings.control(cell)[1].outcome != FASTER
    return complete(timings) and sound and all(each.right for each in known_factors(timings))
