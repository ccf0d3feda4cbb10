"""The TensorBoard callback of Keras 3 writes no graph of operations

Theme: Files and logs
Symptom: with TensorBoard(write_graph=True) the Graphs page shows layers (the conceptual graph), or "Malformed
    GraphDef", and no operation of the training step; for a subclassed model it shows nothing.
Answer: write the graph yourself: tf.summary.graph(step.get_concrete_function(...).graph), where step is a tf.function
    around model.train_step: 123 operations instead of none.
Threads: tensorboard 7006, 6989; keras 16810

    $ .venv/bin/python examples/pitfalls/tensorboard_keras_graph.py
    wrong  callback, Sequential model: 0 operations, layers: InputLayer, Dense
    wrong  callback, subclassed model: 0 operations, layers: none
    right  tf.summary.graph: 123 operations, 2 of them MatMul, forward and backward

Why: the callback writes the model's JSON, of functional and sequential models only. It would write the graph of the
    training function as well, but looks for attributes (function_spec, _concrete_stateful_fn) that Keras 3's training
    function does not have; the documentation of write_graph says "Not supported at this time". A run that holds
    JSON alone makes TensorBoard say "Malformed GraphDef" until the conceptual graph is chosen.
"""

import json
import tempfile
from pathlib import Path

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

keras = tf.keras
x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def compiled(model):
    model.compile(optimizer="sgd", loss="mse", jit_compile=False)
    return model


def written(write):
    """What write(folder) puts into event files: the operations of graphs, and the layers of Keras models."""
    operations, layers = [], []
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        for file in Path(folder).rglob("*tfevents*"):
            for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
                event = tf.compat.v1.Event.FromString(record)
                operations += [node.op for node in tf.compat.v1.GraphDef.FromString(event.graph_def).node]
                for value in event.summary.value:
                    if value.metadata.plugin_data.plugin_name == "graph_keras_model":
                        model = json.loads(value.tensor.string_val[0])
                        layers += [layer["class_name"] for layer in model["config"]["layers"]]
    return operations, layers


def fit(model, folder):
    model.fit(x, y, verbose=0, callbacks=[keras.callbacks.TensorBoard(folder, write_graph=True)])


# %% The wrong way: the callback.
sequential = compiled(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
for name, model, expected in (
    ("Sequential", sequential, ["InputLayer", "Dense"]),
    ("subclassed", compiled(Subclassed()), []),
):
    operations, layers = written(lambda folder, model=model: fit(model, folder))
    print(f"wrong  callback, {name} model: {len(operations)} operations, layers: {', '.join(layers) or 'none'}")
    assert not operations
    assert layers == expected


# %% The right way: the graph of a training step, written by TensorFlow.
@tf.function(input_signature=[tf.TensorSpec((None, 3)), tf.TensorSpec((None, 2))])
def step(x, y):
    return sequential.train_step((x, y))


def write_graph(folder):
    with tf.summary.create_file_writer(folder).as_default():
        tf.summary.graph(step.get_concrete_function().graph)


operations, _ = written(write_graph)
products = operations.count("MatMul")
print(f"right  tf.summary.graph: {len(operations)} operations, {products} of them MatMul, forward and backward")
assert products == 2
assert len(operations) > 50
