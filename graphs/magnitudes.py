"""The scale against which each tensor of a result is judged.

A rounding error is proportional to the terms that are summed, not to their sum: over a batch a bias gradient cancels,
and its terms do not. So an error is measured against a magnitude: the largest value that the same expression takes when
every term is replaced by its absolute value. Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd
edition, 2002, section 3.1. How many units of rounding a result may be off, in parts of this, stands in tolerances.py.
"""

import math

import numpy as np

from graphs.implementations import REFERENCE, text
from graphs.network import Activations, Parameters, State, StepResult
from graphs.optimizers import RULES, slots_by_parameter

reference = text(REFERENCE)


def magnitudes(spec, parameters, batch, activations=None):
    """A StepResult of numbers: the magnitude of each tensor that evaluate() returns.

    The same computation with absolute values for terms and + for -, in float64. With activations, the gradients are
    those at exactly these activations, so that the errors of the activations do not count a second time; without, they
    carry the errors of the activations on. None is below least_magnitude().
    """
    parameters = Parameters(*(np.asarray(parameter, "float64") for parameter in parameters))
    inputs, targets = (np.asarray(array, "float64") for array in batch)
    exact = reference.forward(spec, parameters, inputs)
    weights1, biases1, weights2, biases2, weights3, biases3 = map(np.abs, parameters)

    hidden1 = _activation(spec.hidden_activation, exact.hidden1, np.abs(inputs) @ weights1 + biases1)
    hidden2 = _activation(spec.hidden_activation, exact.hidden2, hidden1 @ weights2 + biases2)
    logits = hidden2 @ weights3 + biases3
    outputs = _activation(spec.output_activation, exact.outputs, logits)

    if activations is None:
        rounded = Activations(hidden1, hidden2, logits, outputs)
        d_logits = _d_logits(spec, exact.outputs, np.abs(targets), outputs)
        slope1 = _slope(spec.hidden_activation, exact.hidden1, hidden1)
        slope2 = _slope(spec.hidden_activation, exact.hidden2, hidden2)
    else:
        rounded = Activations(*(np.asarray(array, "float64") for array in activations))
        d_logits = _d_logits(spec, rounded.outputs, targets)
        slope1 = _slope(spec.hidden_activation, rounded.hidden1)
        slope2 = _slope(spec.hidden_activation, rounded.hidden2)
    d_z2 = d_logits @ weights3.T * slope2
    d_z1 = d_z2 @ weights2.T * slope1
    gradients = Parameters(
        weights1=np.abs(inputs).T @ d_z1,
        biases1=d_z1.sum(axis=0),
        weights2=np.abs(rounded.hidden1).T @ d_z2,
        biases2=d_z2.sum(axis=0),
        weights3=np.abs(rounded.hidden2).T @ d_logits,
        biases3=d_logits.sum(axis=0),
    )
    least = least_magnitude(spec.dtype)
    return StepResult(
        Activations(*(max(part.max(), least) for part in (hidden1, hidden2, logits, outputs))),
        max(_loss(spec, logits, outputs, np.abs(targets)), least),
        Parameters(*(max(gradient.max(), least) for gradient in gradients)),
    )


def update_magnitudes(spec, state, gradients):
    """The magnitude of each number of a State after one update of it, as a State of arrays in float64."""
    rule = RULES[spec.optimizer](np, spec.learning_rate, np.float64(state.step + 1))
    least = least_magnitude(spec.dtype)
    parameters, slots = [], []
    for parameter, gradient, own_slots in zip(state.parameters, gradients, slots_by_parameter(state)):
        amount, new_slots = rule(np.abs(gradient), tuple(map(np.abs, own_slots)))
        parameters.append(np.maximum(np.abs(parameter) + amount, least))
        slots.append([np.maximum(slot, least) for slot in new_slots])
    return State(Parameters(*parameters), tuple(Parameters(*slot) for slot in zip(*slots)), state.step + 1)


def least_magnitude(dtype):
    """Underflow is rounding, too: below the smallest normal number TensorFlow keeps few digits or none. Magnitudes end
    where that number is two units of rounding: at 1e-31 in float32 and at 1e-292 in float64.
    """
    return float(np.finfo(dtype).tiny / np.finfo(dtype).eps)


def _activation(name, a, z):
    """The magnitude of a = g(z), where z is a magnitude: an error in z goes on as |g'| times it, and a has at least its
    own size.
    """
    return np.maximum(np.abs(a), reference.BACKWARD[name](z, a) if name != "softmax" else a * (z + _row_sum(a * z)))


def _slope(name, a, magnitude=0):
    """The magnitude of g'(z), a function of a = g(z). magnitude: that of a, where a may be off."""
    slope = np.ones_like(a) if name == "tanh" else reference.BACKWARD[name](np.ones_like(a), a)  # 1 - a a cancels
    return slope + {"sigmoid": 1, "tanh": 2}.get(name, 0) * magnitude  # by so much a slope moves with a


def _loss(spec, logits, outputs, targets):
    if spec.loss == "mean_squared_error":
        return np.mean(np.square(outputs + targets))
    if spec.loss == "mean_absolute_error":
        return np.mean(outputs + targets)
    if spec.loss == "binary_crossentropy":
        return np.mean(logits + logits * targets + math.log(2))
    return np.mean((targets * logits).sum(axis=1) + logits.max(axis=1) + math.log(logits.shape[1]))


def _d_logits(spec, outputs, targets, magnitude=None):
    """The magnitude of d(loss)/d(logits). magnitude: that of the outputs, where these may be off."""
    rounded = np.abs(outputs) if magnitude is None else magnitude
    # TensorFlow takes a cross-entropy's probabilities from the logits once more, so these are always rounded.
    if spec.loss == "categorical_crossentropy":
        return (rounded + targets) / len(outputs)
    if spec.loss == "binary_crossentropy":
        return (rounded + targets) / outputs.size
    if spec.loss == "mean_absolute_error":
        d_outputs = np.full_like(outputs, 1 / outputs.size)
    else:
        error = np.abs(outputs - targets) if magnitude is None else magnitude + targets
        d_outputs = 2 * error / outputs.size
    if spec.output_activation == "softmax":
        return (d_outputs + _row_sum(d_outputs * rounded)) * rounded
    return d_outputs * _slope(spec.output_activation, outputs, 0 if magnitude is None else magnitude)


def _row_sum(array):
    return array.sum(axis=1, keepdims=True)
