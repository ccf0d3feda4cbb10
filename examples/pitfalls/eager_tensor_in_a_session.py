"""A session takes arrays and gives arrays: an eager tensor is neither its key nor its value

Theme: Graphs and sessions
Symptom: "The value of a feed cannot be a tf.Tensor object"; "Tensor.graph is undefined when eager execution is
    enabled"; "Attempting to capture an EagerTensor without building a function"; a session.run in a tf.function that
    ran once.
Answer: cross the border as an array: feed tensor.numpy(), and tf.constant what session.run returns. A tf.function has
    to call the session through tf.numpy_function.
Threads: tensorflow 13619, 4842

    $ .venv/bin/python examples/pitfalls/eager_tensor_in_a_session.py
    wrong  an eager tensor is fed
      TypeError: The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python
        scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was
        tf.Tensor(3.0, shape=(), dtype=float32) which was passed to the argument `feed_dict` with [...]
    wrong  an eager tensor is fetched
      AttributeError: Tensor.graph is undefined when eager execution is enabled.
    wrong  an eager tensor is multiplied with a tensor of the graph
      RuntimeError: y: Attempting to capture an EagerTensor without building a function.
    right  tensor.numpy() is fed, tf.constant takes the result: 6.0
    wrong  session.run in a tf.function, fed 3, 4, 5: 1 run, [6.0, 6.0, 6.0]
    wrong  the argument of the tf.function is fed
      TypeError: The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python
        scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was
        Tensor("value:0", shape=(), dtype=float32) which was passed to the argument `feed_dict` [...]
    right  session.run in tf.numpy_function, fed 3, 4, 5: 3 runs, [6.0, 8.0, 10.0]

Why: an eager tensor holds a value and belongs to no graph; a session's tensor is a place in one graph and holds none. A
    tensor of a tf.function is a place in another graph. While a tf.function is traced, session.run is Python like any
    other: it runs then, once, and its result is a constant in the trace.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1

graph = tf1.Graph()
with graph.as_default():
    inputs = tf1.placeholder(tf.float32, (), "inputs")
    outputs = 2.0 * inputs
session = tf1.Session(graph=graph)
three = tf.constant(3.0)
runs = 0


def doubled(value):
    """The session's answer."""
    global runs
    runs += 1
    return session.run(outputs, {inputs: value})


# %% The wrong way: an eager tensor is fed, fetched, or used in the graph.
print("wrong  an eager tensor is fed")
with fails(TypeError, "The value of a feed cannot be a tf.Tensor object"):
    doubled(three)
print("wrong  an eager tensor is fetched")
with fails(AttributeError, "Tensor.graph is undefined when eager execution is enabled"):
    session.run(three)
print("wrong  an eager tensor is multiplied with a tensor of the graph")
with graph.as_default(), fails(RuntimeError, "Attempting to capture an EagerTensor without building a function"):
    inputs * three

# %% The right way: arrays.
result = tf.constant(doubled(three.numpy()))
print(f"right  tensor.numpy() is fed, tf.constant takes the result: {result}")
assert result == 6

# %% The wrong way: session.run in a tf.function runs while it is traced. The argument is no value then.
runs = 0
feeds = iter((3.0, 4.0, 5.0))
once = tf.function(lambda: doubled(next(feeds)))
values = [once().numpy().item() for _ in range(3)]
print(f"wrong  session.run in a tf.function, fed 3, 4, 5: {runs} run, {values}")
assert runs == 1
assert values == [6, 6, 6]
print("wrong  the argument of the tf.function is fed")
with fails(TypeError, "The value of a feed cannot be a tf.Tensor object"):
    tf.function(doubled, autograph=False)(three)

# %% The right way: tf.numpy_function calls Python, with arrays, each time the graph runs.
runs = 0
called = tf.function(lambda value: tf.numpy_function(doubled, [value], tf.float32))
values = [called(value).numpy().item() for value in (three, tf.constant(4.0), tf.constant(5.0))]
print(f"right  session.run in tf.numpy_function, fed 3, 4, 5: {runs} runs, {values}")
assert runs == 3
assert values == [6, 8, 10]
session.close()
