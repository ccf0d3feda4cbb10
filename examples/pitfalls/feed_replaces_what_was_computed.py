"""A feed replaces any tensor, and what was to compute that tensor does not run

Theme: Graphs and sessions
Symptom: a preprocessing step in the graph has no effect; the NaNs that it replaces come through; the outputs do not
    change with the inputs.
Answer: give the placeholder a Python name of its own, and feed that. Fed under a name that was bound to a later tensor,
    the values below pass unscaled.
Threads: tensorflow 9960, 10132

    $ .venv/bin/python examples/pitfalls/feed_replaces_what_was_computed.py
    wrong  scaled:0 is fed: outputs [   1.  -50. -254.]; the scaling ran 0 times
    right  pixels:0 is fed: outputs [1.  0.8 0. ]; the scaling ran 1 time
    wrong  scaled:0 is fed as well, two different inputs: [1.  0.8 0. ] and [1.  0.8 0. ]

Why: the key of a feed_dict is a tensor, whichever one the Python name is bound to now, and a session accepts nearly
    every tensor as a key. It cuts the graph there: nodes that only the fed tensor needs are left out. That is useful,
    to start from a stored hidden layer, and it is silent.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
scaled = 0  # how often the scaling ran


def scale(array):
    global scaled
    scaled += 1
    return array / np.float32(255)


# %% The wrong way: the name of the placeholder is used again, for what is computed from it.
pixels_array = np.array([0, 51, 255], "float32")
with tf1.Graph().as_default(), tf1.Session() as session:
    pixels = tf1.placeholder(tf.float32, (3,), "pixels")
    pixels = tf1.py_func(scale, [pixels], tf.float32, name="scaled")
    outputs = 1.0 - pixels
    wrong = session.run(outputs, {pixels: pixels_array})
    print(f"wrong  {pixels.name} is fed: outputs {wrong}; the scaling ran {scaled} times")
    assert scaled == 0
    assert wrong.tolist() == [1, -50, -254]

# %% The right way: one name for one tensor.
with tf1.Graph().as_default(), tf1.Session() as session:
    pixels = tf1.placeholder(tf.float32, (3,), "pixels")
    brightness = tf1.py_func(scale, [pixels], tf.float32, name="scaled")
    outputs = 1.0 - brightness
    right = session.run(outputs, {pixels: pixels_array})
    print(f"right  {pixels.name} is fed: outputs {right}; the scaling ran {scaled} time")
    assert scaled == 1
    assert np.allclose(right, [1, 0.8, 0])

    # %% Fed together, the later tensor wins: other inputs give the same outputs.
    hidden = np.array([0, 0.2, 1], "float32")
    same = [session.run(outputs, {pixels: inputs, brightness: hidden}) for inputs in (pixels_array, 0 * pixels_array)]
    print(f"wrong  {brightness.name} is fed as well, two different inputs: {same[0]} and {same[1]}")
    assert np.array_equal(*same)
    assert scaled == 1
