"""A placeholder checks the shape that it declares, and no more

Theme: Graphs and sessions
Symptom: ValueError, "Cannot feed value of shape (3,) for Tensor inputs:0, which has shape (None, 3)"; or, without a
    shape, no error and a loss that is too large and does not fall to zero.
Answer: declare every size but that of the batch: tf1.placeholder(tf.float32, (None, 1)). A wrong feed is then a
    ValueError before anything runs; without a shape the loss below is 2.5 for perfect outputs.
Threads: tensorflow 5751

    $ .venv/bin/python examples/pitfalls/feed_of_another_shape.py
    wrong  targets without a shape: differences (4, 4), loss of perfect outputs 2.5
    right  targets declared (None, 1), fed (4,)
      ValueError: Cannot feed value of shape (4,) for Tensor targets:0, which has shape (None, 1)
    right  fed (4, 1): differences (4, 1), loss 0.0

Why: session.run compares the array's shape with the placeholder's, and None fits any size. A placeholder without a
    shape fits everything, and so broadcasting decides: outputs (N, 1) minus targets (N,) is a matrix (N, N) of all
    differences. Its mean is a number like any other loss.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
targets_array = np.array([1.0, 2.0, 3.0, 4.0], "float32")  # (4,), as it comes from a file
perfect = targets_array[:, np.newaxis]  # (4, 1), as it comes from a layer with one unit


def loss_of(targets_shape, targets_array):
    """(the loss of perfect outputs, the shape of the differences), with targets declared in that shape."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        outputs = tf1.placeholder(tf.float32, (None, 1), "outputs")
        targets = tf1.placeholder(tf.float32, targets_shape, "targets")
        differences = outputs - targets
        loss = tf.reduce_mean(tf.square(differences))
        loss, shape = session.run([loss, tf.shape(differences)], {outputs: perfect, targets: targets_array})
        return loss, tuple(shape.tolist())


# %% The wrong way: no shape, no check.
loss, shape = loss_of(None, targets_array)
print(f"wrong  targets without a shape: differences {shape}, loss of perfect outputs {loss}")
assert shape == (4, 4)
assert loss == 2.5

# %% The right way: the placeholder declares what it expects.
print("right  targets declared (None, 1), fed (4,)")
with fails(ValueError, "Cannot feed value of shape (4,) for Tensor targets:0, which has shape (None, 1)"):
    loss_of((None, 1), targets_array)
loss, shape = loss_of((None, 1), targets_array[:, np.newaxis])
print(f"right  fed (4, 1): differences {shape}, loss {loss}")
assert shape == (4, 1)
assert loss == 0
