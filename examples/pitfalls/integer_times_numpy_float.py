"""An int32 tensor times NumPy's 0.5 is 0, without an error

Theme: Numbers
Symptom: a product or a sum with integers is wrong or all zeros; the factor comes from NumPy.
Answer: tf.cast(pixels, tf.float32) first: [50. 100.] instead of [0 0].

    $ .venv/bin/python examples/pitfalls/integer_times_numpy_float.py
    wrong  [100, 200] * np.float64(0.5): [0 0], int32
    wrong  [100, 200] * np.array([0.5, 0.5]): [0 0], int32
    wrong  [100, 200] * np.float32(1.9): [100 200], int32
    wrong  the same in a session: [0 0]
      TypeError: Cannot convert 0.5 to EagerTensor of dtype int32
    right  tf.cast to float32 first: [ 50. 100.], float32

Why: what stands beside a tensor and is none is converted to the tensor's dtype. A Python float is refused if the dtype
    is an integer. A number or an array of NumPy is cast as NumPy's astype does, which cuts off the fraction: 0.5
    becomes 0. The same happens in a session, and when a variable of integers is assigned.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf

pixels = tf.constant([100, 200])

# %% The wrong way: the factor becomes int32 before it multiplies.
for name, factor in (
    ("np.float64(0.5)", np.float64(0.5)),
    ("np.array([0.5, 0.5])", np.array([0.5, 0.5])),
    ("np.float32(1.9)", np.float32(1.9)),
):
    product = pixels * factor
    print(f"wrong  [100, 200] * {name}: {product.numpy()}, {product.dtype.name}")
    assert np.array_equal(product, pixels.numpy() * np.asarray(factor).astype(int))

with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    product = session.run(tf.constant([100, 200]) * np.float64(0.5))
print("wrong  the same in a session:", product)
assert not product.any()

# %% A Python float does not slip through.
with fails(TypeError, "Cannot convert 0.5 to EagerTensor of dtype int32"):
    pixels * 0.5

# %% The right way: cast the integers.
product = tf.cast(pixels, tf.float32) * np.float64(0.5)
print(f"right  tf.cast to float32 first: {product.numpy()}, {product.dtype.name}")
assert np.array_equal(product, [50, 100])
