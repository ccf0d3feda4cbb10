"""A checkpoint leaves out a variable that lies in a deque or a dataclass, and assert_consumed does not notice

Theme: Files and logs
Symptom: after restore a variable has its initial value, though assert_consumed() passed; or saving ends with
    "ValueError: Unable to save the object ListWrapper", "The wrapped list was modified outside the wrapper".
Answer: keep variables in attributes, lists, tuples, dictionaries with string keys, or in a tf.Module; and look into
    the file with tf.train.list_variables. The variable comes back as 2.0 instead of 0.0.
Threads: tensorflow 36916, 19250

    $ .venv/bin/python examples/pitfalls/checkpoint_variable_missing.py
    wrong  in a deque: 0 variables in the file; saved as 2.0, restored as 0.0
    wrong  in a dataclass: 0 variables in the file; saved as 2.0, restored as 0.0
           though module.variables has 1 variable, in a deque
    wrong  a list changed under its old name, an element replaced, an integer as key:
      ValueError: Unable to save the object ListWrapper([<tf.Variable 'Variable:0' shape=()
        dtype=float32, numpy=2.0>]) (a list wrapper constructed to track trackable TensorFlow objects).
        The wrapped list was modified outside the wrapper (its final value was [<tf.Variable [...]
      ValueError: Unable to save the object ListWrapper([<tf.Variable 'Variable:0' shape=()
        dtype=float32, numpy=2.0>]) (a list wrapper constructed to track trackable TensorFlow objects).
        A list element was replaced (__setitem__, __setslice__), deleted (__delitem__, [...]
      ValueError: Unable to save the object {0: <tf.Variable 'Variable:0' shape=() dtype=float32,
        numpy=2.0>} (a dictionary wrapper constructed automatically on attribute assignment). The
        wrapped dictionary contains a non-string key which maps to a trackable object or mutable [...]
    right  in a list, appended to the attribute: 1 variable in the file; saved as 2.0, restored as 2.0
    right  in a tuple: 1 variable in the file; saved as 2.0, restored as 2.0
    right  in a dictionary with string keys: 1 variable in the file; saved as 2.0, restored as 2.0

Why: a checkpoint follows attributes, and the lists, tuples and dictionaries among them. On assignment, a module wraps
    a list to see what is appended later. What is appended under another name of the same list it does not see, and it
    refuses to save. A deque, or an object of an ordinary class, is not followed at all, neither when saving nor when
    assert_consumed compares. TensorFlow 1's Saver took all variables of the graph, wherever Python kept them.
"""

import tempfile
from collections import deque
from dataclasses import dataclass

from graphs.lesson import fails

import tensorflow as tf


@dataclass
class Pair:
    variable: tf.Variable


def saved_and_restored(container):
    """The keys in the checkpoint, and the variable's value after save, a change and restore. container(variable)."""
    variable = tf.Variable(2.0)
    module = tf.Module()
    module.container = container(variable)
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(module=module).save(f"{folder}/checkpoint")
        variable.assign(0.0)
        tf.train.Checkpoint(module=module).restore(path).assert_consumed()
        keys = [key for key, _ in tf.train.list_variables(path) if key.startswith("module")]
    return keys, variable.numpy()


# %% The wrong way: nothing fails, and the variable is not in the file.
for name, container in (("deque", lambda variable: deque([variable])), ("dataclass", Pair)):
    keys, value = saved_and_restored(container)
    print(f"wrong  in a {name}: {len(keys)} variables in the file; saved as 2.0, restored as {value}")
    assert keys == []
    assert value == 0

# %% module.variables is no proof: it looks into a deque, and the checkpoint does not.
module = tf.Module()
module.container = deque([tf.Variable(2.0)])
print(f"       though module.variables has {len(module.variables)} variable, in a deque")
assert len(module.variables) == 1


# %% Lists and dictionaries are followed. Where their order or their names could be lost, saving fails.
def modified_elsewhere():
    elsewhere = []
    module.container = elsewhere
    elsewhere.append(tf.Variable(2.0))  # module.container.append would be seen


def replaced():
    module.container = [tf.Variable(1.0)]
    module.container[0] = tf.Variable(2.0)


def integer_key():
    module.container = {0: tf.Variable(2.0)}


print("wrong  a list changed under its old name, an element replaced, an integer as key:")
for fill, words in (
    (modified_elsewhere, "The wrapped list was modified outside the wrapper"),
    (replaced, "A list element was replaced"),
    (integer_key, "The wrapped dictionary contains a non-string key"),
):
    module = tf.Module()
    fill()
    with tempfile.TemporaryDirectory() as folder, fails(ValueError, words):
        tf.train.Checkpoint(module=module).save(f"{folder}/checkpoint")


# %% The right way: what a checkpoint follows.
def appended_later(variable):
    module = tf.Module()
    module.list = []
    module.list.append(variable)
    return module


for name, container in (
    ("list, appended to the attribute", appended_later),
    ("tuple", lambda variable: (variable,)),
    ("dictionary with string keys", lambda variable: {"scale": variable}),
):
    keys, value = saved_and_restored(container)
    print(f"right  in a {name}: {len(keys)} variable in the file; saved as 2.0, restored as {value}")
    assert len(keys) == 1
    assert value == 2
