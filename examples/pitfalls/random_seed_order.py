"""One seed, different numbers: each draw takes the next seed in the order of the calls

Theme: Numbers
Symptom: tf.random.set_seed is set, and yet a layer starts with other weights, since a line that draws something else
    was added, removed or moved.
Answer: draw with tf.random.stateless_normal(shape, seed=(7, 1)), whose numbers depend on its arguments alone; or give
    each operation a seed of its own: three different first draws become one.
Threads: tensorflow 9003, 14775

    $ .venv/bin/python examples/pitfalls/random_seed_order.py
    wrong  after 0, 1 and 2 other draws: 0.5983 -2.2733 1.5750
    right  with seed=1: -0.5408 -0.5408 -0.5408
    right  stateless: -0.6669 -0.6669 -0.6669

Why: an operation draws with two seeds, that of set_seed and its own. Where its own is not given, eager execution takes
    the next one from a list that set_seed starts anew; a graph, in TensorFlow 1 too, counts its operations. So each
    draw depends on how many came before it. A seed for the operation stops that, but the operation still goes on
    from call to call.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf


def weights():
    return tf.random.normal(())


def weights_with_seed():
    return tf.random.normal((), seed=1)


def stateless_weights():
    return tf.random.stateless_normal((), seed=(7, 1))


def first_weights(draw, draws_before):
    """What the layer gets if the program draws something else before it."""
    tf.random.set_seed(7)
    for _ in range(draws_before):
        tf.random.uniform(())
    return draw().numpy()


# %% The wrong way: the same seed, and another draw before the weights.
drawn = [first_weights(weights, before) for before in range(3)]
print("wrong  after 0, 1 and 2 other draws:", *(f"{value:.4f}" for value in drawn))
assert len(set(drawn)) == 3

# %% The seed does work, as long as the calls are the same: so it is not chance.
assert first_weights(weights, 1) == drawn[1]

# %% The right way: a seed for the operation as well. Its second call still differs from its first.
drawn = [first_weights(weights_with_seed, before) for before in range(3)]
print("right  with seed=1:", *(f"{value:.4f}" for value in drawn))
assert len(set(drawn)) == 1
assert weights_with_seed() != drawn[0]

# %% Or a stateless draw: no list, no counter, the same numbers each time.
drawn = [first_weights(stateless_weights, before) for before in range(3)]
print("right  stateless:", *(f"{value:.4f}" for value in drawn))
assert len(set(drawn)) == 1
assert stateless_weights() == drawn[0]

tf.random.set_seed(None)  # the process goes on without a seed, as it began
