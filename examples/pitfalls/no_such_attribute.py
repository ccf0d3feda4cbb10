"""Most names of TensorFlow 1 are still there, in tf.compat.v1; some are gone, and some need Keras 2

Theme: Graphs and sessions
Symptom: "module 'tensorflow' has no attribute 'Session'" (or 'placeholder', 'get_variable', 'GraphKeys', 'ConfigProto',
    'set_random_seed', 'log', 'to_float', 'flags', 'app', 'gfile', 'logging', 'layers', 'contrib', 'estimator'); "module
    'tensorflow._api.v2.train' has no attribute 'AdamOptimizer'"; "`dense` is not available with Keras 3."; "no
    attribute 'make_one_shot_iterator'".
Answer: tf1 = tf.compat.v1 has 19 of the 21 names below under the same name; contrib and estimator are gone from both.
    tf1.layers.* and tf1.nn.rnn_cell.* raise AttributeError with Keras 3: use tf.keras.layers.

    $ .venv/bin/python examples/pitfalls/no_such_attribute.py
    wrong  the names of TensorFlow 1 in tf
      AttributeError: module 'tensorflow' has no attribute 'Session'
      AttributeError: module 'tensorflow._api.v2.train' has no attribute 'AdamOptimizer'
    right  Session: tf1.Session, in new code a call of a tf.function
    right  placeholder: tf1.placeholder, in new code an argument of a tf.function
    right  global_variables_initializer: tf1.global_variables_initializer, in new code nothing; variables have values
    right  get_variable: tf1.get_variable, in new code tf.Variable
    right  variable_scope: tf1.variable_scope, in new code tf.Module
    right  GraphKeys: tf1.GraphKeys, in new code model.trainable_variables, layer.losses
    right  ConfigProto: tf1.ConfigProto, in new code tf.config
    right  set_random_seed: tf1.set_random_seed, in new code tf.random.set_seed
    right  log: tf1.log, in new code tf.math.log
    right  to_float: tf1.to_float, in new code tf.cast
    right  random_normal: tf1.random_normal, in new code tf.random.normal
    right  Print: tf1.Print, in new code tf.print
    right  py_func: tf1.py_func, in new code tf.py_function
    right  train.AdamOptimizer: tf1.train.AdamOptimizer, in new code tf.keras.optimizers.Adam
    right  train.Saver: tf1.train.Saver, in new code tf.train.Checkpoint
    right  summary.FileWriter: tf1.summary.FileWriter, in new code tf.summary.create_file_writer
    right  gfile: tf1.gfile, in new code tf.io.gfile
    right  logging: tf1.logging, in new code tf.get_logger
    right  flags: tf1.flags, in new code absl.flags, a package of its own
    wrong  tf.contrib, tf1.contrib: gone
    wrong  tf.estimator, tf1.estimator: gone
    wrong  in tf1, but not with Keras 3
      AttributeError: `dense` is not available with Keras 3.
      AttributeError: `batch_normalization` is not available with Keras 3.
      AttributeError: `LSTMCell` is not available with Keras 3.
    right  tf.keras.layers.Dense
    right  tf.keras.layers.BatchNormalization
    right  tf.keras.layers.LSTMCell
    wrong  dataset.make_one_shot_iterator()
      AttributeError: '_RangeDataset' object has no attribute 'make_one_shot_iterator'
    right  tf1.data.make_one_shot_iterator(dataset).get_next(): 0; in new code iter(dataset)

Why: TensorFlow 2 keeps the old names in tf.compat.v1, where the code finds them without a change; the right column is
    for new code. contrib went with 2.0, and parts of it moved to packages of their own. Estimator is no longer part of
    TensorFlow. tf1.layers and the cells of tf1.nn.rnn_cell are made from Keras 2, which TensorFlow 2.16 and later no
    longer use. Methods of old objects are functions in tf1 now, as for iterators.
"""

from operator import attrgetter

from graphs.lesson import fails

import tensorflow as tf

tf1 = tf.compat.v1

# A name that tf does not have and tf1 has, and what new code uses: a name in tf, or words.
MOVED = {
    "Session": "a call of a tf.function",
    "placeholder": "an argument of a tf.function",
    "global_variables_initializer": "nothing; variables have values",
    "get_variable": "tf.Variable",
    "variable_scope": "tf.Module",
    "GraphKeys": "model.trainable_variables, layer.losses",
    "ConfigProto": "tf.config",
    "set_random_seed": "tf.random.set_seed",
    "log": "tf.math.log",
    "to_float": "tf.cast",
    "random_normal": "tf.random.normal",
    "Print": "tf.print",
    "py_func": "tf.py_function",
    "train.AdamOptimizer": "tf.keras.optimizers.Adam",
    "train.Saver": "tf.train.Checkpoint",
    "summary.FileWriter": "tf.summary.create_file_writer",
    "gfile": "tf.io.gfile",
    "logging": "tf.get_logger",
    "flags": "absl.flags, a package of its own",
}
GONE = ("contrib", "estimator")


def has(module, name):
    try:
        attrgetter(name)(module)
    except AttributeError:
        return False
    return True


# %% The wrong way: the old name in tf.
print("wrong  the names of TensorFlow 1 in tf")
with fails(AttributeError, "module 'tensorflow' has no attribute 'Session'"):
    tf.Session()
with fails(AttributeError, "has no attribute 'AdamOptimizer'"):
    tf.train.AdamOptimizer(0.1)

# %% The right way: the same name in tf1, or the new one.
for name, new in MOVED.items():
    assert has(tf1, name)
    assert not has(tf, name)
    assert not new.startswith("tf.") or has(tf, new.removeprefix("tf."))
    print(f"right  {name}: tf1.{name}, in new code {new}")

# %% Gone from both.
for name in GONE:
    assert not has(tf, name)
    assert not has(tf1, name)
    print(f"wrong  tf.{name}, tf1.{name}: gone")

# %% There, and refused: what was made from Keras 2.
print("wrong  in tf1, but not with Keras 3")
with fails(AttributeError, "`dense` is not available with Keras 3."):
    tf1.layers.dense(tf.ones((1, 1)), 1)
with fails(AttributeError, "`batch_normalization` is not available with Keras 3."):
    tf1.layers.batch_normalization(tf.ones((1, 1)))
with fails(AttributeError, "`LSTMCell` is not available with Keras 3."):
    tf1.nn.rnn_cell.LSTMCell(1)
for name in ("Dense", "BatchNormalization", "LSTMCell"):
    assert has(tf.keras.layers, name)
    print(f"right  tf.keras.layers.{name}")

# %% Methods that are functions now.
dataset = tf.data.Dataset.range(3)
print("wrong  dataset.make_one_shot_iterator()")
with fails(AttributeError, "has no attribute 'make_one_shot_iterator'"):
    dataset.make_one_shot_iterator()
with tf1.Graph().as_default(), tf1.Session() as session:
    first = session.run(tf1.data.make_one_shot_iterator(tf1.data.Dataset.range(3)).get_next())
print(f"right  tf1.data.make_one_shot_iterator(dataset).get_next(): {first}; in new code iter(dataset)")
assert first == next(iter(dataset)).numpy() == 0
