"""TensorFlow does not promote dtypes: int32 + float32 and float64 @ float32 fail

Theme: Numbers
Symptom: "InvalidArgumentError: cannot compute AddV2 as input #1(zero-based) was expected to be a int32 tensor but is a
    float tensor"; in a tf.function or a session "TypeError: Input 'y' of 'AddV2' Op has type float32 that does not
    match type int32 of argument 'x'". Often a tensor that was made of a NumPy array.
Answer: tf.cast(x, tf.float32), or array.astype("float32") where the data come in.
Threads: probability 1542

    $ .venv/bin/python examples/pitfalls/dtype_mismatch.py
    wrong  int32 + float32, eager and in a tf.function:
      InvalidArgumentError: cannot compute AddV2 as input #1(zero-based) was expected to be a int32
        tensor but is a float tensor [Op:AddV2] name:
      TypeError: Input 'y' of 'AddV2' Op has type float32 that does not match type int32 of argument
        'x'.
    wrong  tf.matmul(array of float64, float32):
      InvalidArgumentError: cannot compute MatMul as input #1(zero-based) was expected to be a double
        tensor but is a float tensor [Op:MatMul] name:
    wrong  a batch of tf.data @ float32:
      InvalidArgumentError: cannot compute MatMul as input #1(zero-based) was expected to be a double
        tensor but is a float tensor [Op:MatMul] name:
    right  array @ weights, float64 beside float32: float32
    right  tf.cast(1, tf.float32) + 1.5: 2.5
    right  a batch of astype float32 @ float32: [2.0, 2.0]
    right  tf.experimental.numpy.add: 2.5, a float64

Why: both inputs of an addition or a product have the same dtype, and TensorFlow casts no tensor unasked, in version 1
    or 2. Only what is not a tensor yet adapts to the tensor beside it: a Python number, or a NumPy array as in
    array @ weights. By itself an array keeps its dtype, and NumPy's floats are float64 where weights are float32.
    tf.matmul makes a tensor of its first argument first, so there the array decides. tf.experimental.numpy promotes
    as NumPy does: here to float64, which makes everything that follows float64 as well.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp

number, weight = tf.constant(1), tf.constant(1.5)
array, weights = np.ones((1, 2)), tf.Variable(tf.ones((2, 2)))
assert array.dtype == np.float64

# %% The wrong way: two tensors of two dtypes.
print("wrong  int32 + float32, eager and in a tf.function:")
with fails(tf.errors.InvalidArgumentError, "was expected to be a int32 tensor but is a float tensor"):
    number + weight
with fails(TypeError, "Input 'y' of 'AddV2' Op has type float32 that does not match type int32 of argument 'x'"):
    tf.function(tf.add)(number, weight)

print("wrong  tf.matmul(array of float64, float32):")
with fails(tf.errors.InvalidArgumentError, "was expected to be a double tensor but is a float tensor"):
    tf.matmul(array, weights)

print("wrong  a batch of tf.data @ float32:")
(batch,) = tf.data.Dataset.from_tensors(array)
with fails(tf.errors.InvalidArgumentError, "was expected to be a double tensor but is a float tensor"):
    batch @ weights

# %% Beside a tensor, an array or a number becomes what the tensor is.
product = array @ weights
print("right  array @ weights, float64 beside float32:", product.dtype.name)
assert product.dtype == tf.float32

# %% The right way: cast, once, where the data come in.
total = tf.cast(number, tf.float32) + weight
print("right  tf.cast(1, tf.float32) + 1.5:", total.numpy())
assert total == 2.5
(batch,) = tf.data.Dataset.from_tensors(array.astype("float32"))
product = batch @ weights
print("right  a batch of astype float32 @ float32:", *product.numpy().tolist())
assert np.array_equal(product, [[2, 2]])

# %% TensorFlow's version of NumPy promotes, and to float64.
total = tnp.add(number, weight)
print(f"right  tf.experimental.numpy.add: {total.numpy()}, a {total.dtype.name}")
assert total.dtype == tf.float64
