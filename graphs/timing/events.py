"""What a process reports while it measures."""

from typing import Any, NamedTuple

from graphs.timing.anatomy import Anatomy
from graphs.timing.plan import Cell, Series


class Started(NamedTuple):
    """Where the process runs, and how fast tf.matmul is there at best."""

    environment: dict[str, Any]
    limit_gflops: float


class Built(NamedTuple):
    """One-time costs, in milliseconds."""

    cell: Cell
    series: Series
    build_ms: float  # the constructor: variables, and a session's graph
    trace_ms: float  # a function's graph
    first_step_ms: float  # the first call after that, of one step, including compilation
    second_step_ms: float  # the same call again


class Round(NamedTuple):
    """The cost of each step: one block of every Series."""

    cell: Cell
    step_times_us: dict[Series, float]  # per step, however many steps a call takes
    calls: dict[Series, int]  # calls in a block


class Split(NamedTuple):
    """Where a step's time goes, measured apart from the timed steps."""

    cell: Cell
    implementation: str
    anatomy: Anatomy


class Failed(NamedTuple):
    """Why the process stops: an error for the caller to raise, with a one-line message."""

    error: Exception
