"""A tensor of a traced function has no value outside it

Theme: Tracing
Symptom: "<tf.Tensor ...> is out of scope and cannot be used here. Use return values, explicit Python locals or
    TensorFlow collections to access it"; InaccessibleTensorError; 'SymbolicTensor' object has no attribute 'numpy'; in
    older versions 'An op outside of the function building code is being passed a "Graph" tensor'. A tensor was appended
    to a list, or kept as self.hidden, in a tf.function.
Answer: return the tensor, or assign it to a tf.Variable. Out of a loop or a branch: a tf.TensorArray, or a local name
    that has a value before it.
Threads: tensorflow 57756, 54540, 37512, 47139

    $ .venv/bin/python examples/pitfalls/tensor_out_of_scope.py
    wrong  model.losses[0] + 1.0, where model.losses is [<tf.Tensor 'Sum:0' shape=() dtype=float32>]
      TypeError: <tf.Tensor 'Sum:0' shape=() dtype=float32> is out of scope and cannot be used here. Use
        return values, explicit Python locals or TensorFlow collections to access it.
    wrong  another tf.function reads self.hidden
      TypeError: <tf.Tensor 'mul:0' shape=(2,) dtype=float32> is out of scope and cannot be used here.
        Use return values, explicit Python locals or TensorFlow collections to access it.
    wrong  model.losses[0].numpy()
      AttributeError: 'SymbolicTensor' object has no attribute 'numpy'
    right  the loss returned: 9.0; hidden handed on: 9.0
    right  hidden kept in a variable: [3. 6.]
    wrong  a list that a branch appended to
      InaccessibleTensorError: <tf.Tensor 'cond/mul:0' shape=(2,) dtype=float32> is out of scope and
        cannot be used here. Use return values, explicit Python locals or TensorFlow collections to
        access it.
    right  a local name that the branch sets: [2. 4.]

Why: while it is traced, a tensor is an edge of that function's graph: a name without a value. What Python keeps of it
    is that name. Another function, or eager execution, gets TypeError; a loop or branch is a graph of its own, and a
    tensor that leaves it otherwise than as its result gives InaccessibleTensorError, which is a ValueError. A
    TensorFlow 1 program had one graph, so self.hidden could be fetched at any later session.run.
"""

from graphs.lesson import fails

import tensorflow as tf
from tensorflow.python.framework.errors_impl import InaccessibleTensorError  # tf.errors does not show it

x = tf.constant([1.0, 2.0])


class Model:
    def __init__(self):
        self.losses = []
        self.kept = tf.Variable([0.0, 0.0])

    @tf.function
    def forward(self, x):
        self.hidden = 3 * x
        self.losses.append(tf.reduce_sum(self.hidden))
        self.kept.assign(self.hidden)
        return self.losses[-1], self.hidden

    @tf.function
    def penalty(self):
        return tf.reduce_sum(self.hidden)

    @tf.function
    def penalty_of(self, hidden):
        return tf.reduce_sum(hidden)


# %% The wrong way: the list and the attribute hold symbolic tensors of a graph.
model = Model()
loss, hidden = model.forward(x)
print(f"wrong  model.losses[0] + 1.0, where model.losses is {model.losses}")
with fails(TypeError, "is out of scope and cannot be used here"):
    model.losses[0] + 1.0
print("wrong  another tf.function reads self.hidden")
with fails(TypeError, "is out of scope and cannot be used here"):
    model.penalty()
print("wrong  model.losses[0].numpy()")
with fails(AttributeError, "'SymbolicTensor' object has no attribute 'numpy'"):
    model.losses[0].numpy()

# %% The right way: what the function returned, or a variable.
print(f"right  the loss returned: {loss.numpy()}; hidden handed on: {model.penalty_of(hidden).numpy()}")
print(f"right  hidden kept in a variable: {model.kept.numpy()}")
assert loss + 1.0 == 10
assert model.penalty_of(hidden) == 9
assert model.kept.numpy().tolist() == [3, 6]


# %% The wrong way within one function: a branch on a tensor is a graph of its own. A loop is, too.
def last_positive(x):
    found = []
    if tf.reduce_sum(x) > 0:
        found.append(2 * x)
    return found[0]


last_positive(x)  # eager execution has nothing against it
print("wrong  a list that a branch appended to")
with fails(InaccessibleTensorError, "is out of scope and cannot be used here"):
    tf.function(last_positive)(x)
assert issubclass(InaccessibleTensorError, ValueError)


# %% The right way: a local name of Python that has a value before the if. It becomes a result of the branch.
@tf.function
def doubled_if_positive(x):
    found = tf.zeros_like(x)
    if tf.reduce_sum(x) > 0:
        found = 2 * x
    return found


print(f"right  a local name that the branch sets: {doubled_if_positive(x).numpy()}")
assert doubled_if_positive(x).numpy().tolist() == [2, 4]
assert doubled_if_positive(-x).numpy().tolist() == [0, 0]
