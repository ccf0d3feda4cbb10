"""The progress of a timing, in seconds estimated before it begins; a progress bar needs only proportions."""

import numpy as np

from graphs.timing.events import Built, Round, Split, Started
from graphs.timing.plan import step_flops
from graphs.timing.step_times import BLOCK_SECONDS
from graphs.timing.worker import LEAST_ROUNDS, ROUND_SECONDS

START_SECONDS = 6.0  # until a process has loaded TensorFlow
BUILD_SECONDS = 0.2
CALL_SECONDS = 0.0005
FLOPS_A_SECOND = 5e10
CHECK = 4  # times the work of a step, in twice the precision


def expected_seconds(plan):
    """The estimated seconds of the whole plan."""
    return plan.processes * _process_seconds(plan)


def follow(plan):
    """A function that takes the events of a plan in turn and returns (what is going on, seconds done)."""
    processes, done = -1, 0.0

    def heard(event):
        nonlocal processes, done
        if isinstance(event, Started):
            processes += 1
            done = processes * _process_seconds(plan) + START_SECONDS
            return f"process {processes + 1} of {plan.processes}", done
        cell = plan.cells.index(event.cell)
        begun = START_SECONDS + sum(_cell_seconds(plan, earlier) for earlier in plan.cells[:cell])
        done += {Built: _build_seconds, Round: _round_seconds, Split: lambda *_: 0}[type(event)](plan, event.cell)
        # If fewer or more rounds fit than expected, the next size corrects it.
        first = processes * _process_seconds(plan) + begun
        done = float(np.clip(done, first, first + _cell_seconds(plan, event.cell)))
        return f"process {processes + 1} of {plan.processes}: {event.cell}", done

    return heard


def _process_seconds(plan):
    return START_SECONDS + sum(_cell_seconds(plan, cell) for cell in plan.cells)


def _cell_seconds(plan, cell):
    round_seconds = _round_seconds(plan, cell)
    rounds = np.clip(ROUND_SECONDS / round_seconds, LEAST_ROUNDS, plan.rounds)
    return len(plan.series()) * _build_seconds(plan, cell) + float(rounds) * round_seconds


def _build_seconds(plan, cell):
    return BUILD_SECONDS + CHECK * step_flops(cell) / FLOPS_A_SECOND


def _round_seconds(plan, cell):
    step_seconds = CALL_SECONDS + step_flops(cell) / FLOPS_A_SECOND
    return sum(max(BLOCK_SECONDS, step_seconds * series.steps_per_call) for series in plan.series())
