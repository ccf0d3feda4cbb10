"""The gradient is None, or 0, because the computation leaves TensorFlow on its way to the loss

Theme: Gradients
Symptom: "No gradients provided for any variable", tape.gradient returns None, or a weight never changes. A .numpy(), a
    float(), a function of NumPy, a tf.numpy_function or a tf.py_function stands between the variable and the loss.
Answer: use TensorFlow's functions from the variable to the loss; where Python has to run, tf.py_function with
    TensorFlow's functions inside, or tf.custom_gradient. The gradient is then 6.0 instead of None or 0.0.
Threads: tensorflow 36596, 31919, 47288

    $ .venv/bin/python examples/pitfalls/gradient_none_through_numpy.py
    wrong  .numpy(): None
    wrong  float(): None
    wrong  tf.numpy_function: None
      ValueError: No gradients provided for any variable.
    wrong  tf.py_function with .numpy() inside: 0.0
    wrong  np.square(weight) as the loss:
      AttributeError: 'numpy.float32' object has no attribute '_id'
    right  tf.square: 6.0
    right  tf.py_function with tf.square inside: 6.0
    right  tf.numpy_function in a tf.custom_gradient: 6.0

Why: a tape records TensorFlow's operations. A Python number or a NumPy array does not know what it was computed from,
    and a tensor made of it is a constant. tf.numpy_function has no gradient either, nor had TensorFlow 1's tf.py_func.
    tf.py_function has one: it runs its Python function under a tape of its own. If that tape finds no connection,
    because NumPy computes inside, the gradient is 0 and not None, so nothing fails.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf

weight = tf.Variable(3.0)


def gradient_of(square):
    with tf.GradientTape() as tape:
        loss = square(weight)
    assert loss == 9
    return tape.gradient(loss, weight)


# %% The wrong way: each of these computes 9, and the tape does not see how.
for name, square in (
    (".numpy()", lambda x: tf.constant(np.square(x.numpy()))),
    ("float()", lambda x: tf.square(float(x))),
    ("tf.numpy_function", lambda x: tf.numpy_function(np.square, [x], tf.float32)),
):
    gradient = gradient_of(square)
    print(f"wrong  {name}: {gradient}")
    assert gradient is None

# %% An optimizer refuses to work if no variable has a gradient.
with fails(ValueError, "No gradients provided for any variable"):
    tf.keras.optimizers.SGD(0.1).apply_gradients([(gradient, weight)])

# %% tf.py_function gives 0 where NumPy computes inside. An optimizer accepts that.
gradient = gradient_of(lambda x: tf.py_function(lambda x: np.square(x.numpy()), [x], tf.float32))
print(f"wrong  tf.py_function with .numpy() inside: {gradient}")
assert gradient.numpy() == 0

# %% A loss that is no tensor at all: NumPy's functions accept a variable and return an array.
print("wrong  np.square(weight) as the loss:")
with fails(AttributeError, "'numpy.float32' object has no attribute '_id'"):
    gradient_of(np.square)


# %% The right way: TensorFlow's operations, or Python that calls TensorFlow's operations.
@tf.custom_gradient
def square_in_numpy(x):
    """Where only NumPy can compute a function, its derivative has to be written down."""
    return tf.numpy_function(np.square, [x], tf.float32), lambda upstream: upstream * 2 * x


for name, square in (
    ("tf.square", tf.square),
    ("tf.py_function with tf.square inside", lambda x: tf.py_function(tf.square, [x], tf.float32)),
    ("tf.numpy_function in a tf.custom_gradient", square_in_numpy),
):
    gradient = gradient_of(square)
    print(f"right  {name}: {gradient}")
    assert gradient.numpy() == 6
