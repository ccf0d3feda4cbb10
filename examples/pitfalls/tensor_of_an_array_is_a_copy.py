"""An eager tensor made of an array is a copy: neither sees what happens to the other

Theme: Numbers
Symptom: an array is overwritten after tf.constant(array) or tf.Variable(array). Does the tensor change? Does a tensor
    change when tensor.numpy() is overwritten?
Answer: not in 2.21: all of them copy. np.asarray(tensor) shares the tensor's memory and is read-only; DLPack shares an
    array's memory, and its tensor changes with the array.
Threads: tensorflow 33254, 45964

    $ .venv/bin/python examples/pitfalls/tensor_of_an_array_is_a_copy.py
    right  tf.constant of an array, which is overwritten with 2: 1.0
    right  tf.convert_to_tensor of an array, which is overwritten with 2: 1.0
    right  tf.Variable of an array, which is overwritten with 2: 1.0
    right  Dataset.from_tensors of an array, which is overwritten with 2: 1.0
    right  tf.function of an array, which is overwritten with 2: 1.0
    right  tf.numpy_function of an array, which is overwritten with 2: 1.0
    right  tensor.numpy() is overwritten with 2: the tensor holds 1.0
    right  np.asarray(tensor) shares its memory
      ValueError: assignment destination is read-only
    wrong  from_dlpack of an array, overwritten: 2.0
    right  from_dlpack of a copy, overwritten: 1.0

Why: tensors are immutable, so TensorFlow lets them share memory among themselves, and copies at the border to NumPy,
    whose arrays are not. The introduction to TensorFlow 2.0 said that they share it where possible, as PyTorch's
    torch.from_numpy does. A session differs: see variable_shares_the_fed_array.py.
"""

from graphs.lesson import fails

import numpy as np
import tensorflow as tf


def aligned():
    """Four ones, float32, aligned to 64 bytes: what TensorFlow could use without a copy."""
    room = np.zeros(4 * 4 + 64, "uint8")
    start = -room.ctypes.data % 64
    array = room[start : start + 4 * 4].view("float32")
    array[:] = 1
    return array


# %% From NumPy: the array is overwritten afterwards.
for name, make in (
    ("tf.constant", tf.constant),
    ("tf.convert_to_tensor", tf.convert_to_tensor),
    ("tf.Variable", tf.Variable),
    ("Dataset.from_tensors", lambda array: next(iter(tf.data.Dataset.from_tensors(array)))),
    ("tf.function", tf.function(lambda tensor: tensor)),
    ("tf.numpy_function", lambda array: tf.numpy_function(lambda: array, [], tf.float32)),
):
    array = aligned()
    tensor = make(array)
    array[:] = 2
    print(f"right  {name} of an array, which is overwritten with 2: {tensor.numpy()[0]}")
    assert tensor.numpy()[0] == 1

# %% To NumPy: .numpy() is a copy, np.asarray is a read-only view.
tensor = tf.constant([1.0, 1.0])
tensor.numpy()[:] = 2
print(f"right  tensor.numpy() is overwritten with 2: the tensor holds {tensor.numpy()[0]}")
assert tensor.numpy()[0] == 1
view = np.asarray(tensor)
assert np.shares_memory(view, np.asarray(tensor))
assert not np.shares_memory(view, tensor.numpy())
print("right  np.asarray(tensor) shares its memory")
with fails(ValueError, "assignment destination is read-only"):
    view[:] = 2

# %% The wrong way: DLPack hands over the memory. The right way: a copy goes first.
for kind, copy, expected in (("wrong", False, 2), ("right", True, 1)):
    array = aligned()
    tensor = tf.experimental.dlpack.from_dlpack((array.copy() if copy else array).__dlpack__())
    array[:] = 2
    print(f"{kind}  from_dlpack of {'a copy' if copy else 'an array'}, overwritten: {tensor.numpy()[0]}")
    assert tensor.numpy()[0] == expected
