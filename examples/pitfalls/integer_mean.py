"""The mean of integers is an integer, so an accuracy is 0

Theme: Numbers
Symptom: the accuracy is 0 or 1 and nothing between; tf.reduce_mean of [1, 2] gives 1.
Answer: tf.reduce_mean(tf.cast(correct, tf.float32)): 0.75 where the integers gave 0.

    $ .venv/bin/python examples/pitfalls/integer_mean.py
    wrong  accuracy of 3 right in 4, as integers: 0
           sum / count: 0.75, a float64
    wrong  tf.compat.v1.div(3, 4): 0
    right  accuracy of 3 right in 4, as floats: 0.75

Why: tf.reduce_mean keeps the dtype of its input, and 3 / 4 as an integer is 0. NumPy's mean makes floats of integers.
    So does TensorFlow's operator /, but of dtype float64, which cannot be added to float32. TensorFlow 1's tf.div,
    tf.compat.v1.div today, cuts off as well.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

predicted = tf.constant([3, 1, 4, 1])
labels = tf.constant([3, 1, 4, 5])
correct = predicted == labels

# %% The wrong way: three of four are right, and the mean of 1, 1, 1, 0 as an int32 is 0.
accuracy = tf.reduce_mean(tf.cast(correct, tf.int32))
print("wrong  accuracy of 3 right in 4, as integers:", accuracy.numpy())
assert accuracy.dtype == tf.int32
assert accuracy == 0

# %% A sum divided by a count is different: / makes floats of integers, but of dtype float64.
ratio = tf.reduce_sum(tf.cast(correct, tf.int32)) / tf.size(correct)
print(f"       sum / count: {ratio.numpy()}, a {ratio.dtype.name}")
assert ratio == 0.75
assert ratio.dtype == tf.float64

# %% compat.v1.div, which old code has, is the division of integers.
ratio = tf.compat.v1.div(tf.constant(3), tf.constant(4))
print("wrong  tf.compat.v1.div(3, 4):", ratio.numpy())
assert ratio == 0

# %% The right way: cast before the mean.
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
print("right  accuracy of 3 right in 4, as floats:", accuracy.numpy())
assert accuracy == 0.75
