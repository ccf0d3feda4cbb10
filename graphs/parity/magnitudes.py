"""The scale against which each tensor of a result is judged.

A rounding error is proportional to the terms that are summed, not to their sum: over a batch a bias gradient cancels,
but its terms do not. So an error is measured against a magnitude: the largest value that the same expression takes when
every term is replaced by its absolute value. Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd
edition, 2002, section 3.1. tolerances.py says by how many units of rounding, relative to this, a result may be off.
"""

import math

import numpy as np

from graphs.implementations import text
from graphs.implementations.table import REFERENCE
from graphs.network import Activations, Parameters, State, StepResult
from graphs.optimizers import RULES, slots_by_parameter
from graphs.parity.recompute import first_layer, second_layer, third_layer

reference = text(REFERENCE)


def magnitudes(spec, parameters, batch, activations):
    """A StepResult of numbers: the magnitude of each tensor that recompute() returns for these activations, float64."""
    layers = layer_magnitudes(spec, parameters, batch.inputs, activations)
    return StepResult(
        Activations(*(layer.max() for layer in layers)),
        loss_magnitude(spec, batch.targets, activations),
        gradient_magnitudes(spec, parameters, batch, activations),
    )


def layer_magnitudes(spec, parameters, inputs, activations):
    """Activations of arrays: the magnitude of each number of each layer."""
    parameters = Parameters(*(np.asarray(parameter, "float64") for parameter in parameters))
    inputs, hidden1, hidden2 = (np.asarray(array, "float64") for array in (inputs, *activations[:2]))
    weights1, biases1, weights2, biases2, weights3, biases3 = map(np.abs, parameters)
    least = least_magnitude(spec.dtype)

    z1 = _product(np.abs(inputs), weights1, least) + biases1
    z2 = _product(np.abs(hidden1), weights2, least) + biases2
    logits = _product(np.abs(hidden2), weights3, least) + biases3
    return Activations(
        _activation(spec.hidden_activation, first_layer(spec, parameters, inputs), z1) + least,
        _activation(spec.hidden_activation, second_layer(spec, parameters, hidden1), z2) + least,
        logits,
        _activation(spec.output_activation, third_layer(spec, parameters, hidden2)[1], logits) + least,
    )


def loss_magnitude(spec, targets, activations):
    """The magnitude of the loss, a number."""
    logits, outputs, targets = (np.asarray(array, "float64") for array in (*activations[2:], targets))
    if spec.loss == "mean_squared_error":
        found = np.mean(np.square(outputs - targets))
    elif spec.loss == "mean_absolute_error":
        found = np.mean(np.abs(outputs - targets))
    elif spec.loss == "binary_crossentropy":
        found = np.mean(np.abs(logits) * (1 + targets) + math.log(2))
    else:
        sizes = np.abs(logits)
        found = np.mean((targets * sizes).sum(axis=1) + sizes.max(axis=1) + math.log(sizes.shape[1]))
    return found + least_magnitude(spec.dtype)


def gradient_magnitudes(spec, parameters, batch, activations):
    """Parameters of numbers: the magnitude of each gradient."""
    weights2, weights3 = (np.abs(np.asarray(array, "float64")) for array in (parameters.weights2, parameters.weights3))
    hidden1, hidden2, _, outputs = (np.asarray(array, "float64") for array in activations)
    inputs, targets = (np.asarray(array, "float64") for array in batch)
    least = least_magnitude(spec.dtype)

    d_logits = _d_logits(spec, outputs, targets) + least
    d_z2 = _product(d_logits, weights3.T, least) * _slope(spec.hidden_activation, hidden2) + least
    d_z1 = _product(d_z2, weights2.T, least) * _slope(spec.hidden_activation, hidden1) + least
    gradients = (
        *(_product(np.abs(inputs).T, d_z1, least), d_z1.sum(axis=0)),
        *(_product(np.abs(hidden1).T, d_z2, least), d_z2.sum(axis=0)),
        *(_product(np.abs(hidden2).T, d_logits, least), d_logits.sum(axis=0)),
    )
    return Parameters(*(gradient.max() for gradient in gradients))


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
    """The amount added wherever a number may underflow: 1e-31 in float32 and 1e-292 in float64.

    Below the smallest normal number TensorFlow keeps few digits or none. Two units of rounding of this amount equal
    the smallest normal number.
    """
    return float(np.finfo(dtype).tiny / np.finfo(dtype).eps)


def _product(a, b, least):
    """The magnitude of a matrix product. A factor may underflow, and so may each product."""
    return (a + least) @ (b + least) + a.shape[-1] * least


def _activation(name, a, z):
    """The magnitude of a = g(z), where z is a magnitude: an error in z is multiplied by |g'|, and the magnitude is at
    least |a|.
    """
    if name == "relu":
        return z  # an error may carry z over the kink
    return np.maximum(np.abs(a), reference.BACKWARD[name](z, a) if name != "softmax" else a * (z + _row_sum(a * z)))


def _slope(name, a):
    """The magnitude of g'(z), a function of a = g(z)."""
    if name == "tanh":
        return np.ones_like(a)  # 1 - a a cancels
    return reference.BACKWARD[name](np.ones_like(a), a)


def _d_logits(spec, outputs, targets):
    """The magnitude of d(loss)/d(logits)."""
    # TensorFlow recomputes a cross-entropy's probabilities from the logits, which rounds them again.
    if spec.loss == "categorical_crossentropy":
        return (outputs + targets) / len(outputs)
    if spec.loss == "binary_crossentropy":
        return (outputs + targets) / outputs.size
    if spec.loss == "mean_absolute_error":
        d_outputs = np.full_like(outputs, 1 / outputs.size)
    else:
        d_outputs = 2 * np.abs(outputs - targets) / outputs.size
    if spec.output_activation == "softmax":
        return (d_outputs + _row_sum(d_outputs * outputs)) * outputs
    return d_outputs * _slope(spec.output_activation, outputs)


def _row_sum(array):
    return array.sum(axis=1, keepdims=True)
