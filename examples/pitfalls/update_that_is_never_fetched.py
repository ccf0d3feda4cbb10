"""An update that no fetch needs does not run

Theme: Graphs and sessions
Symptom: the loss stays exactly the same, step after step; a counter or a target network never changes.
Answer: fetch the update: session.run([loss, train_op]); or make it a condition of what is fetched, with
    tf.control_dependencies.
Threads: tensorflow 13099

    $ .venv/bin/python examples/pitfalls/update_that_is_never_fetched.py
    wrong  session.run(loss): losses [64.0, 64.0, 64.0, 64.0], 0 steps counted
    right  session.run([train_op, count]): losses [16.0, 4.0, 1.0, 0.25], 4 steps counted
    right  session.run(loss_after) needs both: losses [16.0, 4.0, 1.0, 0.25], 4 steps counted
    right  tf.function: losses [16.0, 4.0, 1.0, 0.25]

Why: minimize() and assign() add nodes and change nothing. session.run runs what the fetches need and no more, and a
    loss does not need the update of its weights. In eager execution and in a tf.function a line that updates a variable
    runs in its turn: the function adds the control dependencies itself.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf

tf1 = tf.compat.v1

with tf1.Graph().as_default(), tf1.Session() as session:
    weight = tf1.Variable(8.0, use_resource=True)
    steps = tf1.Variable(0, use_resource=True)
    loss = tf.square(weight)
    train_op = tf1.train.GradientDescentOptimizer(0.25).minimize(loss)  # halves the weight
    count = steps.assign_add(1)
    initializer = tf1.global_variables_initializer()

    # %% The wrong way: build the update, fetch the loss.
    session.run(initializer)
    losses = [session.run(loss).item() for _ in range(4)]
    print(f"wrong  session.run(loss): losses {losses}, {session.run(steps)} steps counted")
    assert losses == [64] * 4
    assert session.run(steps) == 0

    # %% The right way: fetch the update. (Whether this loss is the one before the step is another matter.)
    losses = []
    for _ in range(4):
        session.run([train_op, count])
        losses.append(session.run(loss).item())
    print(f"right  session.run([train_op, count]): losses {losses}, {session.run(steps)} steps counted")
    assert losses == [16, 4, 1, 0.25]
    assert session.run(steps) == 4

    # %% The right way: one operation that needs both.
    with tf.control_dependencies([train_op, count]):
        loss_after = tf.square(weight.read_value())
    session.run(initializer)
    losses = [session.run(loss_after).item() for _ in range(4)]
    print(f"right  session.run(loss_after) needs both: losses {losses}, {session.run(steps)} steps counted")
    assert losses == [16, 4, 1, 0.25]
    assert session.run(steps) == 4

# %% The right way: in a tf.function, each line that updates runs.
weight = tf.Variable(8.0)


@tf.function
def step():
    weight.assign_sub(0.5 * weight)
    return tf.square(weight)


losses = [step().numpy().item() for _ in range(4)]
print(f"right  tf.function: losses {losses}")
assert losses == [16, 4, 1, 0.25]
