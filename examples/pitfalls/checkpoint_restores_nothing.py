"""Checkpoint.restore returns without an error when no name matches

Theme: Files and logs
Symptom: after restore the model predicts as if it had not been trained, the weights stay random; an old, name-based
    checkpoint (.ckpt) of tf.train.Saver restores nothing and raises nothing; at the end of the program, "Value in
    checkpoint could not be found in the restored object".
Answer: checkpoint.restore(path).assert_existing_objects_matched(), which raises AssertionError where a variable got no
    value; assert_consumed() also where a value got no variable. For a file of tf.train.Saver see "Saver to Checkpoint"
    in docs/migration.md.

    $ .venv/bin/python examples/pitfalls/checkpoint_restores_nothing.py
    wrong  saved as model.weight, restored as model.weights: 0.0
    wrong  saved as model.weight, restored as network.weight: 0.0
    wrong  saved by tf.train.Saver as weight, restored as w: 0.0
    right  model.weight as network.weight, with assert_existing_objects_matched:
      AssertionError: Found 1 Python objects that were not bound to checkpointed values, likely due to
        changes in the Python program. Showing 1 of 1 unmatched objects: [<tf.Variable 'Variable:0'
        shape=() dtype=float32, numpy=0.0>]
    right  saved and restored as model.weight: 5.0
    right  only a part is wanted, assert_existing_objects_matched: 5.0
           the same, with assert_consumed:
      AssertionError: Unresolved object in checkpoint (root).model.bias: attributes {

Why: a checkpoint finds values by the names of attributes, from the Checkpoint object down. restore waits: a variable
    may be made after it, as Keras layers do, and gets its value then. So a name that matches nothing is no error
    until you say that everything is there. expect_partial() says the opposite, and silences the warnings of what is
    left. TensorFlow 1's Saver.restore raised NotFoundError for a variable that is not in the file.
"""

import tempfile

from graphs.lesson import fails

import tensorflow as tf


def module_with(**variables):
    module = tf.Module()
    for name, value in variables.items():
        setattr(module, name, tf.Variable(value))
    return module


folder = tempfile.TemporaryDirectory()
path = tf.train.Checkpoint(model=module_with(weight=5.0)).save(f"{folder.name}/checkpoint")

# %% The wrong way: the attribute was renamed, or the Checkpoint got the module under another name.
renamed = module_with(weights=0.0)
status = tf.train.Checkpoint(model=renamed).restore(path)
print("wrong  saved as model.weight, restored as model.weights:", renamed.weights.numpy())
assert renamed.weights == 0
status.expect_partial()

other = module_with(weight=0.0)
status = tf.train.Checkpoint(network=other).restore(path)
print("wrong  saved as model.weight, restored as network.weight:", other.weight.numpy())
assert other.weight == 0
status.expect_partial()

with tf.compat.v1.Graph().as_default(), tf.compat.v1.Session() as session:
    session.run(tf.compat.v1.Variable(5.0, name="weight").initializer)
    old = tf.compat.v1.train.Saver().save(session, f"{folder.name}/old.ckpt")
variable = tf.Variable(0.0, name="w")
tf.train.Checkpoint(weight=variable).restore(old)
print("wrong  saved by tf.train.Saver as weight, restored as w:", variable.numpy())
assert variable == 0

# %% The right way: ask. And use the same names.
print("right  model.weight as network.weight, with assert_existing_objects_matched:")
with fails(AssertionError, "Found 1 Python objects that were not bound to checkpointed values"):
    status.assert_existing_objects_matched()
same = module_with(weight=0.0)
tf.train.Checkpoint(model=same).restore(path).assert_consumed()
print("right  saved and restored as model.weight:", same.weight.numpy())
assert same.weight == 5

# %% Values without a variable: assert_consumed objects, assert_existing_objects_matched does not.
path = tf.train.Checkpoint(model=module_with(weight=5.0, bias=7.0)).save(f"{folder.name}/checkpoint")
part = module_with(weight=0.0)
status = tf.train.Checkpoint(model=part).restore(path)
status.assert_existing_objects_matched().expect_partial()
print("right  only a part is wanted, assert_existing_objects_matched:", part.weight.numpy())
print("       the same, with assert_consumed:")
with fails(AssertionError, "Unresolved object in checkpoint (root).model.bias"):
    status.assert_consumed()
assert part.weight == 5
folder.cleanup()
