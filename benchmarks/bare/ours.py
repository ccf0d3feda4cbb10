"""Ours, through Network.train_step and train_steps."""

from functools import partial

from graphs.implementations import NAMES, load
from graphs.network import NetworkSpec

WITH_LOOP = ("tf1_session", "tf2_function", "tf2_xla")


def contestants(parameters, batch, learning_rate, n):
    sizes = (len(parameters.weights1), *(parameters[index].shape[1] for index in (0, 2, 4)))
    spec = NetworkSpec(sizes, learning_rate=learning_rate)
    return {
        **{name: (partial(load(name).Network(spec, parameters).train_step, batch), 1) for name in NAMES},
        **{
            f"{name} loop": (partial(load(name).Network(spec, parameters).train_steps, batch, n), n)
            for name in WITH_LOOP
        },
    }
