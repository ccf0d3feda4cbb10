"""One run's event file."""

import numpy as np
import tensorflow as tf


class RunLog:
    """Writes one run for TensorBoard into a folder. Everything said is on disk when a call returns."""

    def __init__(self, folder):
        self.folder = folder
        self._writer = tf.summary.create_file_writer(str(folder))

    def graph(self, graph_def):
        with self._writer.as_default(step=0):
            tf.summary.graph(graph_def)
        self._writer.flush()

    def text(self, name, markdown):
        with self._writer.as_default(step=0):
            tf.summary.text(name, markdown)
        self._writer.flush()

    def scalars(self, step, values):
        """values: {name: number}; what is beyond float32, the type of a scalar in TensorBoard, becomes infinite."""
        with np.errstate(over="ignore"):
            values = {name: np.float32(value) for name, value in values.items()}
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self._writer.flush()

    def close(self):
        self._writer.close()
