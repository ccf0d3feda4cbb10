"""A tf.function made in each call traces each time

Theme: Tracing
Symptom: "triggered tf.function retracing ... could be due to (1) creating @tf.function repeatedly in a loop"; the
    function is slower than without tf.function; the arguments never change.
Answer: make the tf.function once, outside the loop, or decorate the method: 1 trace for 5 steps instead of 5. A
    function passed as an argument must be the same object each time.
Threads: tensorflow 34025, 46012, 62854

    $ .venv/bin/python examples/pitfalls/function_made_in_each_call.py
    wrong  tf.function(model.loss) in each of 5 steps: 5 traces
    right  made once before 5 steps: 1 trace
    right  a decorated method in 5 steps: 1 trace
           the same method of another object: 1 trace more
    wrong  a lambda written in each of 5 calls: 5 traces
    right  the same function in 5 calls: 1 trace

Why: the traced graphs belong to the object that tf.function returns. A new object has none, even if it wraps the same
    function. The same holds for what is passed as an argument: a lambda written in the call is a new object each
    time, so it is a new value, and a new graph. A decorated method keeps its graphs for each object: models made in a
    loop trace once each. The counterpart in TensorFlow 1 is building the graph inside the training loop.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()
import tensorflow as tf

x = tf.constant([1.0, 2.0])
traces = 0


class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(2.0)

    def loss(self, x):
        global traces
        traces += 1  # Python runs this line while it traces, and only then
        return tf.reduce_sum(self.scale * x)

    decorated = tf.function(loss)


@tf.function
def apply(function, x):
    return function(x)


# %% The wrong way: tf.function inside the loop.
model = Model()
for _ in range(5):
    assert tf.function(model.loss)(x) == 6
print(f"wrong  tf.function(model.loss) in each of 5 steps: {traces} traces")
assert traces == 5

# %% The right way: once, outside; or on the method.
traces = 0
loss = tf.function(model.loss)
for _ in range(5):
    assert loss(x) == 6
print(f"right  made once before 5 steps: {traces} trace")
assert traces == 1
traces = 0
for _ in range(5):
    assert model.decorated(x) == 6
print(f"right  a decorated method in 5 steps: {traces} trace")
assert traces == 1
other = Model()
other.decorated(x)
print(f"       the same method of another object: {traces - 1} trace more")
assert traces == 2

# %% The wrong way, in disguise: a lambda as an argument. Each turn of the loop makes a new one.
for _ in range(5):
    assert tuple(apply(lambda x: 2 * x, x)) == (2, 4)
print(f"wrong  a lambda written in each of 5 calls: {apply.experimental_get_tracing_count()} traces")
assert apply.experimental_get_tracing_count() == 5


# %% The right way: a function with a name, the same object in every call.
def double(x):
    return 2 * x


for _ in range(5):
    assert tuple(apply(double, x)) == (2, 4)
print(f"right  the same function in 5 calls: {apply.experimental_get_tracing_count() - 5} trace")
assert apply.experimental_get_tracing_count() == 6
