"""What a step through Network.train_step costs beside the same step in the fewest lines of bare TensorFlow.

python benchmarks/bare_tensorflow.py

Both sides take NumPy arrays and return a NumPy loss. They are timed in turn, in one process, in blocks of at least
10 ms; the ratio is the median over the rounds of ours / bare, with the range that holds 95% of such medians when the
rounds are drawn again (bootstrap). Sigmoid, mean squared error, SGD.
"""

import sys

import numpy as np

from graphs.implementations import load
from graphs.network import Batch, NetworkSpec, initial_parameters
from graphs.quiet import import_tensorflow_quietly
from graphs.timing.steps import time_steps

import_tensorflow_quietly()

import tensorflow as tf  # noqa: E402 - after its chatter has been dealt with

SIZES = [((64, 64, 32, 10), 64), ((784, 512, 512, 10), 128)]
LEARNING_RATE = 0.1


def bare_eager(parameters):
    weights1, biases1, weights2, biases2, weights3, biases3 = variables = [tf.Variable(array) for array in parameters]

    def step(inputs, targets):
        with tf.GradientTape() as tape:
            hidden1 = tf.sigmoid(inputs @ weights1 + biases1)
            hidden2 = tf.sigmoid(hidden1 @ weights2 + biases2)
            loss = tf.reduce_mean(tf.square(hidden2 @ weights3 + biases3 - targets))
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(LEARNING_RATE * gradient)
        return loss

    return step


def bare_session(parameters, batch):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        inputs, targets = (v1.placeholder(array.dtype, (None, array.shape[1])) for array in batch)
        weights1, biases1, weights2, biases2, weights3, biases3 = [v1.Variable(array) for array in parameters]
        hidden1 = tf.sigmoid(inputs @ weights1 + biases1)
        hidden2 = tf.sigmoid(hidden1 @ weights2 + biases2)
        loss = tf.reduce_mean(tf.square(hidden2 @ weights3 + biases3 - targets))
        train_op = v1.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
        session = v1.Session()
        session.run(v1.global_variables_initializer())
    return lambda: session.run((loss, train_op), {inputs: batch.inputs, targets: batch.targets})[0]


def bare_steps(parameters, batch):
    eager = bare_eager(parameters)
    function = tf.function(bare_eager(parameters))
    xla = tf.function(bare_eager(parameters), jit_compile=True)
    return {
        "tf1_session": bare_session(parameters, batch),
        "tf2_eager": lambda: eager(tf.constant(batch.inputs), tf.constant(batch.targets)).numpy(),
        "tf2_function": lambda: function(tf.constant(batch.inputs), tf.constant(batch.targets)).numpy(),
        "tf2_xla": lambda: xla(tf.constant(batch.inputs), tf.constant(batch.targets)).numpy(),
    }


def time_against(bare, name, spec, parameters, batch, rounds):
    with load(name).Network(spec, parameters) as network:
        if abs(network.train_step(batch) - bare()) > 1e-5:
            sys.exit(f"{name} and its bare counterpart compute different things")
        return time_steps({"ours": lambda: network.train_step(batch), "bare": bare}, blocks=rounds)


def interval(ratios, generator):
    drawn = generator.choice(ratios, (2000, len(ratios)))
    return np.percentile(np.median(drawn, axis=1), [2.5, 97.5])


def main(rounds="60"):
    generator = np.random.default_rng(0)
    print(f"{'network, batch':<24}{'execution':<14}{'ours us':>10}{'bare us':>10}{'ratio':>8}   95% interval")
    for layer_sizes, size in SIZES:
        spec = NetworkSpec(layer_sizes, learning_rate=LEARNING_RATE)
        parameters = initial_parameters(spec, seed=0)
        batch = Batch(
            generator.normal(size=(size, layer_sizes[0])).astype("float32"),
            generator.normal(size=(size, layer_sizes[-1])).astype("float32"),
        )
        for name, bare in bare_steps(parameters, batch).items():
            times = time_against(bare, name, spec, parameters, batch, int(rounds))
            ours, theirs = times["ours"], times["bare"]
            ratios = np.divide(ours.block_step_times_us, theirs.block_step_times_us)
            low, high = interval(ratios, generator)
            label = f"{'-'.join(map(str, layer_sizes))}, {size}"
            print(
                f"{label:<24}{name:<14}{ours.median_us:>10.0f}{theirs.median_us:>10.0f}"
                f"{np.median(ratios):>8.3f}   [{low:.3f}, {high:.3f}]"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
