"""Checks a network's first step before the network is timed."""

from typing import NamedTuple

from graphs import parity
from graphs.implementations import text
from graphs.implementations.table import REFERENCE
from graphs.network import Parameters, State, initial_state
from graphs.parity.propagation import step_rounding


class WrongResultError(Exception):
    """An implementation computed a wrong result, so its times mean nothing."""


class FirstStep(NamedTuple):
    """The first step as NumPy computes it in float64, and how far off another implementation may be."""

    state: State  # before the step
    loss: float
    gradients: Parameters
    loss_rounding: float
    rounding: Parameters  # of numbers, one for each gradient


def first_step(spec, parameters, batch):
    """The FirstStep from given parameters on a batch."""
    exact = text(REFERENCE).evaluate(spec, *parity.cast((parameters, *batch), "float64"))
    rounding = step_rounding(spec, parameters, batch, exact.activations)
    return FirstStep(initial_state(spec, parameters), float(exact.loss), exact.gradients, *rounding)


def disagreement(spec, expected, loss, new_state):
    """What is wrong with the loss of a first step or the State after it, as a clause; None if both are right."""
    error = parity.scaled_error(loss, expected.loss, 1)
    if not error <= expected.loss_rounding:
        return f"its loss is off by {error:.1e}, where {expected.loss_rounding:.1e} is allowed"
    judged = parity.judge_update(spec, expected.state, expected.gradients, expected.rounding, new_state)
    if not parity.holds(judged):
        worst = parity.worst(judged)
        return f"{worst.name} is off by {worst.error:.1e} after a step, where {worst.allowed:.1e} is allowed"
    return None if new_state.step == 1 else f"it counted {new_state.step} steps, not 1"
