"""A Keras layer's regularization is not in the collection that TensorFlow 1's code adds up

Theme: Losses
Symptom: the regularization loss is 0; tf1.losses.get_regularization_loss() returns 0.0 and REGULARIZATION_LOSSES is
    empty, although there is a kernel_regularizer, an L2 penalty, a weight decay. There is no error.
Answer: add tf.add_n(layer.losses), or model.losses, to the loss: 0.4 instead of 0.0. The collection holds only what
    get_variable(regularizer=...) put there.

    $ .venv/bin/python examples/pitfalls/regularization_loss_is_zero.py
    wrong  a Keras layer in a graph: get_regularization_loss() is 0.0
    right  a Keras layer in a graph: the sum of layer.losses is 0.4
    wrong  a Keras layer, eagerly: get_regularization_loss() is 0.0
    right  a Keras layer, eagerly: the sum of layer.losses is 0.4
    right  get_variable in a graph: get_regularization_loss() is 0.4
    wrong  get_variable called twice, eagerly: get_regularization_loss() is 0.8

Why: TensorFlow 1's get_variable adds the penalty to a collection of the current graph. Keras 3 knows no collections: a
    layer computes its penalties when layer.losses is read. Nothing to add up is 0.0, not an error. In eager execution
    the collection is one list for the whole process, and get_variable adds to it at each call, since each call makes a
    new variable.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

tf1 = tf.compat.v1


def penalty(weight):
    return 0.1 * tf.reduce_sum(tf.square(weight))


def with_keras():
    """The collection's loss and the layer's own: one weight of 2.0, 0.1 times its square."""
    layer = tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.Constant(2.0), kernel_regularizer=penalty)
    layer(tf.ones((1, 1)))
    return tf1.losses.get_regularization_loss(), tf.add_n(layer.losses)


def get_variable():
    return tf1.get_variable("w", (), initializer=tf1.constant_initializer(2.0), regularizer=penalty)


def show(kind, way, loss, expected):
    print(f"{kind}  {way} is {loss:.1f}")
    assert abs(loss - expected) < 1e-6


assert not tf1.get_collection(tf1.GraphKeys.REGULARIZATION_LOSSES)

# %% The wrong way and the right way: a Keras layer.
with tf1.Graph().as_default(), tf1.Session() as session:
    losses = with_keras()
    session.run(tf1.global_variables_initializer())
    collected, own = session.run(losses)
show("wrong", "a Keras layer in a graph: get_regularization_loss()", collected, 0)
show("right", "a Keras layer in a graph: the sum of layer.losses", own, 0.4)
collected, own = with_keras()
show("wrong", "a Keras layer, eagerly: get_regularization_loss()", collected, 0)
show("right", "a Keras layer, eagerly: the sum of layer.losses", own, 0.4)

# %% get_variable: right in a graph.
with tf1.Graph().as_default(), tf1.Session() as session:
    get_variable()
    session.run(tf1.global_variables_initializer())
    loss = session.run(tf1.losses.get_regularization_loss())
show("right", "get_variable in a graph: get_regularization_loss()", loss, 0.4)

# %% Eagerly it holds too much.
weights = [get_variable() for _ in range(2)]
loss = tf1.losses.get_regularization_loss()
show("wrong", "get_variable called twice, eagerly: get_regularization_loss()", loss, 0.8)
tf1.get_collection_ref(tf1.GraphKeys.REGULARIZATION_LOSSES).clear()  # for what runs next in this process
