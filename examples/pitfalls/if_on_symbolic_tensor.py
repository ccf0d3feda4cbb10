"""An if on a symbolic tensor fails wherever AutoGraph does not rewrite it

Theme: Tracing
Symptom: OperatorNotAllowedInGraphError: "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed", though the
    function has @tf.function and runs eagerly. The if stands in call() of a Keras 3 model, in a comprehension, in
    max(), or under autograph=False.
Answer: tf.cond or tf.where for the if; @tf.function on the function that holds it, call() too; tf.maximum
    and tf.boolean_mask for the rest.
Threads: tensorflow 34940, 40916

    $ .venv/bin/python examples/pitfalls/if_on_symbolic_tensor.py
    wrong  autograph=False
      OperatorNotAllowedInGraphError: Using a symbolic `tf.Tensor` as a Python `bool` is not allowed.
        You can attempt the following resolutions to the problem: If you are running in Graph mode, use
        Eager execution mode or decorate this function with @tf.function. If you are using [...]
    right  tf.function(flipped): [[3.0, -1.0]]
    wrong  an if in call(), predict
      OperatorNotAllowedInGraphError: Exception encountered when calling Flip.call().
    wrong  a comprehension
      OperatorNotAllowedInGraphError: OperatorNotAllowedInGraphError: Using a symbolic `tf.Tensor` as a
        Python `bool` is not allowed. You can attempt the following resolutions to the problem: If you
        are running in Graph mode, use Eager execution mode or decorate this function with [...]
    wrong  max()
      OperatorNotAllowedInGraphError: OperatorNotAllowedInGraphError: Using a symbolic `tf.Tensor` as a
        Python `bool` is not allowed. You can attempt the following resolutions to the problem: If you
        are running in Graph mode, use Eager execution mode or decorate this function with [...]
    wrong  a graph of tf.compat.v1
      OperatorNotAllowedInGraphError: Using a symbolic `tf.Tensor` as a Python `bool` is not allowed.
        You can attempt the following resolutions to the problem: If you are running in Graph mode, use
        Eager execution mode or decorate this function with @tf.function. If you are using [...]
    right  tf.cond, autograph=False: [[3.0, -1.0]]
    right  tf.where, autograph=False: [[3.0, -1.0]]
    right  @tf.function under call(), predict: [[3.0, -1.0]]
    right  tf.boolean_mask: [1.]; tf.maximum: 1.0

Why: while a function is traced, a comparison has no value yet, so Python cannot choose a branch. AutoGraph rewrites
    if, while, for and the conditional expression into tf.cond and tf.while_loop, but only in source that it can read
    and may convert. It leaves the code of Keras 3 alone, and what Keras calls, so call() as well; Keras 2 had call()
    converted. A comprehension, and what Python does inside max(), stays as it is. TensorFlow 1 had no AutoGraph: in its
    graphs every such if fails, and tf.cond was the way to write it.
"""

from graphs.lesson import fails

import tensorflow as tf

SYMBOLIC = tf.errors.OperatorNotAllowedInGraphError
NOT_ALLOWED = "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed"
x = tf.constant([[-3.0, 1.0]])


def flipped(x):
    """x, with its sign changed if its sum is negative."""
    if tf.reduce_sum(x) < 0:
        return -x
    return x


class Flip(tf.keras.Model):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


# %% The wrong way: AutoGraph is off. The same function is rewritten where it is on.
print("wrong  autograph=False")
with fails(SYMBOLIC, NOT_ALLOWED):
    tf.function(flipped, autograph=False)(x)
print(f"right  tf.function(flipped): {tf.function(flipped)(x).numpy().tolist()}")
assert tf.function(flipped)(x).numpy().tolist() == [[3, -1]]

# %% The wrong way in Keras 3: the model runs eagerly, but predict traces it without AutoGraph.
assert Flip(flipped)(x).numpy().tolist() == [[3, -1]]
print("wrong  an if in call(), predict")
with fails(SYMBOLIC, "Exception encountered when calling Flip.call()"):
    Flip(flipped).predict(x, verbose=0)


# %% The wrong way: Python asks for a bool where AutoGraph rewrites nothing.
def comprehension(x):
    return [value for value in (x[0, 0], x[0, 1]) if value > 0]


def largest_of(x):
    return max(x[0, 0], x[0, 1])


for name, unconverted in (("a comprehension", comprehension), ("max()", largest_of)):
    unconverted(x)  # eager execution has nothing against it
    print(f"wrong  {name}")
    with fails(SYMBOLIC, NOT_ALLOWED):
        tf.function(unconverted)(x)

# %% The wrong way in a graph of TensorFlow 1: there is no AutoGraph at all.
print("wrong  a graph of tf.compat.v1")
with tf.Graph().as_default(), fails(SYMBOLIC, NOT_ALLOWED):
    flipped(tf.compat.v1.placeholder(tf.float32, (None, 2)))


# %% The right way: the choice is an operation; or tf.function stands right on the function with the if.
def with_cond(x):
    return tf.cond(tf.reduce_sum(x) < 0, lambda: -x, lambda: x)


def with_where(x):
    return tf.where(tf.reduce_sum(x) < 0, -x, x)


for name, function in (("tf.cond", with_cond), ("tf.where", with_where)):
    result = tf.function(function, autograph=False)(x).numpy().tolist()
    print(f"right  {name}, autograph=False: {result}")
    assert result == [[3, -1]]
predicted = Flip(tf.function(flipped)).predict(x, verbose=0).tolist()
print(f"right  @tf.function under call(), predict: {predicted}")
assert predicted == [[3, -1]]


@tf.function
def as_operations(x):
    return tf.boolean_mask(x[0], x[0] > 0), tf.maximum(x[0, 0], x[0, 1])


positive, largest = as_operations(x)
print(f"right  tf.boolean_mask: {positive.numpy()}; tf.maximum: {largest}")
assert positive.numpy().tolist() == [1]
assert largest == 1
