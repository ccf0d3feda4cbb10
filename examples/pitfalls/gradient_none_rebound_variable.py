"""The gradient is None in the second step because v = v - lr * g made a tensor of the variable

Theme: Gradients
Symptom: the first step of a training loop works, the second ends with "TypeError: unsupported operand type(s) for *:
    'float' and 'NoneType'"; or, with unconnected_gradients="zero", the loss falls once and never again.
Answer: v.assign_sub(lr * g): the losses of four steps are then 9, 2.25, 0.5625 and 0.140625, instead of 9, 2.25, 2.25
    and 2.25.
Threads: tensorflow 24849

    $ .venv/bin/python examples/pitfalls/gradient_none_rebound_variable.py
    wrong  v = v - lr * g:
      TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'
           v was a ResourceVariable, then an EagerTensor; its gradients: 6.0, then None
    wrong  the same with unconnected_gradients="zero", losses: 9.0 2.25 2.25 2.25
    wrong  v -= lr * g:
      RuntimeError: `variable -= value` with `tf.Variable`s is not supported. Use
        `variable.assign_sub(value)` to modify the variable, or `out = variable * value` if you need to
        get a new output Tensor.
    right  v.assign_sub(lr * g), losses: 9.0 2.25 0.5625 0.140625
    right  a variable that the loss does not use: None, or 0.0 on request

Why: v - lr * g is a new tensor, and v = ... gives it the name v. No tape watches a tensor by itself, so loss and v are
    not connected: the gradient is None. unconnected_gradients="zero" returns 0 instead of None, which is right for a
    variable that the loss does not use, and hides this mistake. In TensorFlow 1, v = v - lr * g made a tensor, too:
    the graph has its node, and the variable in the session keeps its value.
"""

from graphs.lesson import fails

import tensorflow as tf

LEARNING_RATE = 0.25


def loss_and_gradient(v, unconnected="none"):
    with tf.GradientTape() as tape:
        loss = v * v
    return loss.numpy(), tape.gradient(loss, v, unconnected_gradients=unconnected)


# %% The wrong way: after one step v is no variable any more.
v = tf.Variable(3.0)
kinds, gradients = [], []
print("wrong  v = v - lr * g:")
with fails(TypeError, "unsupported operand type(s) for *: 'float' and 'NoneType'"):
    for _ in range(3):
        _, gradient = loss_and_gradient(v)
        kinds.append(type(v).__name__)
        gradients.append(gradient)
        v = v - LEARNING_RATE * gradient
print(f"       v was a {kinds[0]}, then an {kinds[1]}; its gradients: {gradients[0].numpy()}, then {gradients[1]}")
assert kinds == ["ResourceVariable", "EagerTensor"]
assert gradients[0] == 6
assert gradients[1:] == [None]

# %% Zeros instead of None make it worse: nothing fails, and nothing is learned after the first step.
v = tf.Variable(3.0)
losses = []
for _ in range(4):
    loss, gradient = loss_and_gradient(v, unconnected="zero")
    losses.append(loss)
    v = v - LEARNING_RATE * gradient
print('wrong  the same with unconnected_gradients="zero", losses:', *losses)
assert losses == [9, 2.25, 2.25, 2.25]

# %% TensorFlow refuses -=, which would do the same.
v = tf.Variable(3.0)
print("wrong  v -= lr * g:")
with fails(RuntimeError, "`variable -= value` with `tf.Variable`s is not supported."):
    v -= LEARNING_RATE * 6.0

# %% The right way: assign_sub, or an optimizer, changes the variable in place.
losses = []
for _ in range(4):
    loss, gradient = loss_and_gradient(v)
    losses.append(loss)
    v.assign_sub(LEARNING_RATE * gradient)
print("right  v.assign_sub(lr * g), losses:", *losses)
assert losses == [9, 2.25, 0.5625, 0.140625]

# %% What zeros are for: a variable that this loss does not use.
unused = tf.Variable(5.0)
with tf.GradientTape(persistent=True) as tape:
    loss = v * v
none = tape.gradient(loss, unused)
zero = tape.gradient(loss, unused, unconnected_gradients="zero")
print(f"right  a variable that the loss does not use: {none}, or {zero.numpy()} on request")
assert none is None
assert zero == 0
