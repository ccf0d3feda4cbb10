"""session.run([value, update]) leaves open which comes first; in eager execution the order of the lines decides.

A variable's value and its update do not depend on each other, so a session may run them in either order. Both were seen
with a resource variable, changing from run to run; tf.control_dependencies closes the gap. A reference variable,
TensorFlow 1's default, needs use_resource=True as well: what reads it, tf.identity too, hands on its memory and not a
copy, and the session brings back what is there when the run has ended.
"""

import tensorflow as tf

from divergences.finding import Finding

RUNS = 1000


def share_of_updated(order, use_resource=True):
    """In which share of the runs the fetched value was the one after the update. order: None, "before" or "after"."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        variable = v1.Variable(0.0, use_resource=use_resource)
        fetches = {"before": value_first, "after": update_first, None: in_no_order}[order](variable)
        session.run(v1.global_variables_initializer())
        return sum(float(session.run(fetches)[0]) - run for run in range(RUNS)) / RUNS


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
            name,
            "value, then update, eager",
            f"share of {RUNS:,} runs that fetched the updated value",
            abs(as_it_ships - eager_share()),
            setting,
            abs(share_of_updated("before") - eager_share()),
        )
        for name, as_it_ships, setting in (
            ("session.run([value, update])", share_of_updated(None), "control_dependencies([value])"),
            (
                "the same, control_dependencies([value]), a reference variable",
                share_of_updated("before", use_resource=False),
                "use_resource=True",
            ),
        )
    ]
