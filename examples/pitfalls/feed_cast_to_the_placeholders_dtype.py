"""A feed is cast to the placeholder's dtype, without a word about what is lost

Theme: Graphs and sessions
Symptom: the graph computes with other numbers than were fed: 0.9 has become 0, a large id has become another id, a
    float64 array loses digits.
Answer: cast the array yourself and compare, as checked() does below; session.run refuses only a Python int that does
    not fit (TypeError).
Threads: tensorflow 9902

    $ .venv/bin/python examples/pitfalls/feed_cast_to_the_placeholders_dtype.py
    wrong  0.9 fed to int32: 0
    wrong  array(300) fed to uint8: 44
    wrong  array(4294967303) fed to int32: 7
    wrong  array(16777217) fed to float32: 16777216.0
    right  a Python int that does not fit is refused
      TypeError: Type of feed value 4294967303 with type <class 'int'> is not compatible with Tensor
        type <class 'numpy.int32'>. Try explicitly setting the type of the feed tensor to a larger type
        (e.g. int64).
    right  checked() refuses the others
      ValueError: 0.9 cannot be fed as int32: it would become 0
      ValueError: 300 cannot be fed as uint8: it would become 44
    right  0.1 and 3.0 fit: 0.10000000149011612 as float32, 3 as int32

Why: session.run calls NumPy's astype, which truncates and wraps around. It compares the result with a Python int, and
    with nothing else. Operations never convert, so that a silent cast of feeds comes as a surprise.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1


def seen(dtype, value):
    """What a graph computes with, where value is fed to a placeholder of that dtype."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        placeholder = tf1.placeholder(dtype, ())
        return session.run(tf.identity(placeholder), {placeholder: value}).item()


def checked(dtype, value):
    """The value in that dtype. Raises ValueError if the cast loses more than float32's rounding."""
    cast = np.asarray(value).astype(dtype.as_numpy_dtype)
    if not np.allclose(cast, value, rtol=1e-6, atol=0):
        raise ValueError(f"{value} cannot be fed as {dtype.name}: it would become {cast}")
    return cast


# %% The wrong way: feed what does not fit.
for dtype, value, expected in (
    (tf.int32, 0.9, 0),
    (tf.uint8, np.array(300), 44),
    (tf.int32, np.array(2**32 + 7), 7),
    (tf.float32, np.array(2**24 + 1), 2**24),
):
    print(f"wrong  {value!r} fed to {dtype.name}: {seen(dtype, value)}")
    assert seen(dtype, value) == expected
print("right  a Python int that does not fit is refused")
with fails(TypeError, "is not compatible with Tensor type"):
    seen(tf.int32, 2**32 + 7)

# %% The right way: compare after the cast.
print("right  checked() refuses the others")
for dtype, value in ((tf.int32, 0.9), (tf.uint8, np.array(300))):
    with fails(ValueError, "cannot be fed as"):
        checked(dtype, value)
print(f"right  0.1 and 3.0 fit: {checked(tf.float32, 0.1)} as float32, {checked(tf.int32, 3.0)} as int32")
assert checked(tf.int32, 3.0) == 3
assert seen(tf.float32, checked(tf.float32, 0.1)) == np.float32(0.1)
