"""A tf.function may create variables only while its first call traces it

Theme: Tracing
Symptom: "tf.function only supports singleton tf.Variables created on the first call", even if you called it once;
    "Creating variables on a non-first call to a function decorated with tf.function". A layer or an optimizer is made
    in the function, or an optimizer is first used in a later trace.
Answer: make variables, layers and optimizers outside, or in the function only if they do not exist yet; build the
    optimizer beforehand, with optimizer.build(variables).
Threads: tensorflow 27120, 26812, 51453, 34316

    $ .venv/bin/python examples/pitfalls/variable_on_later_call.py
    wrong  a local variable: the first call fails, in its second trace
      ValueError: ValueError: tf.function only supports singleton tf.Variables created on the first
        call. Make sure the tf.Variable is only created once or created outside tf.function. See
        https://www.tensorflow.org/guide/function#creating_tfvariables for more information.
    right  a variable made if there is none: [2.0, 4.0, 6.0], in 2 traces
    wrong  a second optimizer is first used in a later trace
      ValueError: Creating variables on a non-first call to a function decorated with tf.function.
    right  two optimizers, both built before: 1 goes to 0.7000

Why: a variable must outlive the call, so a function that makes a new one in each call has no meaning as a graph. To
    find out, tf.function traces a function that made variables twice within its first call; the second trace must
    make none. Later traces may not, either. Optimizers create their slots when they see the variables for the first
    time, and so do layers their weights. In TensorFlow 1 Python ran once to build the graph, so a local variable was
    fine.
"""

from graphs.lesson import fails

import tensorflow as tf

x = tf.constant(2.0)
traces = 0


# %% The wrong way: a local variable. The first call fails, in its second trace.
@tf.function
def wrong(x):
    global traces
    traces += 1
    return tf.Variable(1.0).assign_add(x)


print("wrong  a local variable: the first call fails, in its second trace")
with fails(ValueError, "tf.function only supports singleton tf.Variables created on the first call"):
    wrong(x)
assert traces == 2


# %% The right way: the variable is made once. Outside is plainest; this is how a layer does it at its first call.
class Accumulator:
    def __init__(self):
        self.total = None

    @tf.function
    def add(self, x):
        if self.total is None:
            self.total = tf.Variable(tf.zeros_like(x))
        return self.total.assign_add(x)


accumulator = Accumulator()
totals = [float(accumulator.add(x)) for _ in range(3)]
print(f"right  a variable made if there is none: {totals}, in 2 traces")
assert totals == [2, 4, 6]
assert accumulator.add.experimental_get_tracing_count() == 2


# %% The wrong way, in disguise: a second optimizer, whose slots are made when its branch is first traced.
def train(optimizers, number, weight):
    optimizers[number].apply([x], [weight])


def pair():
    return [tf.keras.optimizers.SGD(0.1), tf.keras.optimizers.Adam(0.1)]


weight = tf.Variable(1.0)
optimizers = pair()
step = tf.function(lambda number: train(optimizers, number, weight))
step(0)
print("wrong  a second optimizer is first used in a later trace")
with fails(ValueError, "Creating variables on a non-first call to a function decorated with tf.function"):
    step(1)

# %% The right way: build both optimizers before.
weight.assign(1.0)
built = pair()
for optimizer in built:
    optimizer.build([weight])
step = tf.function(lambda number: train(built, number, weight))
step(0)
step(1)
print(f"right  two optimizers, both built before: 1 goes to {weight.numpy():.4f}")
assert abs(weight.numpy() - 0.7) < 1e-6  # SGD moves it by 0.1 * 2, Adam's first step by 0.1
