"""With sparse gradients TensorFlow 1's momentum moves only the gathered rows, Keras's moves all of them

Theme: Optimizers
Symptom: a model with an embedding (tf.gather, embedding_lookup, IndexedSlices, a sparse gradient) trains differently
    with Keras's SGD(momentum=0.9), or RMSprop, than with tf.compat.v1's optimizer of the same settings.
Answer: for TensorFlow 1 to do as Keras does, tf.convert_to_tensor(gradient), or one_hot @ table instead of tf.gather;
    for Keras to do as TensorFlow 1 does, an optimizer that updates only the gathered rows. The table was 0.31 apart
    after four steps, and is then equal.

    $ .venv/bin/python examples/pitfalls/sparse_gradients_momentum.py
    a table of 3 rows after 4 steps
    TensorFlow 1 with tf.gather, against itself with one_hot @ table
           MomentumOptimizer: 0.31 apart
           RMSPropOptimizer: 0.0094 apart
           AdamOptimizer: 0 apart
           AdagradOptimizer: 0 apart
    Keras's SGD against MomentumOptimizer
    wrong  tf.gather in both: 0.31 apart
    wrong  the gradient made dense in Keras only: 0.31 apart
    right  the gradient made dense in TensorFlow 1: 0 apart
    right  one_hot @ table in both: 0 apart
    right  Keras's SGD with rows of its own: 0 apart

Why: the gradient of tf.gather holds only the rows that were gathered, as tf.IndexedSlices. TensorFlow 1's momentum
    then leaves the other rows and their velocities alone; its RMSProp leaves their mean squares alone. Keras lets every
    velocity decay and every row go on moving, as if the gradient were dense with zeros. A dense gradient leaves no
    choice. TensorFlow 1's Adam decays all rows, and Adagrad has nothing that decays: there it makes no difference.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
RATE, MOMENTUM = 1 / 8, 0.5
START = np.array([1.0, 2.0, 3.0])
BATCHES = [[0, 1], [1, 1], [1, 2], [2]]  # row 1 twice in the second


def one_hot(table, rows):
    return tf.linalg.matvec(tf.one_hot(rows, 3, dtype=table.dtype), table)


def with_tf1(optimizer, rows_of, prepare=lambda gradient: gradient):
    with tf1.Graph().as_default(), tf1.Session() as session:
        table = tf1.Variable(START, use_resource=True)
        rows = tf1.placeholder(tf.int32, (None,))
        made = optimizer()
        ((gradient, _),) = made.compute_gradients(tf.reduce_sum(tf.square(rows_of(table, rows))), [table])
        train_op = made.apply_gradients([(prepare(gradient), table)])
        session.run(tf1.global_variables_initializer())
        for batch in BATCHES:
            session.run(train_op, {rows: batch})
        return session.run(table)


def with_keras(optimizer, rows_of, prepare=lambda gradient: gradient):
    table = tf.Variable(START)
    optimizer.build([table])
    for batch in BATCHES:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(rows_of(table, tf.constant(batch))))
        optimizer.apply([prepare(tape.gradient(loss, table))], [table])
    return table.numpy()


class RowsOnly(tf.keras.optimizers.SGD):
    """SGD with momentum that leaves the rows alone that were not gathered, as TensorFlow 1 does."""

    def update_step(self, gradient, variable, learning_rate):
        if not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, place = tf.unique(gradient.indices)  # a row that was gathered twice has two gradients: add them up
        values = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows))
        velocities = self.momentums[self._get_variable_index(variable)].value
        new = self.momentum * tf.gather(velocities, rows) - tf.cast(learning_rate, values.dtype) * values
        velocities.scatter_update(tf.IndexedSlices(new, rows))
        variable.scatter_add(tf.IndexedSlices(new, rows))


def momentum():
    return tf1.train.MomentumOptimizer(RATE, MOMENTUM)


def show(kind, way, first, second, low, high):
    apart = float(np.abs(first - second).max())
    print(f"{kind}  {way}: {round(apart, 6):.2g} apart")
    assert low <= apart <= high


# %% TensorFlow 1 against itself: which optimizers care whether the gradient is sparse.
print("a table of 3 rows after 4 steps")
print("TensorFlow 1 with tf.gather, against itself with one_hot @ table")
for make, low, high in (
    (momentum, 0.1, 1),
    (lambda: tf1.train.RMSPropOptimizer(RATE), 1e-3, 0.1),
    (lambda: tf1.train.AdamOptimizer(RATE), 0, 1e-12),
    (lambda: tf1.train.AdagradOptimizer(RATE), 0, 1e-12),
):
    show("     ", type(make()).__name__, with_tf1(make, tf.gather), with_tf1(make, one_hot), low, high)

# %% The wrong way: tf.gather in both; Keras moves all rows.
print("Keras's SGD against MomentumOptimizer")


def sgd():
    return tf.keras.optimizers.SGD(RATE, momentum=MOMENTUM)


sparse = with_tf1(momentum, tf.gather)
show("wrong", "tf.gather in both", sparse, with_keras(sgd(), tf.gather), 0.1, 1)
dense = with_keras(sgd(), tf.gather, tf.convert_to_tensor)
show("wrong", "the gradient made dense in Keras only", sparse, dense, 0.1, 1)

# %% The right way: TensorFlow 1 gets a dense gradient, or Keras moves the rows alone.
dense = with_tf1(momentum, tf.gather, tf.convert_to_tensor)
show("right", "the gradient made dense in TensorFlow 1", dense, with_keras(sgd(), tf.gather), 0, 1e-12)
show("right", "one_hot @ table in both", with_tf1(momentum, one_hot), with_keras(sgd(), one_hot), 0, 1e-12)
rows_only = with_keras(RowsOnly(RATE, momentum=MOMENTUM), tf.gather)
show("right", "Keras's SGD with rows of its own", sparse, rows_only, 0, 1e-12)
