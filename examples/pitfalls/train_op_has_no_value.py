"""session.run returns None for an operation, such as what minimize() gives

Theme: Graphs and sessions
Symptom: loss = session.run(train_op) is None; "unsupported format string passed to NoneType.__format__"; "'NoneType'
    object is not iterable".
Answer: fetch both and name both: _, loss_value = session.run([train_op, loss]). Do not call the value loss: the next
    step would fetch a number (TypeError).
Threads: tensorflow 21053, 3872

    $ .venv/bin/python examples/pitfalls/train_op_has_no_value.py
    wrong  session.run(train_op): None; the step was made all the same, the weight is 4.0
      TypeError: unsupported format string passed to NoneType.__format__
    wrong  loss = session.run(loss), and once more
      TypeError: Argument `fetch` = 16.0 has invalid type "float32" must be a string or Tensor. (Can not
        convert a float32 into a Tensor or Operation.)
    wrong  a Python None is fetched
      TypeError: Argument `fetch` = None has invalid type "NoneType". Cannot be None
    right  session.run([train_op, loss]): None and the loss, 16.0

Why: a fetch is a tensor, which has a value, or an operation, which runs and has none. minimize(), tf.group, an
    initializer and assign(..., read_value=False) are operations. A Python None among the fetches is refused, with a
    TypeError: it is what a function without a return gave you.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1

with tf1.Graph().as_default(), tf1.Session() as session:
    weight = tf1.Variable(8.0)
    loss = tf.square(weight)
    train_op = tf1.train.GradientDescentOptimizer(0.25).minimize(loss)
    session.run(tf1.global_variables_initializer())

    # %% The wrong way: take the value of an operation.
    value = session.run(train_op)
    print(f"wrong  session.run(train_op): {value}; the step was made all the same, the weight is {session.run(weight)}")
    assert isinstance(train_op, tf.Operation)
    assert value is None
    assert session.run(weight) == 4
    with fails(TypeError, "unsupported format string passed to NoneType.__format__"):
        f"{value:.4f}"

    # %% The wrong way: the value takes the name of the tensor.
    tensor = loss
    loss = session.run(loss)
    print("wrong  loss = session.run(loss), and once more")
    with fails(TypeError, "has invalid type"):
        session.run(loss)
    print("wrong  a Python None is fetched")
    with fails(TypeError, "Argument `fetch` = None"):
        session.run(None)

    # %% The right way: fetch both, under other names.
    none, loss_value = session.run([train_op, tensor])
    print(f"right  session.run([train_op, loss]): {none} and the loss, {loss_value}")
    assert none is None
    assert loss_value == 16  # the step needs this reading of the weight, so it comes after
