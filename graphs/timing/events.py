"""What a process reports while it measures."""

from typing import Any, NamedTuple

from graphs.timing.anatomy import Anatomy
from graphs.timing.plan import Cell, Series


class Started(NamedTuple):
    """Where it measures, and how fast tf.matmul is here at best."""

    environment: dict[str, Any]
    limit_gflops: float


class Built(NamedTuple):
    """What is paid once, in milliseconds."""

    cell: Cell
    series: Series
    build_ms: float  # the constructor: variables, and a session's graph
    trace_ms: float  # a function's graph
    first_step_ms: float  # the first call after that, of one step, its compilation included
    second_step_ms: float  # the same once more


class Round(NamedTuple):
    """What is paid for each step: one block of everyone."""

    cell: Cell
    step_times_us: dict[Series, float]  # however many steps a call takes
    calls: dict[Series, int]  # in a block


class Split(NamedTuple):
    """Where a step's time goes, apart from the steps that are timed."""

    cell: Cell
    implementation: str
    anatomy: Anatomy


class Failed(NamedTuple):
    """Why nothing more will follow: an error of the caller's kind, with its one line."""

    error: Exception
