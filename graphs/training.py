"""The one training loop. It works with any implementation and reports each epoch to its callbacks."""

import math
from typing import NamedTuple

import numpy as np

from graphs.network import State


class Epoch(NamedTuple):
    """The report to the callbacks after each epoch."""

    number: int  # from 1 up
    steps: int  # taken since training began
    loss: float  # mean over the epoch's minibatches, each before its update
    diverged: bool  # a loss, parameter or slot is no longer finite


class Training(NamedTuple):
    """How training ended."""

    epochs: tuple[Epoch, ...]
    state: State  # the last one between epochs with only finite numbers
    diverged_in: int | None  # the epoch in which a loss or a parameter stopped being finite; training ends there


def train(network, epochs, callbacks=()):
    """Take one step for each Batch of each epoch. epochs: an iterable of iterables of Batches.

    After each epoch, every callback is called with its Epoch, outside any step.
    """
    reports: list[Epoch] = []
    state = network.state()
    steps = 0
    # Epoch.diverged reports a divergence, so NumPy's warnings on the way are not needed.
    with np.errstate(all="ignore"):
        for number, batches in enumerate(epochs, start=1):
            losses = []
            for batch in batches:
                losses.append(float(network.train_step(batch)))
                if not math.isfinite(losses[-1]):
                    break
            steps += len(losses)
            new_state = network.state()
            diverged = not (math.isfinite(losses[-1]) and is_finite(new_state))
            reports.append(Epoch(number, steps, float(np.mean(losses)), diverged))
            for callback in callbacks:
                callback(reports[-1])
            if diverged:
                return Training(tuple(reports), state, number)
            state = new_state
    return Training(tuple(reports), state, None)


def is_finite(state):
    """Whether every parameter and slot is finite."""
    return all(np.isfinite(array).all() for parameters in (state.parameters, *state.slots) for array in parameters)
