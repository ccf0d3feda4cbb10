"""In eager execution get_variable makes a new variable at every call, whatever reuse says

Theme: Graphs and sessions
Symptom: weights are not shared; tf1.get_variable with variable_scope(reuse=True) or AUTO_REUSE gives another variable
    in eager execution; the number of weights grows, and some of them are never trained. There is no error.
Answer: build the model in a tf1.Graph; or wrap the function that calls get_variable in tf1.make_template, which shares
    in eager execution, too; in new code keep the tf.Variable in an object. 1 variable instead of 2.

    $ .venv/bin/python examples/pitfalls/get_variable_in_eager_execution.py
    wrong  eagerly, AUTO_REUSE: 2 variables, both named a/w:0
    wrong  eagerly, reuse=True: 2 variables, both named a/w:0
    wrong  after the first is set to 5.0, the second is 1.0
    right  in a graph, AUTO_REUSE: 1 variable
    right  in a graph, reuse=True and no such variable:
      ValueError: Variable a/w does not exist, or was not created with tf.get_variable(). Did you mean
        to set reuse=tf.AUTO_REUSE in VarScope?
    right  eagerly, make_template: 1 variable
    right  eagerly, a tf.Module: 1 variable

Why: in a graph, a store keeps every variable of get_variable under its name, and the graph keeps the store. In eager
    execution a variable lives as long as the Python object, and there is no store: the name is only a label, and
    reuse=True, which promises that the variable exists, is not checked. A template brings a store of its own.
"""

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1


def weight():
    return tf1.get_variable("w", (), initializer=tf1.ones_initializer())


def scoped(reuse):
    with tf1.variable_scope("a", reuse=reuse):
        return weight()


def count(variables):
    return len({id(variable) for variable in variables})


# %% The wrong way: the same name twice, eagerly.
for reuse, words in ((tf1.AUTO_REUSE, "AUTO_REUSE"), (True, "reuse=True")):
    first, second = scoped(reuse), scoped(reuse)
    print(f"wrong  eagerly, {words}: {count([first, second])} variables, both named {first.name}")
    assert count([first, second]) == 2
    assert first.name == second.name == "a/w:0"
first.assign(5.0)
print(f"wrong  after the first is set to {first.numpy()}, the second is {second.numpy()}")
assert second.numpy() == 1

# %% The right way: in a graph, where reuse is kept and checked.
with tf1.Graph().as_default():
    number = count([scoped(tf1.AUTO_REUSE), scoped(tf1.AUTO_REUSE)])
    print(f"right  in a graph, AUTO_REUSE: {number} variable")
    assert number == 1
with tf1.Graph().as_default():
    print("right  in a graph, reuse=True and no such variable:")
    with fails(ValueError, "Variable a/w does not exist"):
        scoped(reuse=True)

# %% The right way in eager execution: a template.
template = tf1.make_template("a", weight)
number = count([template(), template()])
print(f"right  eagerly, make_template: {number} variable")
assert number == 1


# %% The right way in new code: an object holds the variable.
class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.weight = tf.Variable(1.0)


model = Model()
number = count([model.weight, model.weight])
print(f"right  eagerly, a tf.Module: {number} variable")
assert number == len(model.trainable_variables) == 1
