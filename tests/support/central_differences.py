"""Gradients without derivatives: (loss(p + step) - loss(p - step)) / (2 step) for each number p of the parameters.

Source: Nocedal and Wright, "Numerical Optimization", 2nd edition, 2006, equation 8.7.
"""

import numpy as np

from graphs.implementations import numpy_manual
from graphs.network import Parameters

STEP = 1e-6
TOLERANCE = 1e-7  # of the largest gradient; up to 4e-8 was seen, where softmax makes all gradients small


def central_differences(loss_at, parameters):
    """Gradients of loss_at(parameters), as Parameters; float64 parameters only."""
    return Parameters(*(_gradient(loss_at, parameters, index) for index in range(len(parameters))))


def loss_differences(spec, parameters, batch):
    """The gradients of a network's loss, as NumPy computes it; float64 only."""

    def loss_at(shifted):
        return numpy_manual.LOSSES[spec.loss](numpy_manual.forward(spec, shifted, batch.inputs), batch.targets)

    return central_differences(loss_at, parameters)


def _gradient(loss_at, parameters, index):
    def shifted_loss(position, shift):
        array = parameters[index].copy()
        array[position] += shift
        return loss_at(parameters._replace(**{Parameters._fields[index]: array}))

    gradient = np.empty_like(parameters[index])
    for position in np.ndindex(gradient.shape):
        gradient[position] = (shifted_loss(position, STEP) - shifted_loss(position, -STEP)) / (2 * STEP)
    return gradient


def disagreement(gradients, differences):
    """The largest difference between the two, in parts of the largest gradient; with the name of its parameter."""
    scale = max(np.abs(array).max() for array in differences)
    return max(
        (float(np.abs(gradient - difference).max() / scale), name)
        for name, gradient, difference in zip(Parameters._fields, gradients, differences, strict=True)
    )
