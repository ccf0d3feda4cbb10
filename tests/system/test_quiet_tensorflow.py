"""What importing TensorFlow leaves out."""

import subprocess
import sys

SCRIPT = """
import sys
from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly(keras=False)
import tensorflow as tf

assert not [name for name in sys.modules if name.split(".")[0] == "keras"]
assert tf.keras.layers.Dense(2)(tf.ones((1, 3))).shape == (1, 2)
"""


def test_keras_is_left_to_its_first_use():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
