"""Each new shape of an argument makes tf.function trace a new graph

Theme: Tracing
Symptom: "triggered tf.function retracing" with batches or sequences of different length; the last, smaller batch of
    an epoch is slow; a server slows down and grows as new lengths come in.
Answer: declare the shape with None, input_signature=[tf.TensorSpec((None, 4))]: 1 trace for 5 shapes instead of 5; or
    reduce_retracing=True: 2.
Threads: tensorflow 38561, 33434, 38002, 48229

    $ .venv/bin/python examples/pitfalls/new_shape_retraces.py
    wrong  5 numbers of rows: 5 traces
    right  the same, TensorSpec((None, 4)): 1 trace
    wrong  a shape that the signature does not allow
      TypeError: Binding inputs to tf.function failed due to `Can not cast TensorSpec(shape=(32, 5),
        dtype=tf.float32, name=None) to TensorSpec(shape=(None, 4), dtype=tf.float32, name=None)`.
        Received args: (<tf.Tensor: shape=(32, 5), dtype=float32, numpy=
    right  the same, reduce_retracing=True: 2 traces

Why: by default a graph is made for the exact shapes of its arguments, so that it can be optimized for them.
    reduce_retracing makes one such graph, and at the second shape a general one, with None where the shapes differ. A
    signature is general from the start, and it checks: a batch with 5 columns fails at the call. TensorFlow 1 had
    this in its placeholders: tf1.placeholder(tf.float32, (None, 4)). In the general graph x.shape[0] is None while it
    is traced; write tf.shape(x)[0].
"""

from graphs.lesson import fails

import tensorflow as tf

batches = [tf.ones((rows, 4)) for rows in (32, 31, 20, 9, 5)]


def mean_of_rows(x):
    return tf.reduce_sum(x, axis=0) / tf.cast(tf.shape(x)[0], tf.float32)


def traces(function):
    for batch in batches:
        assert tuple(function(batch)) == (1, 1, 1, 1)
    return function.experimental_get_tracing_count()


# %% The wrong way: nothing says that the number of rows may differ.
wrong = tf.function(mean_of_rows)
print(f"wrong  5 numbers of rows: {traces(wrong)} traces")
assert wrong.experimental_get_tracing_count() == 5

# %% The right way, if you know which dimension differs: None in an input_signature.
right = tf.function(mean_of_rows, input_signature=[tf.TensorSpec((None, 4))])
print(f"right  the same, TensorSpec((None, 4)): {traces(right)} trace")
assert right.experimental_get_tracing_count() == 1
assert right.get_concrete_function().inputs[0].shape.as_list() == [None, 4]
print("wrong  a shape that the signature does not allow")
with fails(TypeError, "Can not cast TensorSpec(shape=(32, 5)"):
    right(tf.ones((32, 5)))

# %% The right way, if you do not: TensorFlow finds out at the second shape.
relaxed = tf.function(mean_of_rows, reduce_retracing=True)
print(f"right  the same, reduce_retracing=True: {traces(relaxed)} traces")
assert relaxed.experimental_get_tracing_count() == 2
