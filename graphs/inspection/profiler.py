"""Which operations ran, and how long each took, as TensorFlow's profiler saw it; and that as TensorBoard wants it.

RunMetadata of a traced function stays empty (tensorflow #36314), so its times come from the profiler's trace. Reading
that takes a module that is not public; it is imported here alone, and a test would notice its absence.
"""

import errno
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from graphs.system.file_errors import as_os_errors

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
KERNELS = 3  # the level at which the profiler tells of each kernel


class Event(NamedTuple):
    """One thing that was done."""

    name: str
    start_us: float
    duration_us: float
    details: dict[str, str]


def profile(action):
    """The Events of everything that TensorFlow does meanwhile, in the order of their start.

    Raises OSError where the temporary folder has no room for them.
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
    """{node: microseconds} of the nodes of a graph: its executor calls them `node:Operation`."""
    times = {}
    for event in events:
        node = re.fullmatch(r"([^:\s]+):\w+", event.name)
        if node:
            times[node[1]] = event.duration_us
    return times


def eager_times(events):
    """[(operation, microseconds)] of the kernels that eager execution called, in their order."""
    operations = [event.details["eager_op"] for event in events if event.details.get("eager_op")]
    kernels = [event.duration_us for event in events if event.name == "KernelAndDeviceFunc::Run"]
    return list(zip(operations, kernels, strict=True))


def run_metadata(times):
    """The RunMetadata of {node: microseconds}."""
    metadata = tf.compat.v1.RunMetadata()
    device = metadata.step_stats.dev_stats.add(device=CPU)
    for node, duration_us in times.items():
        nanos = round(duration_us * 1e3)
        device.node_stats.add(node_name=node, all_end_rel_micros=whole_us(duration_us), all_end_rel_nanos=nanos)
    return metadata


def whole_us(duration_us):
    """TensorBoard reads whole microseconds and takes 0 for nothing, so what was shorter counts as 1."""
    return max(1, round(duration_us))


def _event(plane, line, event):
    # A text that comes twice is kept once, among the names, and referred to.
    names = plane.stat_metadata
    details = {names[stat.metadata_id].name: stat.str_value or names[stat.ref_value].name for stat in event.stats}
    start_us = line.timestamp_ns / 1e3 + event.offset_ps / 1e6
    return Event(plane.event_metadata[event.metadata_id].name, start_us, event.duration_ps / 1e6, details)
