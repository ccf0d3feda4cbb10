"""How far the loss and the gradients of a step may be off when its activations are unknown.

A step returns its loss and leaves a new state, but not the activations in between. A bound that adds up the worst case
of every layer is larger than the gradients of a large network, so a wrong gradient would pass. This module estimates
instead: it moves the layers up and down at random, by as much as rounding is likely to, and measures how the loss and
the gradients change.

Rounding errors have either sign, so n of them are likely to add up to some sqrt(n) units. Source: Higham and Mary, "A
new approach to probabilistic rounding error analysis", SIAM Journal on Scientific Computing 41, 2019, theorem 2.4.
"""

import numpy as np

from graphs.network import Activations, Parameters
from graphs.parity import cast
from graphs.parity.magnitudes import gradient_magnitudes, layer_magnitudes, loss_magnitude
from graphs.parity.recompute import loss_and_gradients, second_layer, third_layer
from graphs.parity.tolerances import UNIT, allowed_errors, result_units

TRIALS = 4
MARGIN = 10  # how many times its likely size rounding may reach


def step_rounding(spec, parameters, batch, activations):
    """(for the loss, Parameters: for each gradient): the largest difference that counts as rounding.

    activations: the activations that the step should compute, up to rounding.
    """
    parameters, batch, activations = cast((parameters, batch, activations), "float64")
    units = result_units(spec, len(batch.inputs))
    layers = layer_magnitudes(spec, parameters, batch.inputs, activations)
    sizes = Activations(*(_likely(spec, *pair) for pair in zip(units.activations, layers, strict=True)))
    generator = np.random.default_rng(0)
    trials = [_moved(spec, parameters, activations, sizes, generator) for _ in range(TRIALS)]
    loss, gradients = loss_and_gradients(spec, parameters, batch, activations)
    losses, all_gradients = zip(*(loss_and_gradients(spec, parameters, batch, one) for one in trials), strict=True)

    def rounding(own, number, moved):
        return MARGIN * (own + max(np.abs(one - number).max() for one in moved))

    scales = gradient_magnitudes(spec, parameters, batch, activations)
    own = [_likely(spec, *pair) for pair in zip(units.gradients, scales, strict=True)]
    # The full bound of a mean: XLA adds up its terms one after the other, and all have the same sign.
    of_mean = allowed_errors(spec, len(batch.inputs)).loss * loss_magnitude(spec, batch.targets, activations)
    return (
        of_mean + rounding(0, loss, losses),
        Parameters(*map(rounding, own, gradients, zip(*all_gradients, strict=True))),
    )


def _likely(spec, units, magnitude):
    return np.sqrt(units) * UNIT[spec.dtype] * magnitude


def _moved(spec, parameters, activations, sizes, generator):
    """Activations, each off by its entry in sizes, and by what it inherits from the moved layers below."""

    def moved(name, layer):
        still = getattr(activations, name)
        found = layer + getattr(sizes, name) * generator.choice([-1, 1], layer.shape)
        # No ReLU crosses its kink: a gradient would jump by the share of a whole example.
        return np.where(found * still > 0, found, still)

    hidden1 = moved("hidden1", activations.hidden1)
    hidden2 = moved("hidden2", second_layer(spec, parameters, hidden1))
    logits, outputs = third_layer(spec, parameters, hidden2)
    return Activations(hidden1, hidden2, moved("logits", logits), moved("outputs", outputs))
