"""What a tensor is
中文：什么是张量。除了数值，张量还有什么？张量是带形状和 dtype 的数组，TensorFlow 检查这两项，值不可改变；张量在哪个设备
    上，看 .device（这里没有 GPU）。整数没有梯度：笔记中的 [1, 2, 3] 和 [[1, 2], [3, 4]] 会成为 int32，求出的梯度是
    None，也不报错。判定：半对。

Question: what is a tensor, beyond its numbers?
Claim of the notes: 什么是张量.
    "张量存储数据，并在计算图中流动，支持 **自动求导** 和 **GPU加速**。"
    (Tensors store data, flow through the graph, and support automatic differentiation and acceleration by a GPU.)
Before you run it: the notes show 3.0, [1, 2, 3] and [[1, 2], [3, 4]]. Which of the three can have a gradient?

    $ .venv/bin/python examples/11_tensors.py
    Rank, shape and dtype
      scalar    rank 0  shape ()                float32
      vector    rank 1  shape (3,)              int32
      matrix    rank 2  shape (2, 2)            int32
      picture   rank 3  shape (427, 640, 3)     uint8
      pictures  rank 4  shape (2, 427, 640, 3)  uint8
      the picture lies on ...
    TensorFlow refuses
      float32 + float64: InvalidArgumentError
      uint8 * 1.5: TypeError
      vector[0] = 100: TypeError
    Picture: ...
    A tensor keeps its values
      .numpy() gives a copy: array[0] = 100 makes array [100   2   3], vector stays [1 2 3]
      np.asarray gives a view: it shares memory, True, and can be written to, False
      a variable is assigned [100   2   3]; the tensor read from it before stays [1 2 3]
    In a graph, before anything is fed
      a placeholder has shape <unknown>, and no device: ''
      after set_shape, it has shape (None, None, 3)
      when a picture is fed, its shape is [427 640   3]
    Gradients of scalar * (sum(x * x) + sum(y)), x and y being vector and matrix as float32
      scalar 24.0, x [ 6. 12. 18.], y [[3.0, 3.0], [3.0, 3.0]]
      if x is left int32: None
    Try next: show picture * 2, still uint8, in place of brighter. Which parts change colour, and why?
    Then: examples/12_session_in_numpy.py

Found: half true. A tensor is an array with a shape and a dtype that TensorFlow checks, and nothing changes its values.
    Integers have no gradient: the notes' [1, 2, 3] and [[1, 2], [3, 4]] become int32, and the gradient of an int32
    tensor is None, without an error. There was no GPU here; .device says where a tensor is.
Asserted: ranks 0 to 4; each refusal and its type; copy and read-only view; a read before assign; the shape in a graph;
    the gradients, worked out by hand
Minutes: 8
"""

import contextlib

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

lesson = Lesson("11_tensors", __doc__)
dtype = lesson.predict("Which dtype does tf.constant([1, 2, 3]) get?", ["int32", "int64", "float32"])
first = lesson.predict("x is [1, 2, 3]. After a = x.numpy() and a[0] = 100, what is x[0]?", [1, 100])
integer = lesson.predict("What is the gradient of sum(x * x) at the integers x = [1, 2, 3]?", ["[2 4 6]", "None"])

# %% Rank is the number of axes; shape is their sizes.
scalar = tf.constant(3.0)
vector = tf.constant([1, 2, 3])
matrix = tf.constant([[1, 2], [3, 4]])
picture = tf.constant(load_sample_image("flower.jpg"))  # (height, width, channels)
pictures = tf.stack([picture, tf.constant(load_sample_image("china.jpg"))])
tensors = {"scalar": scalar, "vector": vector, "matrix": matrix, "picture": picture, "pictures": pictures}
print("Rank, shape and dtype")
for name, tensor in tensors.items():
    print(f"  {name:8}  rank {tensor.ndim}  shape {tensor.shape!s:16}  {tensor.dtype.name}")
assert [tensor.ndim for tensor in tensors.values()] == [0, 1, 2, 3, 4]
print("  the picture lies on", picture.device.rpartition("device:")[2])
dtype.answer(vector.dtype.name)


# %% TensorFlow checks dtypes. It never converts a tensor to another dtype by itself.
@contextlib.contextmanager
def refused(kind, what):
    try:
        yield
    except kind:
        print(f"  {what}: {kind.__name__}")
    else:
        raise AssertionError(f"{what} was allowed")


