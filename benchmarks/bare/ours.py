"""Ours, through Network.train_step and train_steps."""

from functools import partial

from graphs.event_log.folders import WITH_LOOP
from graphs.implementations import NAMES, load
from graphs.network import NetworkSpec


def contestants(parameters, batch, learning_rate, n):
    return {
        **{name: (partial(network(name, parameters, learning_rate).train_step, batch), 1) for name in NAMES},
        **{f"{name} loop": loop(name, parameters, batch, learning_rate, n) for name in WITH_LOOP},
    }


def loop(name, parameters, batch, learning_rate, n):
    return partial(network(name, parameters, learning_rate).train_steps, batch, n), n


def network(name, parameters, learning_rate):
    weights1, biases1, _, biases2, _, biases3 = parameters
    spec = NetworkSpec((len(weights1), len(biases1), len(biases2), len(biases3)), learning_rate=learning_rate)
    return load(name).Network(spec, parameters)
