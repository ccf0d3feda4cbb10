"""The operations that ran and their times, read from TensorFlow's profiler, and as RunMetadata for TensorBoard.

A traced function leaves RunMetadata empty (tensorflow #36314), so its times come from the profiler's trace. The public
functions write the trace to a folder, which takes longer than the step and leaves it cold caches; here it stays in
memory. This takes two private modules. Only this file imports them, and a test fails if they disappear.
"""

import re
from typing import NamedTuple

import tensorflow as tf
from tensorflow.python.profiler.internal._pywrap_profiler import ProfilerSession
from tensorflow.tsl.profiler.protobuf.trace_events_pb2 import Trace

from graphs.inspection.node_times import whole_us

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
KERNELS = 3  # the profiler level that reports each kernel


class Event(NamedTuple):
    """One event in the profiler's trace."""

    name: str
    start_us: float
    duration_us: float
    details: dict[str, str]


def profile(action):
    """The Events of everything that TensorFlow does during action(), in order of their start."""
    session = ProfilerSession()
    session.start("", tf.profiler.experimental.ProfilerOptions(host_tracer_level=KERNELS)._asdict())
    try:
        action()
    finally:
        trace = session.stop()
    return sorted(map(_event, Trace.FromString(trace).trace_events), key=lambda event: event.start_us)


def executor_times(events):
    """{node: microseconds} for the nodes of a graph, which its executor calls `node:Operation`."""
    times = {}
    for event in events:
        node = re.fullmatch(r"([^:\s]+):\w+", event.name)
        if node:
            times[node[1]] = event.duration_us
    return times


def eager_times(events):
    """[(operation, microseconds)] of the kernels that eager execution called, in order."""
    operations = [event.details["eager_op"] for event in events if event.details.get("eager_op")]
    kernels = [event.duration_us for event in events if event.name == "KernelAndDeviceFunc::Run"]
    return list(zip(operations, kernels, strict=True))


def run_metadata(times):
    """{node: microseconds} as RunMetadata."""
    metadata = tf.compat.v1.RunMetadata()
    device = metadata.step_stats.dev_stats.add(device=CPU)
    for node, duration_us in times.items():
        nanos = round(duration_us * 1e3)
        device.node_stats.add(node_name=node, all_end_rel_micros=whole_us(duration_us), all_end_rel_nanos=nanos)
    return metadata


def _event(event):
    # The kernel of a node is called by its operation alone; its details have the whole name.
    name = event.args.get("long_name", event.name)
    return Event(name, event.timestamp_ps / 1e6, event.duration_ps / 1e6, dict(event.args))
