"""The results of a timing, from the events that its processes reported."""

import dataclasses
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphs.implementations.table import names_of
from graphs.timing.crossover import between, crossovers
from graphs.timing.events import Built, Round, Split, Started
from graphs.timing.intervals import median, median_interval
from graphs.timing.plan import Cell, Series, TimingPlan, step_flops
from graphs.timing.verdict import FASTER, REFUSED, judge, noise

PREPARED = names_of(lambda each: each.has_graph)  # TensorFlow prepares their graphs at the first run


class Process(NamedTuple):
    """What a process reported of a row besides its step times."""

    started: Started
    built: Built
    calls: int  # in a block


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One series on one size. Step times are per step, however many steps a call takes."""

    cell: Cell
    series: Series
    measured: tuple[tuple[Process, np.ndarray], ...]  # of each process; step times in microseconds
    limit_gflops: float

    @property
    def blocks(self):
        """The step times of each process."""
        return [blocks for _, blocks in self.measured]

    @cached_property
    def step_time_us(self):
        return median(self.blocks)

    @cached_property
    def interval_us(self):
        """(low, high) of the step time, 95%."""
        return median_interval(self.blocks)

    @cached_property
    def noise(self):
        """The interquartile range over the median, within a process."""
        return noise(self.blocks)

    @property
    def throughput(self):
        """Examples per second."""
        return self.cell.batch_size / self.step_time_us * 1e6

    @property
    def gflops(self):
        """1e9 floating-point operations per second, in the matrix products."""
        return step_flops(self.cell) / self.step_time_us / 1e3

    @property
    def share(self):
        """gflops as a share of the fastest tf.matmul in the same run."""
        return self.gflops / self.limit_gflops

    @property
    def build_ms(self):
        """The time of the constructor; like the times below, the median of the processes."""
        return self._once_ms(lambda built: built.build_ms)

    @property
    def trace_ms(self):
        """The time until a function has its graph."""
        return self._once_ms(lambda built: built.trace_ms)

    @property
    def compile_ms(self):
        """How much longer the first step takes than the second: XLA's compilation, or the graph optimizer; None
        without either."""
        if self.series.implementation not in PREPARED:
            return None
        return max(0.0, self._once_ms(lambda built: built.first_step_ms - built.second_step_ms))

    @property
    def first_call_ms(self):
        """The wait for the first call of a new network: trace, compilation and a step."""
        return self._once_ms(lambda built: built.trace_ms + built.first_step_ms)

    def _once_ms(self, part):
        return float(np.median([part(process.built) for process, _ in self.measured]))


@dataclasses.dataclass(frozen=True)
class Timings:
    """All that the processes of a plan reported; fewer sizes or rounds than planned if they were interrupted."""

    plan: TimingPlan
    processes: tuple[tuple, ...]  # the events of each process
    folder: Path

    @cached_property
    def environment(self):
        """The environment of the first process."""
        return next(event.environment for event in self.processes[0] if isinstance(event, Started))

    @cached_property
    def limit_gflops(self):
        """The fastest matrix product in any of the processes."""
        return max(event.limit_gflops for events in self.processes for event in events if isinstance(event, Started))

    @cached_property
    def rows(self):
        """{(cell, series): Measurement} of every series with a timed block."""
        found = {}
        for cell in self.plan.cells:
            for series in self.plan.series():
                measured = tuple(
                    (_process(events, cell, series), blocks)
                    for events in self.processes
                    if len(blocks := _blocks(events, cell, series))
                )
                if measured:
                    found[cell, series] = Measurement(cell, series, measured, self.limit_gflops)
        return found

    def of_cell(self, cell, steps_per_call=None):
        """The rows of a size without the control, fastest first; steps_per_call, if given, selects rows."""
        rows = [
            row
            for (where, series), row in self.rows.items()
            if where == cell and not series.control and steps_per_call in (None, series.steps_per_call)
        ]
        return sorted(rows, key=lambda row: row.step_time_us)

    def cells(self):
        """The sizes with timed rows."""
        return [cell for cell in self.plan.cells if self.of_cell(cell)]

    def control(self, cell):
        """(the control's Measurement, the Verdict on the control against itself)."""
        control = self.rows[cell, self.plan.series()[-1]]
        return control, self._judged(self.rows[cell, control.series._replace(control=False)], control)

    def verdict(self, ours, theirs):
        """The Verdict on two rows of one size; REFUSED if the control differs from itself."""
        found = self._judged(ours, theirs)
        _, control = self.control(ours.cell)
        if control.outcome == FASTER:
            reason = f"the control differs from itself by a factor of {control.ratio:.2f}"
            found = found._replace(outcome=REFUSED, reason=reason)
        return found

    @cached_property
    def _verdicts(self):
        return {}

    def _judged(self, ours, theirs):
        key = ours.cell, ours.series, theirs.series
        if key not in self._verdicts:
            self._verdicts[key] = judge(ours.blocks, theirs.blocks)
        return self._verdicts[key]

    def neighbours(self, cell, steps_per_call):
        """(faster Measurement, slower Measurement, Verdict) of neighbours in order of speed."""
        rows = self.of_cell(cell, steps_per_call)
        return [(ours, theirs, self.verdict(ours, theirs)) for ours, theirs in pairwise(rows)]

    def against_single_calls(self, cell):
        """(Measurement of many steps per call, Measurement of one, Verdict) of each series timed both ways."""
        rows = {row.series: row for row in self.of_cell(cell)}
        return [
            (rows[series], single, self.verdict(rows[series], single))
            for series in self.plan.series()
            if series in rows and series.steps_per_call > 1 and (single := rows.get(series._replace(steps_per_call=1)))
        ]

    def anatomy(self, cell, implementation):
        """The Anatomy of a step, from the process with the median step; None if none was measured."""
        found = [
            event.anatomy
            for events in self.processes
            for event in events
            if isinstance(event, Split) and (event.cell, event.implementation) == (cell, implementation)
        ]
        return sorted(found, key=lambda each: each.step_us)[len(found) // 2] if found else None

    def crossovers(self):
        """The Crossover of every two implementations whose order changes from one size to the next."""
        return [found for steps in self.plan.steps_per_call for found in crossovers(self, steps)]

    def midway(self):
        """Sizes halfway between two sizes where an order changes; none where the two are too close."""
        found = {between(turn.below, turn.above) for turn in self.crossovers()}
        return [cell for cell in found if cell not in self.plan.cells]

    def with_more(self, other):
        """These Timings with the sizes of other Timings."""
        plan = dataclasses.replace(self.plan, cells=(*self.plan.cells, *other.plan.cells))
        return Timings(plan, self.processes + other.processes, self.folder)


def _process(events, cell, series):
    started = next(event for event in events if isinstance(event, Started))
    built = next(event for event in events if isinstance(event, Built) and (event.cell, event.series) == (cell, series))
    calls = next(event.calls[series] for event in events if isinstance(event, Round) and event.cell == cell)
    return Process(started, built, calls)


def _blocks(events, cell, series):
    return np.array(
        [event.step_times_us[series] for event in events if isinstance(event, Round) and event.cell == cell]
    )
