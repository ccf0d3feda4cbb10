"""How two networks that train separately drift apart: from which step, in which tensor, and how fast."""

from typing import NamedTuple

from graphs import parity
from graphs.training import is_finite


class Apart(NamedTuple):
    """How far apart two networks are after some steps."""

    step: int  # from 1 up
    error: float  # the largest error of any parameter, as a fraction of its largest value
    tensor: str  # the parameter with this error; the difference may have begun in another


class Drift(NamedTuple):
    """How one network drifts away from another."""

    first: Apart | None  # the first step after which any bit differs; None if no bit ever differs
    growth: tuple[Apart, ...]  # at steps 1, 2, 5, 10, 20, 50 and so on, and at the last step
    diverged_in: int | None = None  # the step after which either has a number that is not finite, if any


def measure_drift(network, reference, batches):
    """Let both networks take a step for each Batch, and compare their parameters after each step.

    Stops at the first step that leaves a number in either network that is not finite: there is no distance then.
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
