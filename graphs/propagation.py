"""How far the loss and the gradients of a step may be off when its activations are not known.

A step returns its loss and leaves a new state; the activations on the way to them stay inside. A bound that adds up
what every layer may do at worst is larger than the gradients of a large network, and would let a wrong one pass. So
this is an estimate: every number of every layer is moved up or down at random, by as much as rounding is likely to, and
what becomes of the loss and the gradients is looked at.

Rounding errors point either way, so n of them are likely to leave some sqrt(n) units. Source: Higham and Mary, "A new
approach to probabilistic rounding error analysis", SIAM Journal on Scientific Computing 41, 2019, theorem 2.4.
"""

import numpy as np

from graphs.magnitudes import magnitudes
from graphs.network import Activations, Parameters
from graphs.parity import cast
from graphs.recompute import loss_and_gradients, second_layer, third_layer
from graphs.tolerances import UNIT, allowed_errors, result_units

TRIALS = 2
MARGIN = 10  # how much further than in the trials a number may be moved


def step_rounding(spec, parameters, batch, activations):
    """(of the loss, Parameters: of each gradient): the largest difference that is put down to rounding.

    activations: those that the step should have, up to rounding.
    """
    parameters, batch, activations = cast((parameters, batch, activations), "float64")
    allowed = allowed_errors(spec, len(batch.inputs))
    scales = magnitudes(spec, parameters, batch, activations)
    likely = np.sqrt(result_units(spec, len(batch.inputs)).activations) * UNIT[spec.dtype]
    sizes = Activations(*(likely * scales.activations))
    generator = np.random.default_rng(0)
    trials = [_moved(spec, parameters, activations, sizes, generator) for _ in range(TRIALS)]
    loss, gradients = loss_and_gradients(spec, parameters, batch, activations)
    losses, all_gradients = zip(*(loss_and_gradients(spec, parameters, batch, one) for one in trials), strict=True)

    def rounding(error, scale, number, moved):
        return error * scale + MARGIN * max(np.abs(one - number).max() for one in moved)

    return (
        rounding(allowed.loss, scales.loss, loss, losses),
        Parameters(*map(rounding, allowed.gradients, scales.gradients, gradients, zip(*all_gradients, strict=True))),
    )


def _moved(spec, parameters, activations, sizes, generator):
    """Activations of which each is off by its size, and by what the layers below make of theirs."""

    def moved(layer, size):
        # The sign is 0 where a ReLU is off: far from its kink, where it stays.
        return layer + size * np.sign(layer) * generator.choice([-1, 1], layer.shape)

    hidden1 = moved(activations.hidden1, sizes.hidden1)
    hidden2 = moved(second_layer(spec, parameters, hidden1), sizes.hidden2)
    logits, outputs = third_layer(spec, parameters, hidden2)
    return Activations(hidden1, hidden2, moved(logits, sizes.logits), moved(outputs, sizes.outputs))