print("TensorFlow refuses")
with refused(tf.errors.InvalidArgumentError, "float32 + float64"):
    scalar + tf.constant(1.0, tf.float64)
with refused(TypeError, "uint8 * 1.5"):
    picture * 1.5
with refused(TypeError, "vector[0] = 100"):
    vector[0] = 100

# %% One multiplication makes a picture of floats brighter.
floats = tf.cast(picture, tf.float32) / 255  # from 0 to 1
brighter = tf.minimum(1.5 * floats, 1.0)
assert np.allclose(brighter, np.minimum(1.5 * (picture.numpy() / 255), 1), atol=1e-6)
red, green, blue = tf.unstack(floats, axis=2)
shown = {"flower": floats, "flower * 1.5": brighter, "china": pictures[1]}
shown |= {"red, white: much": red, "green, white: much": green, "blue, white: much": blue}
figure = Figure((9, 4.8), layout="constrained")
for axes, (name, pixels) in zip(figure.subplots(2, 3, sharex=True, sharey=True).flat, shown.items()):
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=1)
    axes.set_title(f"{name}: {pixels.shape}")
figure.supxlabel("width (pixels)")
figure.supylabel("height (pixels)")
lesson.figure(figure, "channels")

# %% Nothing changes a tensor. A Variable takes new values.
array = vector.numpy()
array[0] = 100
view = np.asarray(vector)
shared = np.shares_memory(view, np.asarray(vector))
variable = tf.Variable(vector)
read = variable.read_value()
variable.assign([100, 2, 3])
print("A tensor keeps its values")
print(f"  .numpy() gives a copy: array[0] = 100 makes array {array}, vector stays {vector.numpy()}")
print(f"  np.asarray gives a view: it shares memory, {shared}, and can be written to, {view.flags.writeable}")
print(f"  a variable is assigned {variable.numpy()}; the tensor read from it before stays {read.numpy()}")
assert (shared, view.flags.writeable) == (True, False)
assert (variable.numpy()[0], read.numpy()[0]) == (100, 1)
first.answer(vector.numpy()[0])

# %% In a graph a tensor has no values, and its static shape is what is known without them.
print("In a graph, before anything is fed")
with tf1.Graph().as_default(), tf1.Session() as session:
    fed = tf1.placeholder(tf.uint8)
    print(f"  a placeholder has shape {fed.shape}, and no device: {fed.device!r}")
    fed.set_shape((None, None, 3))
    print("  after set_shape, it has shape", fed.shape)
    shape = session.run(tf.shape(fed), feed_dict={fed: picture.numpy()})
    print("  when a picture is fed, its shape is", shape)
assert fed.shape.as_list() == [None, None, 3]
assert shape.tolist() == picture.shape

# %% A gradient has the shape of its tensor. Integers have none.
# A tape records what is computed from the tensors that it watches, and then applies the chain rule backwards.
x, y = tf.cast(vector, tf.float32), tf.cast(matrix, tf.float32)
with tf.GradientTape() as tape:
    tape.watch([scalar, x, y])
    loss = scalar * (tf.reduce_sum(x * x) + tf.reduce_sum(y))  # 3 * (14 + 10)
d_scalar, d_vector, d_matrix = tape.gradient(loss, [scalar, x, y])
print("Gradients of scalar * (sum(x * x) + sum(y)), x and y being vector and matrix as float32")
print(f"  scalar {d_scalar.numpy()}, x {d_vector.numpy()}, y {d_matrix.numpy().tolist()}")
assert d_scalar == 24  # 14 + 10
assert d_vector.numpy().tolist() == [6, 12, 18]  # 3 * 2 * vector
assert d_matrix.numpy().tolist() == [[3, 3], [3, 3]]
with tf.GradientTape() as tape:
    tape.watch(vector)
    loss = tf.reduce_sum(vector * vector)
d_integers = tape.gradient(loss, vector)
print(f"  if x is left {vector.dtype.name}: {d_integers}")
assert d_integers is None
integer.answer(d_integers)

# %% What to try next
lesson.end(
    "show picture * 2, still uint8, in place of brighter. Which parts change colour, and why?",
    follows="12_session_in_numpy",
)
