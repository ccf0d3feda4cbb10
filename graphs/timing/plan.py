"""What to time: every implementation on every size, with every number of steps per call."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from graphs.implementations import NAMES
from graphs.implementations.table import CALL, names_of
from graphs.network import Batch, NetworkSpec, initial_parameters
from graphs.refusals import check_choice, check_count, is_integer, refusal

# The control, timed against itself: the first of these that the plan includes.
CONTROLS = (*names_of(lambda each: each.grappler == CALL), *NAMES)
WIDE = 1024
LEAST_SECONDS = 20
LEAST_ROUNDS = 3  # in a process, however long they take


class Cell(NamedTuple):
    """A size, on which all implementations are timed in turn."""

    layer_sizes: tuple[int, int, int, int]
    batch_size: int

    def __str__(self):
        return f"{'-'.join(map(str, self.layer_sizes))}, {self.batch_size}"


class Series(NamedTuple):
    """What is timed: calls of train_step, or of train_steps with steps_per_call steps each."""

    implementation: str
    steps_per_call: int = 1
    control: bool = False  # the same series again, with its own network
    repeats: int = 1  # calls that count as one: a known factor, for the self-test

    def __str__(self):
        steps = f" x{self.steps_per_call}" if self.steps_per_call > 1 else ""
        repeats = f", {self.repeats} calls" if self.repeats > 1 else ""
        return f"{self.implementation}{steps}{repeats}{' again' if self.control else ''}"


SIZES = (
    Cell((4, 8, 8, 1), 8),
    Cell((64, 64, 32, 10), 64),
    Cell((784, 512, 512, 10), 128),
    Cell((WIDE, WIDE, WIDE, WIDE), WIDE),
)


@dataclasses.dataclass(frozen=True)
class TimingPlan:
    """What to time. Raises ValueError, naming the field, if it cannot be timed."""

    cells: Sequence[Cell] = SIZES
    implementations: Sequence[str] = NAMES
    steps_per_call: Sequence[int] = (1,)
    repeats: Sequence[int] = (1,)  # as in Series
    optimizer: str = "sgd"
    dtype: str = "float32"
    seconds: int = 90  # for everything: starting processes, measuring, reporting
    processes: int = 12  # at most; fewer once every pair is decided
    looks: Sequence[int] = (5,)  # after so many processes, only what is undecided goes on
    threads: int | None = 1  # each on a core of its own; None for each library's default and all cores
    rounds: int = 200  # per process, at most; fewer if they take long
    seed: int = 0
    anatomy: bool = False

    def __post_init__(self):
        for name in self.implementations:
            check_choice("implementations", name, NAMES)
        if not self.implementations:
            raise refusal("implementations", "none", f"one or more of {', '.join(NAMES)}")
        names = tuple(name for name in NAMES if name in self.implementations)
        object.__setattr__(self, "implementations", names)
        for field, least in (("seconds", LEAST_SECONDS), ("processes", 1), ("rounds", LEAST_ROUNDS), ("seed", 0)):
            _check_integer(field, getattr(self, field), least)
        if self.threads is not None:
            _check_integer("threads", self.threads, 1)
        if not self.cells:
            raise refusal("cells", "none", "one or more sizes")
        if not self.steps_per_call:
            raise refusal("steps_per_call", "none", "one or more numbers of steps")
        for steps in self.steps_per_call:
            check_count(steps, "steps_per_call")
        if self.anatomy and 1 not in self.steps_per_call:
            raise refusal("anatomy", f"steps_per_call {', '.join(map(str, self.steps_per_call))}", "1 among them")
        for cell in self.cells:
            _check_integer("batch_sizes", cell.batch_size, 1)
            self.spec(cell)
            try:
                self.parameters(cell)
                self.batch(cell)
            except (MemoryError, ValueError):  # NumPy raises ValueError for more than any memory could hold
                raise too_large(cell) from None
        object.__setattr__(self, "cells", tuple(sorted(set(self.cells), key=step_flops)))
        object.__setattr__(self, "steps_per_call", tuple(sorted(set(self.steps_per_call))))

    def spec(self, cell):
        """The NetworkSpec of a size."""
        return NetworkSpec(cell.layer_sizes, optimizer=self.optimizer, dtype=self.dtype)

    def parameters(self, cell):
        """The parameters from which every network starts."""
        return initial_parameters(self.spec(cell), self.seed)

    def batch(self, cell):
        """Random inputs (N, D) and targets (N, C)."""
        generator = np.random.default_rng(self.seed)
        sizes = cell.layer_sizes[0], cell.layer_sizes[-1]
        return Batch(*(generator.normal(size=(cell.batch_size, size)).astype(self.dtype) for size in sizes))

    @property
    def all_looks(self):
        """The numbers of processes after which the results are looked at; the last ends the timing."""
        return (*(look for look in self.looks if look < self.processes), self.processes)

    @property
    def controlled(self):
        """The Series that the control repeats."""
        return self.series()[-1]._replace(control=False)

    def series(self):
        """Every Series that takes turns on a size; the last is the control."""
        names = self.implementations
        first = next(name for name in CONTROLS if name in names)
        return [
            *(
                Series(name, steps, repeats=repeats)
                for steps in self.steps_per_call
                for repeats in self.repeats
                for name in names
            ),
            Series(first, self.steps_per_call[0], control=True, repeats=self.repeats[0]),
        ]


def too_large(cell):
    """The refusal of a size that does not fit into memory."""
    return refusal("layer_sizes, batch_sizes", cell, "sizes that fit into memory")


def step_flops(cell):
    """Floating-point operations of a training step's eight matrix products, two for each term of a sum. Other
    operations, which grow with the layers' widths and not with their products, are left out.
    """
    inputs, hidden1, hidden2, outputs = cell.layer_sizes
    first, others = inputs * hidden1, hidden1 * hidden2 + hidden2 * outputs
    # Each weight is used in its layer, in its own gradient and, except in layer 1, in the gradient of its inputs.
    return 2 * cell.batch_size * (2 * first + 3 * others)


def _check_integer(field, value, least):
    if not (is_integer(value) and value >= least):
        raise refusal(field, repr(value), f"an integer from {least} up")
