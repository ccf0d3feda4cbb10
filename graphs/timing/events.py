"""What a process is asked to time, and what it reports while it does."""

from typing import Any, NamedTuple

from graphs.timing.anatomy import Anatomy
from graphs.timing.blocks import Block
from graphs.timing.first_step_check import FirstStep
from graphs.timing.plan import Cell, Series


class Turns(NamedTuple):
    """The series that take turns on a size, and the first step that each must compute."""

    cell: Cell
    series: tuple[Series, ...]
    expected: FirstStep


class Started(NamedTuple):
    """Where the process runs, and how fast tf.matmul is there at best."""

    environment: dict[str, Any]
    limit_gflops: float


class Built(NamedTuple):
    """One-time costs."""

    cell: Cell
    series: Series
    build_ms: float  # the constructor: variables, and a session's graph
    trace_ms: float  # a function's graph
    first_step_ms: float  # the first call after that, of one step, including compilation
    second_step_ms: float  # the same call again
    peak_mb: float | None  # by how much resident memory rose during all of this; None where it cannot be measured


class Round(NamedTuple):
    """The cost of each step: one Block of every Series, its times per step, however many steps a call takes."""

    cell: Cell
    blocks: dict[Series, Block]
    calls: dict[Series, int]  # calls in a block


class Timed(NamedTuple):
    """A size is done."""

    cell: Cell
    seconds: float  # that it took in this process, from building the networks on


class Split(NamedTuple):
    """Where a step's time goes, measured apart from the timed steps."""

    cell: Cell
    implementation: str
    anatomy: Anatomy


class Failed(NamedTuple):
    """Why the process stops: an error for the caller to raise, with a one-line message."""

    error: Exception
