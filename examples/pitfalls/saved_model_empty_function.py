"""A loaded function cannot be called because it was never traced before it was saved

Theme: Files and logs
Symptom: "ValueError: Found zero restored functions for caller function" when a loaded SavedModel is called.
Answer: give the function an input_signature, or call it once before tf.saved_model.save.

    $ .venv/bin/python examples/pitfalls/saved_model_empty_function.py
    wrong  saved before its first call:
      ValueError: Found zero restored functions for caller function.
    right  called once before it is saved: 9.0
    wrong  the same, with another shape:
      ValueError: Could not find matching concrete function to call loaded from the SavedModel. Got:
    right  input_signature: [1.0] [1.0, 4.0, 9.0]

Why: a SavedModel holds graphs and no Python. A tf.function without input_signature has no graph before its first call,
    so there is nothing to save, and nothing says so until the loaded function is called. With a signature, saving
    traces it. What was traced for one shape serves that shape only, so call it with every shape that will come, or
    leave dimensions open in the signature.
"""

import tempfile

from graphs.lesson import fails

import tensorflow as tf


def saved_and_loaded(module):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder)
        return tf.saved_model.load(folder)


def square(x):
    return x * x


# %% The wrong way: saved before its first call.
module = tf.Module()
module.square = tf.function(square)
loaded = saved_and_loaded(module)
print("wrong  saved before its first call:")
with fails(ValueError, "Found zero restored functions for caller function."):
    loaded.square(tf.constant(3.0))

# %% Called first, it can be saved, for this one shape.
module = tf.Module()
module.square = tf.function(square)
module.square(tf.constant(3.0))
loaded = saved_and_loaded(module)
print("right  called once before it is saved:", loaded.square(tf.constant(3.0)).numpy())
print("wrong  the same, with another shape:")
with fails(ValueError, "Could not find matching concrete function to call loaded from the SavedModel."):
    loaded.square(tf.constant([3.0, 4.0]))

# %% The right way: a signature, whose None stands for any size.
module = tf.Module()
module.square = tf.function(square, input_signature=[tf.TensorSpec((None,))])
loaded = saved_and_loaded(module)
results = [loaded.square(tf.range(1.0, size + 1)).numpy().tolist() for size in (1, 3)]
print("right  input_signature:", *results)
assert results == [[1], [1, 4, 9]]
