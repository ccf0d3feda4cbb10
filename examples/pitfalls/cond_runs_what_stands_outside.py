"""tf.cond chooses among the operations built inside its functions; what stands outside runs either way

Theme: Graphs and sessions
Symptom: "tf.cond executes both branches": both queues lose an element, both variables are updated, no time is saved.
Answer: build the work inside the functions that tf.cond gets; what they only return was built before, and runs always.
Threads: tensorflow 1410, 3287, 2062, 19350

    $ .venv/bin/python examples/pitfalls/cond_runs_what_stands_outside.py
    wrong  built outside, True: test, train
    wrong  built outside, False: test, train
    wrong  a control dependency on what was built outside, False: train
    right  built inside, True: train
    right  built inside, False: test
    right  an if in eager, True: train
    right  an if in tf.function, True: train

Why: a branch that returns a tensor from outside has that tensor as an input, and inputs are computed before an
    operation runs, whichever branch it will take. Python runs both functions once, to build both branches; that is no
    execution. In eager execution an if runs one branch, and AutoGraph turns the if of a tf.function into a tf.cond
    whose branches hold their own lines.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
executed = []


def work(name):
    """An operation that notes in executed that it ran."""

    def run():
        executed.append(name)
        return np.float32(1)

    return tf1.py_func(run, [], tf.float32)


def executions(fetch, feed):
    """What ran in session.run(fetch)."""
    executed.clear()
    session.run(fetch, feed)
    return sorted(executed)


with tf1.Graph().as_default(), tf1.Session() as session:
    choice = tf1.placeholder(tf.bool, ())

    # %% The wrong way: the functions return what was built outside.
    train, test = work("train"), work("test")
    outside = tf.cond(choice, lambda: train, lambda: test)
    for value in (True, False):
        ran = executions(outside, {choice: value})
        print(f"wrong  built outside, {value}: {', '.join(ran)}")
        assert ran == ["test", "train"]

    # %% The wrong way: a dependency on what was built outside.
    def after_train():
        with tf.control_dependencies([train]):
            return tf.constant(1.0)

    depends = tf.cond(choice, after_train, lambda: 0.0)
    ran = executions(depends, {choice: False})
    print(f"wrong  a control dependency on what was built outside, False: {', '.join(ran)}")
    assert ran == ["train"]

    # %% The right way: the functions build.
    inside = tf.cond(choice, lambda: work("train"), lambda: work("test"))
    for value, expected in ((True, ["train"]), (False, ["test"])):
        ran = executions(inside, {choice: value})
        print(f"right  built inside, {value}: {', '.join(ran)}")
        assert ran == expected


# %% The right way: an if, eagerly and in a tf.function.
def chosen(choice):
    if choice:
        result = tf.py_function(lambda: executed.append("train") or 1.0, [], tf.float32)
    else:
        result = tf.py_function(lambda: executed.append("test") or 0.0, [], tf.float32)
    return result


for kind, function in (("eager", chosen), ("tf.function", tf.function(chosen))):
    executed.clear()
    function(tf.constant(True))
    print(f"right  an if in {kind}, True: {', '.join(executed)}")
    assert executed == ["train"]
