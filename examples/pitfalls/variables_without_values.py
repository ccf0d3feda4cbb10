"""A variable has no value until its initializer has run in this session

Theme: Graphs and sessions
Symptom: FailedPreconditionError, "Attempting to use uninitialized value" or "Could not find variable"; in a training
    step also InternalError, "Invalid variable reference"; although global_variables_initializer() is there.
Answer: build the initializer after the last variable and run it in the session that uses them, once, before anything is
    restored or trained, as it sets every variable back. Later, run tf1.variables_initializer([...]) for those that
    tf1.report_uninitialized_variables() names.
Threads: tensorflow 15175, 28041, 6015

    $ .venv/bin/python examples/pitfalls/variables_without_values.py
    wrong  no initializer ran: reference, resource, reference/Momentum, resource/Momentum
      FailedPreconditionError: Attempting to use uninitialized value reference
      FailedPreconditionError: Could not find variable resource. This could mean that the variable has
        been deleted. In TF1, it can also mean the variable is uninitialized. Debug info:
        ...
    wrong  the initializer built before minimize() ran: reference/Momentum, resource/Momentum
      FailedPreconditionError: Attempting to use uninitialized value reference/Momentum
      InternalError: Invalid variable reference.
    right  the initializer built last ran: nothing is missing; the loss falls from 13 to 8.32

Why: a session holds the values of variables, and it starts with none. global_variables_initializer() is an operation
    that is made of the variables that exist when it is built: it knows nothing of those that come later, such as the
    slots that an optimizer makes in minimize(). Reference variables, TensorFlow 1's default, and resource variables,
    which 2.21 makes in a graph too, word the error differently; a training step that lacks a resource slot does not
    even name it. TensorFlow 1.15.5 gave the same errors.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1

# %% The wrong way: the initializer is built too early, or runs in another session.
with tf1.Graph().as_default() as graph:
    reference = tf1.Variable(2.0, name="reference", use_resource=False)
    resource = tf1.Variable(3.0, name="resource", use_resource=True)
    too_early = tf1.global_variables_initializer()
    optimizer = tf1.train.MomentumOptimizer(0.1, 0.9)
    loss = tf.square(reference) + tf.square(resource)
    train_reference = optimizer.minimize(loss, var_list=[reference])  # each makes one more variable
    train_resource = optimizer.minimize(loss, var_list=[resource])
    in_time = tf1.global_variables_initializer()
    missing = tf1.report_uninitialized_variables()

with tf1.Session(graph=graph) as session:
    print("wrong  no initializer ran:", b", ".join(session.run(missing)).decode())
    with fails(tf.errors.FailedPreconditionError, "Attempting to use uninitialized value reference"):
        session.run(reference)
    with fails(tf.errors.FailedPreconditionError, "Could not find variable resource"):
        session.run(resource)
    session.run(too_early)
    print("wrong  the initializer built before minimize() ran:", b", ".join(session.run(missing)).decode())
    assert list(session.run(missing)) == [b"reference/Momentum", b"resource/Momentum"]
    assert session.run(loss) == 13
    with fails(tf.errors.FailedPreconditionError, "Attempting to use uninitialized value reference/Momentum"):
        session.run(train_reference)
    with fails(tf.errors.InternalError, "Invalid variable reference"):
        session.run(train_resource)

# %% The right way: built last, run in the session that trains.
with tf1.Session(graph=graph) as session:
    session.run(in_time)
    assert not len(session.run(missing))
    session.run([train_reference, train_resource])
    after = session.run(loss)
    print(f"right  the initializer built last ran: nothing is missing; the loss falls from 13 to {after:.2f}")
    assert after < 13
