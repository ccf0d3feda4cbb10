"""Export fails because a function uses a variable or a table that the module does not own

Theme: Files and logs
Symptom: "AssertionError: Tried to export a function which references an 'untracked' resource", or "KeyError: Failed to
    add concrete function ... to object-based SavedModel as it captures tensor".
Answer: make the variable, or the lookup table, an attribute of the object that tf.saved_model.save gets.
Threads: tensorflow 42061, 57363, 93452; serving 1719

    $ .venv/bin/python examples/pitfalls/saved_model_untracked.py
    wrong  the module does not have the variable:
      AssertionError: Tried to export a function which references an 'untracked' resource. TensorFlow
        objects (e.g. tf.Variable) captured by functions must be 'tracked' by assigning them to an
        attribute of a tracked object or assigned to an attribute of the main object directly. See [...]
    wrong  the module does not have the table:
      AssertionError: Tried to export a function which references an 'untracked' resource. TensorFlow
        objects (e.g. tf.Variable) captured by functions must be 'tracked' by assigning them to an
        attribute of a tracked object or assigned to an attribute of the main object directly. See [...]
    wrong  the same, without input_signature:
      KeyError: 'Failed to add concrete function ...
        ...
        ...
    wrong  the variable lies in a deque:
      AssertionError: Tried to export a function which references an 'untracked' resource. TensorFlow
        objects (e.g. tf.Variable) captured by functions must be 'tracked' by assigning them to an
        attribute of a tracked object or assigned to an attribute of the main object directly. See [...]
    wrong  the variable lies in a class attribute:
      AssertionError: Tried to export a function which references an 'untracked' resource. TensorFlow
        objects (e.g. tf.Variable) captured by functions must be 'tracked' by assigning them to an
        attribute of a tracked object or assigned to an attribute of the main object directly. See [...]
    right  the variable is an attribute of the module: f(2) = 4.0
    right  the table is an attribute of the module: f(2) = 4.0
    right  the list of variables is an attribute of the module: f(2) = 4.0

Why: a SavedModel stores the values of what it can reach from the module by attributes, lists, tuples and dictionaries.
    A function may use any variable in Python, a global one, too; saved without its value, it could not run. A
    constant tensor needs no owner, since its value stands in the graph. A deque is not searched, and a class
    attribute belongs to the class, not to the module. TensorFlow 1 saved the variables of the whole graph.
"""

import tempfile
from collections import deque

from graphs.lesson import fails

import tensorflow as tf

scale = tf.Variable(2.0)
table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 2], [3.0, 4.0]), default_value=-1.0)
a_number = [tf.TensorSpec((), tf.int32)]
of_a_variable = tf.function(lambda x: tf.cast(x, tf.float32) * scale, input_signature=a_number)
of_a_table = tf.function(table.lookup, input_signature=a_number)


def saved_and_loaded(module):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder)
        return tf.saved_model.load(folder)


# %% The wrong way: the module has the function, and not what the function uses.
for name, function in (("variable", of_a_variable), ("table", of_a_table)):
    module = tf.Module()
    module.function = function
    print(f"wrong  the module does not have the {name}:")
    with fails(AssertionError, "Tried to export a function which references an 'untracked' resource."):
        saved_and_loaded(module)

# %% A function without input_signature fails with another message.
module = tf.Module()
module.function = tf.function(lambda x: x * scale)
module.function(tf.constant(1.0))
print("wrong  the same, without input_signature:")
with fails(KeyError, "Failed to add concrete function"):
    saved_and_loaded(module)


# %% Nor is the module the owner of what lies in a deque, or in its class.
class InDeque(tf.Module):
    def __init__(self):
        self.scales = deque([tf.Variable(2.0)])

    @tf.function(input_signature=a_number)
    def function(self, x):
        return tf.cast(x, tf.float32) * self.scales[0]


class InClass(tf.Module):
    scale = tf.Variable(2.0)

    @tf.function(input_signature=a_number)
    def function(self, x):
        return tf.cast(x, tf.float32) * self.scale


for name, module in (("deque", InDeque()), ("class attribute", InClass())):
    print(f"wrong  the variable lies in a {name}:")
    with fails(AssertionError, "Tried to export a function which references an 'untracked' resource."):
        saved_and_loaded(module)

# %% The right way: an attribute of any name, or an element of a list that is an attribute.
for name, owned, function, expected in (
    ("variable", scale, of_a_variable, 4),
    ("table", table, of_a_table, 4),
    ("list of variables", [scale], of_a_variable, 4),
):
    module = tf.Module()
    module.function = function
    module.owned = owned
    loaded = saved_and_loaded(module)
    result = loaded.function(tf.constant(2)).numpy()
    print(f"right  the {name} is an attribute of the module: f(2) = {result}")
    assert result == expected
