"""A random number or a time of Python is drawn once, while the function is traced, and then it is a constant

Theme: Tracing
Symptom: np.random in a tf.function, or in Dataset.map, gives the same value each time; augmentation treats every image
    alike; dropout by hand drops the same units in each step; time.time() stands still.
Answer: tf.random (a tf.random.Generator made outside, or stateless_uniform with another seed for each draw, such as
    (epoch, index)), tf.timestamp(): 3 values in 3 calls instead of 1.
Threads: tensorflow 40620, 24610, 109227

    $ .venv/bin/python examples/pitfalls/random_number_drawn_once.py
    wrong  random.random() in 3 calls: 1 value
    wrong  numpy's normal() in 3 calls: 1 value
    wrong  time.time() in 3 calls: 1 value
    wrong  numpy's integers(1000) for the 4 elements of Dataset.map: 1 value
    right  uniform in 3 calls: 3 values
    right  normal in 3 calls: 3 values
    right  tf.timestamp() in 3 calls: 3 values
    right  stateless_uniform for the 4 elements of Dataset.map: 4 values

Why: Python draws the number while it traces, and the graph gets a constant. Later calls run the graph, not Python.
    Dataset.map traces its function too, even in a program without tf.function. An operation such as tf.random.uniform
    is part of the graph and draws in each call. Python's number changes again when the function is retraced, which
    hides the mistake in a small test with different shapes. Thread 109227 is a change that makes AutoGraph warn of
    Python's random; 2.21 is silent.
"""

import random
import time

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()
import numpy as np
import tensorflow as tf

python_random = random.Random(0)  # of its own, so that the seed of the module random stays as it is
numpy_random = np.random.default_rng(0)


# %% The wrong way: numbers of Python and NumPy, and a clock of Python.
@tf.function
def wrong():
    return python_random.random(), numpy_random.normal(), time.time()


for name, values in zip(("random.random()", "numpy's normal()", "time.time()"), zip(*(wrong() for _ in range(3)))):
    distinct = {value.numpy() for value in values}
    print(f"wrong  {name} in 3 calls: {len(distinct)} value")
    assert len(distinct) == 1

# %% The wrong way without tf.function: Dataset.map traces as well. All images are shifted alike.
shifts = [int(shift) for shift in tf.data.Dataset.range(4).map(lambda _: numpy_random.integers(1000))]
print(f"wrong  numpy's integers(1000) for the 4 elements of Dataset.map: {len(set(shifts))} value")
assert len(set(shifts)) == 1

# %% The right way: a generator of TensorFlow, made outside because it holds a variable; and TensorFlow's clock.
generator = tf.random.Generator.from_seed(0)


@tf.function
def right():
    return generator.uniform(()), generator.normal(()), tf.timestamp()


for name, values in zip(("uniform", "normal", "tf.timestamp()"), zip(*(right() for _ in range(3)))):
    distinct = {value.numpy() for value in values}
    print(f"right  {name} in 3 calls: {len(distinct)} values")
    assert len(distinct) == 3

# %% The right way in Dataset.map: a draw that depends on the element's index and nothing else.
draws = tf.data.Dataset.range(4).map(lambda index: tf.random.stateless_uniform((), (0, index), 0, 1000, tf.int32))
shifts = [int(shift) for shift in draws]
print(f"right  stateless_uniform for the 4 elements of Dataset.map: {len(set(shifts))} values")
assert len(set(shifts)) == 4
