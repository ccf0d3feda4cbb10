"""No pitfall, but what two pitfalls of TensorBoard share: which nodes an event file holds, and a clean start."""

import tempfile
from pathlib import Path

import tensorflow as tf
from tensorflow.python.eager import context


def written(write):
    """The names of all nodes that write() puts into an event file."""
    names = []
    with tempfile.TemporaryDirectory() as folder:
        with tf.summary.create_file_writer(folder).as_default(step=0):
            write()
        (file,) = Path(folder).iterdir()
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            graphs = [tf.compat.v1.GraphDef.FromString(event.graph_def)]
            for value in event.summary.value:
                run = tf.compat.v1.RunMetadata.FromString(value.tensor.string_val[0])
                graphs += [graph.pre_optimization_graph for graph in run.function_graphs]
            names += [node.name for graph in graphs for node in graph.node]
    return names


def end_of_collecting():
    """What trace_off should do, and does not in 2.21; there is no public way."""
    context.context().export_run_metadata()
    context.context().disable_graph_collection()
