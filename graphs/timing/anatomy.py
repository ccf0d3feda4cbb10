"""Where the time of one step goes: to Python, to handing work over (dispatch), and to the kernels that compute.

The profiler traces TensorFlow's executions: a moment belongs to the kernels if any kernel runs, to dispatch if
TensorFlow's C++ code has been called and no kernel runs, and otherwise to Python, which includes the tape.
NumPy has no profiler. A step of one example through layers of one unit measures Python plus dispatch; its operations,
called again one by one, measure dispatch. The rest of a full step, except for the check of the batch, is kernel time.
NumPy's own Python code counts as dispatch.
"""

import dataclasses
import re
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from graphs.implementations import load, text
from graphs.implementations.table import REFERENCE
from graphs.input_checks import check_batch
from graphs.network import Batch, State, initial_parameters, initial_state
from graphs.timing.recorded_array import recording

STEP = "graphs: one step"
STEPS = 21  # at most, of which the median one is reported
SECONDS = 0.5  # for all of them together,
LEAST_STEPS = 3  # unless that leaves fewer steps

# Python's calls into TensorFlow, as the trace names them.
CALLS = {
    *("SessionRun", "TFE_Py_FastPathExecute_C", "TFE_Py_ExecuteCancelable", "TFE_Py_Execute", "EagerExecute"),
    "TFE_DeleteTensorHandle",
}


class Anatomy(NamedTuple):
    """The parts of one step, in microseconds."""

    python_us: float
    dispatch_us: float
    kernels_us: float

    @property
    def step_us(self):
        return sum(self)


def anatomy(network, name, batch):
    """The Anatomy of a step of a Network of this name. Takes several steps."""
    step = partial(network.train_step, batch)
    return numpy_anatomy(network.spec, batch, step) if name == REFERENCE else traced_anatomy(step)


def traced_anatomy(step):
    """The Anatomy of the median one of several traced calls of step()."""
    import tensorflow as tf

    from graphs.inspection.profiler import profile

    step()
    seconds = min(timeit.repeat(step, number=1, repeat=3))
    count = int(np.clip(SECONDS / seconds, LEAST_STEPS, STEPS))

    def steps():
        for _ in range(count):
            with tf.profiler.experimental.Trace(STEP):
                step()

    events = profile(steps)
    found = [split(events, event.start_us, end(event)) for event in events if event.name == STEP]
    return sorted(found, key=lambda each: each.step_us)[len(found) // 2]


def split(events, start_us, end_us):
    """The Anatomy of the time between two moments."""
    inside = [event for event in events if start_us <= event.start_us and end(event) <= end_us]
    computing = [(event.start_us, end(event)) for event in kernels(inside)]
    called = [(event.start_us, end(event)) for event in inside if event.name in CALLS]
    kernels_us, both_us = covered(computing), covered(computing + called)
    return Anatomy(end_us - start_us - both_us, both_us - kernels_us, kernels_us)


def kernels(events):
    """The events that are kernels: run by a graph's executor, by XLA, or by an eager operation."""
    functions = [event.start_us for event in events if event.name == "FunctionRun"]
    return xla_kernels(events) + [
        event
        for event in events
        # The executor names a kernel `node:Operation`; the operation may be a function with its own kernels.
        if re.fullmatch(r"[^:\s]+:(?!__)\w+", event.name)
        or (
            event.name == "KernelAndDeviceFunc::Run"
            and not any(event.start_us <= start_us <= end(event) for start_us in functions)
        )
    ]


def xla_kernels(events):
    """XLA's kernels, each until its mark `end: NAME`: one that threads share goes on after the event that starts it.

    events: in order of their start.
    """
    marks: dict[str, list[float]] = {}
    for event in events:
        if event.name.startswith("end: "):
            marks.setdefault(event.name.removeprefix("end: "), []).append(event.start_us)
    ends_us = {name: iter(times_us) for name, times_us in marks.items()}
    return [
        event._replace(duration_us=max(end(event), next(ends_us[event.name], 0)) - event.start_us)
        for event in events
        if event.name in ends_us
    ]


def covered(intervals):
    """The length of the union of [(start, end)]."""
    length, reached = 0.0, -float("inf")
    for start, stop in sorted(intervals):
        length += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return length


def end(event):
    return event.start_us + event.duration_us


def numpy_anatomy(spec, batch, step):
    """The Anatomy of step(), a NumPy step on a batch."""
    small = dataclasses.replace(spec, layer_sizes=(1, 1, 1, 1))
    parameters, example = initial_parameters(small, seed=0), Batch(*np.ones((2, 1, 1), small.dtype))
    calls = operations_of_step(small, initial_state(small, parameters), example)
    with load(REFERENCE).Network(small, parameters) as network:
        small_us = _call_us(partial(network.train_step, example))
    dispatch_us = min(small_us, sum(map(_call_us, calls)))
    # Checking the batch counts as Python, as in the other implementations, however large the batch.
    check_us = max(0.0, _call_us(partial(check_batch, spec, batch)) - _call_us(partial(check_batch, small, example)))
    kernels_us = max(0.0, _call_us(step) - small_us - check_us)
    return Anatomy(small_us - dispatch_us + check_us, dispatch_us, kernels_us)


def operations_of_step(spec, state, batch):
    """The operations of the reference's train_step from a State, each as a function that repeats it."""
    calls: list[Callable[[], Any]] = []
    wrap, reference = recording(calls), text(REFERENCE)
    parameters, slots, step = reference.make_variables(spec, state)
    wrapped = [type(tensors)(*map(wrap, tensors)) for tensors in (parameters, *slots, batch)]
    state = State(wrapped[0], tuple(wrapped[1:-1]), wrap(step))
    reference.train_step(spec, state, *wrapped[-1])
    return calls


def _call_us(call):
    """The time of a call in microseconds, from the fastest of several runs of at least 0.2 ms each."""
    seconds = min(timeit.repeat(call, number=1, repeat=3))
    number = max(1, round(2e-4 / seconds))
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6
