"""The operations that ran and their times, read from TensorFlow's profiler, and as RunMetadata for TensorBoard.

A traced function leaves RunMetadata empty (tensorflow #36314), so its times come from the profiler's trace. Reading the
trace takes a private module. Only this file imports it, and a test fails if it disappears.
"""

import errno
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from graphs.inspection.node_times import whole_us
from graphs.system.file_errors import as_os_errors

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
KERNELS = 3  # the profiler level that reports each kernel


class Event(NamedTuple):
    """One event in the profiler's trace."""

    name: str
    start_us: float
    duration_us: float
    details: dict[str, str]


def profile(action):
    """The Events of everything that TensorFlow does during action(), in order of their start.

    Raises OSError if the temporary folder has no room for the trace.
    """
    with tempfile.TemporaryDirectory() as folder, as_os_errors():
        tf.profiler.experimental.start(folder, tf.profiler.experimental.ProfilerOptions(host_tracer_level=KERNELS))
        try:
            action()
        finally:
            tf.profiler.experimental.stop()
        files = list(Path(folder).rglob("*.xplane.pb"))
        if not files:
            raise OSError(errno.EIO, "no profile could be written", folder)
        space = xplane_pb2.XSpace.FromString(files[0].read_bytes())
    found = [_event(plane, line, event) for plane in space.planes for line in plane.lines for event in line.events]
    return sorted(found, key=lambda event: event.start_us)


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


def _event(plane, line, event):
    # A repeated string is stored once, among the names, and referenced.
    names = plane.stat_metadata
    details = {names[stat.metadata_id].name: stat.str_value or names[stat.ref_value].name for stat in event.stats}
    start_us = line.timestamp_ns / 1e3 + event.offset_ps / 1e6
    return Event(plane.event_metadata[event.metadata_id].name, start_us, event.duration_ps / 1e6, details)
