"""tf.random.set_seed seeds TensorFlow, but not NumPy, Python's random or Keras

Theme: Numbers
Symptom: two runs differ in spite of tf.random.set_seed. The data are shuffled by NumPy, augmented with Python's random,
    or the weights come from Keras.
Answer: tf.keras.utils.set_random_seed(7): five of five sources repeat, instead of two. A generator of your own,
    np.random.default_rng() or random.Random(), needs its seed where it is made.
Threads: tensorflow 3163

    $ .venv/bin/python examples/pitfalls/random_seed_numpy.py
    wrong  tf.random.set_seed repeats tf.random.normal, tf.data's shuffle
           and does not repeat np.random.rand, random.random, a Keras initializer
    right  tf.keras.utils.set_random_seed repeats all of them: 5

Why: each library has a generator of its own. A Keras initializer without a seed takes one from Python's random when it
    is made, so in Keras 3 not even the weights depend on tf.random.set_seed.
"""

import random

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

SOURCES = {
    "tf.random.normal": lambda: float(tf.random.normal(())),
    "tf.data's shuffle": lambda: list(tf.data.Dataset.range(100).shuffle(100).as_numpy_iterator()),
    "np.random.rand": np.random.rand,
    "random.random": random.random,
    "a Keras initializer": lambda: float(tf.keras.initializers.GlorotUniform()((1, 1))[0, 0]),
}


def repeats(set_seed):
    """The sources that draw the same again when the seed is set again, and those that do not."""
    runs = []
    for _ in range(2):
        set_seed(7)
        runs.append([draw() for draw in SOURCES.values()])
    same = {name: first == second for name, first, second in zip(SOURCES, *runs)}
    return [name for name in same if same[name]], [name for name in same if not same[name]]


python_state, numpy_state = random.getstate(), np.random.get_state()
random.seed(1)  # so that this script prints the same whatever was drawn before
np.random.seed(1)

# %% The wrong way: TensorFlow repeats, the others go on.
same, different = repeats(tf.random.set_seed)
print("wrong  tf.random.set_seed repeats", ", ".join(same))
print("       and does not repeat", ", ".join(different))
assert same == ["tf.random.normal", "tf.data's shuffle"]

# %% The right way: one call that seeds all five.
same, different = repeats(tf.keras.utils.set_random_seed)
print("right  tf.keras.utils.set_random_seed repeats all of them:", len(same))
assert same == list(SOURCES)

# %% The process goes on with the generators that it had.
random.setstate(python_state)
np.random.set_state(numpy_state)
tf.random.set_seed(None)
