"""How two networks that train for themselves grow apart: when it starts, in which tensor, and how fast."""

from typing import NamedTuple

from graphs import parity
from graphs.training import is_finite


class Apart(NamedTuple):
    """How far apart two networks are after so many steps."""

    step: int  # from 1 up
    error: float  # the largest of any parameter, in parts of its largest value
    tensor: str  # the parameter in which that is, which need not be where the difference began


class Drift(NamedTuple):
    """The way of one network from another."""

    first: Apart | None  # the first step after which any bit differs; None if none ever does
    growth: tuple[Apart, ...]  # at steps 1, 2, 5, 10, 20, 50 and so on, and at the last
    diverged_in: int | None = None  # the step after which a number of either is no longer finite, if there is one


def measure_drift(network, reference, batches):
    """Let both take a step for each Batch, and compare the parameters after each.

    Ends before a step after which a number of either is no longer finite: there is no distance then.
    """
    first, growth, last, diverged_in = None, [], None, None
    for step, batch in enumerate(batches, start=1):
        network.train_step(batch)
        reference.train_step(batch)
        states = network.state(), reference.state()
        if not all(is_finite(state) for state in states):
            diverged_in = step
            break
        parities = parity.compare_parameters(*(state.parameters for state in states))
        worst = parity.worst(parities)
        last = Apart(step, worst.error, worst.name)
        if first is None and not parity.all_bit_identical(parities):
            first = last
        if _is_shown(step):
            growth.append(last)
    if last and last not in growth:
        growth.append(last)
    return Drift(first, tuple(growth), diverged_in)


def _is_shown(step):
    return int(str(step)[0]) in (1, 2, 5) and not int("0" + str(step)[1:])
