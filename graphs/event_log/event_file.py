"""One run's event file, in TensorBoard's format: a sequence of records, each an Event protocol buffer."""

import os
import socket
import time
import uuid
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, TaggedRunMetadata
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb

from graphs.system.file_errors import as_os_errors


class RunLog:
    """Writes one run for TensorBoard into a folder. The data of each call is on disk when the call returns.

    A call raises OSError if it cannot write. Earlier records then stay readable as long as nothing more is written.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        # A unique name, so that two runs can share a folder.
        name = f"events.out.tfevents.{int(time.time()):010}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        self.file = self.folder / name
        with as_os_errors():
            self._writer = tf.io.TFRecordWriter(str(self.file))
        self._write(Event(file_version="brain.Event:2"))

    def graph(self, graph_def):
        """The graph that TensorBoard opens for the run."""
        self._write(Event(graph_def=graph_def.SerializeToString()))

    def run_metadata(self, tag, run_metadata):
        """Time and memory of the graph's nodes; the page offers them by tag."""
        content = run_metadata.SerializeToString()
        self._write(Event(tagged_run_metadata=TaggedRunMetadata(tag=tag, run_metadata=content)))

    def text(self, name, markdown):
        self._write(Event(summary=text_pb(name, markdown)))

    def scalars(self, step, values, descriptions=None):
        """values: {name: number}. TensorBoard's scalars are float32, so a number beyond its range becomes infinite.

        descriptions: {name: Markdown}, which the page shows beside the name of a curve.
        """
        with np.errstate(over="ignore"):
            for name, value in values.items():
                summary = scalar_pb(name, np.float32(value), (descriptions or {}).get(name))
                self._write(Event(step=step, summary=summary))

    def histograms(self, step, values):
        """values: {name: array}; the histograms leave out entries that are not finite."""
        for name, array in values.items():
            finite = array[np.isfinite(array)]
            if finite.size:
                self._write(Event(step=step, summary=histogram_pb(name, finite)))

    def image(self, name, png, width, height):
        """A picture, as the bytes of a PNG file."""
        image = Summary.Image(encoded_image_string=png, width=width, height=height, colorspace=4)
        self._write(Event(summary=Summary(value=[Summary.Value(tag=name, image=image)])))

    def close(self):
        """Also raises OSError if the file is gone."""
        with as_os_errors():
            self._writer.close()
        self.file.stat()

    def _write(self, event):
        event.wall_time = time.time()
        with as_os_errors():
            self._writer.write(event.SerializeToString())
            self._writer.flush()
