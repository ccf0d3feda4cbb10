"""Before a network is timed: did its first step do what it should?"""

from typing import NamedTuple

from graphs import parity
from graphs.implementations import REFERENCE, text
from graphs.magnitudes import magnitudes
from graphs.network import Parameters, State, initial_state
from graphs.tolerances import allowed_errors


class WrongResultError(Exception):
    """An implementation computed something else than it should, so that its times mean nothing."""


class FirstStep(NamedTuple):
    """What NumPy, in float64, makes of the first step, and by how much another may be off."""

    state: State  # before it
    loss: float
    gradients: Parameters
    loss_magnitude: float
    allowed_loss: float
    rounding: Parameters  # of numbers, one for each gradient


def first_step(spec, parameters, batch):
    """The FirstStep from given parameters on a batch."""
    exact = text(REFERENCE).evaluate(spec, *parity.cast((parameters, *batch), "float64"))
    scale = magnitudes(spec, parameters, batch, exact.activations)
    allowed = allowed_errors(spec, len(batch.inputs))
    # Twice, since a step does not tell its activations, which are off as well. What these can do to a gradient at worst
    # is larger than the gradient, and would let a wrong one pass.
    rounding = (2 * error * size for error, size in zip(allowed.gradients, scale.gradients, strict=True))
    state = initial_state(spec, parameters)
    return FirstStep(state, float(exact.loss), exact.gradients, scale.loss, allowed.loss, Parameters(*rounding))


def disagreement(spec, expected, loss, new_state):
    """What is wrong with the loss of a first step and the State after it, as a clause; None if nothing is."""
    error = parity.scaled_error(loss, expected.loss, expected.loss_magnitude)
    if not error <= expected.allowed_loss:
        return f"its loss is off by {error:.1e}, where {expected.allowed_loss:.1e} is allowed"
    judged = parity.judge_update(spec, expected.state, expected.gradients, expected.rounding, new_state)
    if not parity.holds(judged):
        worst = parity.worst(judged)
        return f"{worst.name} is off by {worst.error:.1e} after a step, where {worst.allowed:.1e} is allowed"
    return None if new_state.step == 1 else f"it counted {new_state.step} steps, not 1"
