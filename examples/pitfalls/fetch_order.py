"""session.run([value, update]) leaves open which of the two comes first

Theme: Graphs and sessions
Symptom: session.run([variable, train_op]), or of a variable and its assign_add, sometimes returns the value before the
    update, and sometimes the one after it; a loss or step counter is off by one from run to run.
Answer: say which comes first with `tf.control_dependencies`, and make the variable with `use_resource=True`. In 1,000
    of 1,000 runs the value was then the one before the update; a reference variable gave the one after it in all of
    them.

    $ .venv/bin/python examples/pitfalls/fetch_order.py
    1,000 runs of session.run([value, update]): how many returned the updated value
    wrong  in no order: ... (in the graph neither waits for the other)
    wrong  update after value by control_dependencies, but of a reference variable: 1000
    right  update after value by control_dependencies, use_resource=True: 0
    right  value after update by control_dependencies, use_resource=True: 1000
    right  value, then update, as two lines of eager execution: 0

Why: a variable's value and its update do not depend on each other, so a session may run them in either order; the order
    in the list means nothing. A reference variable, TensorFlow 1's default, needs use_resource=True as well: what reads
    it, tf.identity too, hands on its memory and not a copy, and the session brings back what is there when the run has
    ended. In eager execution and in a tf.function, the order of the lines decides.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
import tensorflow.compat.v1 as tf1

RUNS = 1000


def runs_that_saw_the_update(fetches_of, use_resource=True):
    with tf1.Graph().as_default() as graph, tf1.Session(graph=graph) as session:
        variable = tf1.Variable(0.0, use_resource=use_resource)
        fetches = fetches_of(variable)
        session.run(tf1.global_variables_initializer())
        return sum(int(session.run(fetches)[0]) - run for run in range(RUNS))


# %% The wrong way: two fetches in a list, in the order in which they are wanted.
def in_no_order(variable):
    return variable.read_value(), variable.assign_add(1.0).op


def waits_for(operation, other):
    before = [tensor.op for tensor in operation.inputs] + operation.control_inputs
    return other in before or any(waits_for(each, other) for each in before)


print("1,000 runs of session.run([value, update]): how many returned the updated value")
count = runs_that_saw_the_update(in_no_order)
print(f"wrong  in no order: {count} (in the graph neither waits for the other)")
assert 0 <= count <= RUNS  # which it is, is chance; the graph is not
with tf1.Graph().as_default():
    value, update = in_no_order(tf1.Variable(0.0, use_resource=True))
    assert not waits_for(update, value.op)
    assert not waits_for(value.op, update)


# %% Nor is an order enough, if the variable is TensorFlow 1's default: its value is memory, not a copy.
def value_first(variable):
    value = variable.read_value()
    with tf1.control_dependencies([value]):
        return value, variable.assign_add(1.0).op


count = runs_that_saw_the_update(value_first, use_resource=False)
print(f"wrong  update after value by control_dependencies, but of a reference variable: {count}")
assert count == RUNS


# %% The right way: an order, and a resource variable. Either order can be had.
def update_first(variable):
    with tf1.control_dependencies([variable.assign_add(1.0)]):
        return variable.read_value(), tf1.no_op()


for first, second, order, expected in (("value", "update", value_first, 0), ("update", "value", update_first, RUNS)):
    count = runs_that_saw_the_update(order)
    print(f"right  {second} after {first} by control_dependencies, use_resource=True: {count}")
    assert count == expected
with tf1.Graph().as_default():
    value, update = value_first(tf1.Variable(0.0, use_resource=True))
    assert waits_for(update, value.op)
    assert not waits_for(value.op, update)

# %% In eager execution the order of the lines decides.
variable = tf.Variable(0.0)
count = 0
for run in range(RUNS):
    value = variable.read_value()
    variable.assign_add(1.0)
    count += int(value) - run
print(f"right  value, then update, as two lines of eager execution: {count}")
assert count == 0
