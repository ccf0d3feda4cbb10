"""session.run([value, update]) leaves open which comes first; in eager execution the order of the lines decides.

A variable's value and its update do not depend on each other, so a session may run them in either order: which comes
first changes from run to run. tf.control_dependencies closes the gap.
"""

import tensorflow as tf

from divergences.finding import Finding

RUNS = 1000


def share_of_updated(order):
    """In which share of the runs the fetched value was the one after the update. order: None, "before" or "after"."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        variable = v1.Variable(0.0, use_resource=True)
        fetches = {"before": value_first, "after": update_first, None: in_no_order}[order](variable)
        session.run(v1.global_variables_initializer())
        return sum(session.run(fetches)[0] - run for run in range(RUNS)) / RUNS


def in_no_order(variable):
    return variable.read_value(), variable.assign_add(1.0).op


def value_first(variable):
    value = variable.read_value()
    with tf.control_dependencies([value]):
        return value, variable.assign_add(1.0).op


def update_first(variable):
    with tf.control_dependencies([variable.assign_add(1.0)]):
        return variable.read_value(), tf.no_op()


def eager_share():
    """The same in two lines of eager execution: value first."""
    variable = tf.Variable(0.0)
    updated = 0.0
    for run in range(RUNS):
        value = variable.read_value()
        variable.assign_add(1.0)
        updated += float(value) - run
    return updated / RUNS


def experiment():
    return [
        Finding(
            "session.run([value, update])",
            "value, then update, eager",
            "share of 1,000 runs that fetched the updated value",
            abs(share_of_updated(None) - eager_share()),
            "control_dependencies([value])",
            abs(share_of_updated("before") - eager_share()),
        )
    ]
