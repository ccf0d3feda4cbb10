"""The results of a timing, from the events that its processes reported."""

import dataclasses
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphs.implementations.table import names_of
from graphs.timing.crossover import crossovers, midway
from graphs.timing.events import Built, Round, Split, Started, Timed
from graphs.timing.intervals import MISS, geometric_mean, interval
from graphs.timing.plan import LEAST_ROUNDS, Cell, Series, TimingPlan, step_flops
from graphs.timing.verdict import EQUAL, FASTER, WITHHELD, is_open, judge

LEAST_PROCESSES = 3  # to show a size that was added later
PREPARED = names_of(lambda each: each.has_graph)  # TensorFlow prepares their graphs at the first run


class Process(NamedTuple):
    """What a process reported of a row besides its step times."""

    number: int
    started: Started
    built: Built
    calls: int  # in a block


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One series on one size. Step times are per step, however many steps a call takes."""

    cell: Cell
    series: Series
    measured: tuple[tuple[Process, np.ndarray], ...]  # of each process; its Blocks as an array (rounds, 3)
    limit_gflops: float

    @property
    def blocks(self):
        """The step times of each process: the wall times of its blocks."""
        return [blocks[:, 0] for _, blocks in self.measured]

    @cached_property
    def _medians(self):
        return [float(np.median(blocks)) for blocks in self.blocks]

    @cached_property
    def step_time_us(self):
        """The median of each process; the geometric mean of these."""
        return geometric_mean(self._medians)

    @cached_property
    def interval_us(self):
        """(low, high) of the step time, 95%."""
        return interval(self._medians)

    @cached_property
    def peak_mb(self):
        """By how much resident memory rose at most until the first step was done; None where it cannot be measured."""
        peaks = [process.built.peak_mb for process, _ in self.measured if process.built.peak_mb is not None]
        return float(np.median(peaks)) if peaks else None

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
    folder: Path | None
    miss: float = MISS  # the share of intervals that may miss

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
        """{(cell, series): Measurement} of every series that a process timed often enough."""
        found: dict = {}
        for number, events in enumerate(self.processes):
            for (cell, series), measured in _measured(number, events).items():
                found.setdefault((cell, series), []).append(measured)
        return {
            key: Measurement(*key, tuple(found[key]), self.limit_gflops)
            for key in product(self.plan.cells, self.plan.series())
            if key in found
        }

    def of_cell(self, cell, steps_per_call=None):
        """The rows of a size without the control, fastest first; steps_per_call, if given, selects rows.

        The order is that of their ratios to what the control repeats, which every process times.
        """
        rows = [
            row
            for (where, series), row in self.rows.items()
            if where == cell and not series.control and steps_per_call in (None, series.steps_per_call)
        ]
        # A row that only some processes timed, slower ones perhaps, cannot be compared by its own times.
        return sorted(rows, key=lambda row: -self.judged(row, self.rows[cell, self.plan.controlled]).ratio)

    def cells(self):
        """The sizes that were timed. One that fewer than three processes reached is left out where others were timed in
        more: its intervals would be too wide to say anything.
        """
        processes = {cell: len(rows[0].measured) for cell in self.plan.cells if (rows := self.of_cell(cell))}
        least = min(LEAST_PROCESSES, max(processes.values(), default=0))
        return [cell for cell, number in processes.items() if number >= least]

    def first_cells(self):
        """The sizes that were timed from the first process on, without those that were added midway."""
        return [cell for cell in self.cells() if self.of_cell(cell)[0].measured[0][0].number == 0]

    def control(self, cell):
        """(the control's Measurement, the Verdict on the control against itself)."""
        control = self.rows[cell, self.plan.series()[-1]]
        return control, self.judged(self.rows[cell, self.plan.controlled], control)

    def verdict(self, ours, theirs):
        """The Verdict on two rows of one size; WITHHELD if the control differs from itself."""
        found = self.judged(ours, theirs)
        _, control = self.control(ours.cell)
        if control.outcome == FASTER:
            reason = f"the control differs from itself by a factor of {max(control.ratio, 1 / control.ratio):.2f}"
            found = found._replace(outcome=WITHHELD, reason=reason)
        return found

    @cached_property
    def _verdicts(self):
        return {}

    def judged(self, ours, theirs):
        """The Verdict on two rows, whatever the control says."""
        key = ours.cell, ours.series, theirs.series
        if key not in self._verdicts:
            of = {process.number: times for process, times in theirs.measured}
            both = [(times, of[process.number]) for process, times in ours.measured if process.number in of]
            miss, cpu = self.miss, self.plan.threads == 1
            self._verdicts[key] = judge([our for our, _ in both], [their for _, their in both], miss, cpu)
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

    def comparisons(self, cell):
        """(Measurement, Measurement, Verdict) of all that is said of a size: neighbours, and many steps a call."""
        found = [each for steps in self.plan.steps_per_call for each in self.neighbours(cell, steps)]
        return [*found, *self.against_single_calls(cell)]

    def _against_fastest(self, cell):
        """(the fastest Measurement, another, Verdict) where it is not decided whether the other is slower."""
        found = []
        for steps in self.plan.steps_per_call:
            fastest, *others = self.of_cell(cell, steps)
            found += [(fastest, row, self.verdict(fastest, row)) for row in others]
        return [each for each in found if each[-1].outcome not in (FASTER, EQUAL)]

    def undecided(self):
        """{cell: the series to time further}: at first all of them. Then all on sizes midway between two where an order
        changes, and those with an open verdict, be it on neighbours or on who leads; these with the control.
        """
        if not self.rows:
            return dict.fromkeys(self.plan.cells, tuple(self.plan.series()))
        found = {}
        for cell in self.cells():
            lacking = {
                row.series
                for *rows, verdict in [*self.comparisons(cell), *self._against_fastest(cell)]
                if is_open(verdict, self.miss)
                for row in rows
            }
            if lacking:
                lacking |= {self.plan.series()[-1], self.plan.controlled}
                found[cell] = tuple(series for series in self.plan.series() if series in lacking)
        new = midway(self.crossovers(), self.plan.cells)
        return dict.fromkeys(new, tuple(self.plan.series())) | found

    def cheapest(self, undecided, seconds):
        """As many of the sizes that go on as fit into so many seconds of a process, the cheapest first; at least one.

        A size that was not timed yet counts as much as the next larger one.
        """
        took = {event.cell: event.seconds for events in self.processes for event in events if isinstance(event, Timed)}

        def costs(cell):
            larger = (other for other in self.plan.cells if other in took and step_flops(other) >= step_flops(cell))
            return took.get(next(larger, cell), 0.0)

        found: dict = {}
        for cell in sorted(undecided, key=costs):
            seconds -= costs(cell)
            if seconds > 0 or not found:
                found[cell] = undecided[cell]
        return found

    def crossovers(self):
        """The Crossovers of every two implementations, for each number of steps per call."""
        return [found for steps in self.plan.steps_per_call for found in crossovers(self, steps)]


def _measured(number, events):
    """{(cell, series): (Process, times)} of the sizes that a process timed in enough rounds."""
    started = [event for event in events if isinstance(event, Started)]
    built = {(event.cell, event.series): event for event in events if isinstance(event, Built)}
    found: dict = {}
    for event in events:
        if isinstance(event, Round):
            found.setdefault(event.cell, []).append(event)
    return {
        (cell, series): (
            Process(number, started[0], built[cell, series], of_cell[0].calls[series]),
            np.array([event.blocks[series] for event in of_cell]),
        )
        for cell, of_cell in found.items()
        if len(of_cell) >= LEAST_ROUNDS
        for series in of_cell[0].blocks
    }
