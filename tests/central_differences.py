"""Gradients without derivatives: (loss(p + step) - loss(p - step)) / (2 step) for each number p of the parameters.

Source: Nocedal and Wright, "Numerical Optimization", 2nd edition, 2006, equation 8.7.
"""

import numpy as np

from graphs.network import Parameters

STEP = 1e-6
TOLERANCE = 1e-7  # of the largest gradient; correct code stays below 1e-8, see test_gradients.py


def central_differences(loss_at, parameters):
    """Gradients of loss_at(parameters), as Parameters; float64 parameters only."""
    return Parameters(*(_gradient(loss_at, parameters, index) for index in range(len(parameters))))


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
