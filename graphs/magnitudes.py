"""How large a rounding error may be: the scale against which each tensor of a result is judged.

A rounding error is proportional to the terms that are summed, not to their sum: over a batch a bias gradient cancels,
and near a minimum outputs - targets does. So an error is measured against a magnitude: the largest value that the same
expression takes when every term is replaced by its absolute value. Source: Higham, "Accuracy and Stability of Numerical
Algorithms", 2nd edition, 2002, section 3.1.
"""

import math

import numpy as np

from graphs.implementations.numpy_manual import BACKWARD, forward
from graphs.network import Activations, Parameters, State, StepResult, slots_by_parameter
from graphs.optimizers import RULES


def magnitudes(spec, parameters, batch):
    """A StepResult of numbers: the magnitude of each tensor that evaluate() returns.

    The same computation with absolute values for terms and + for -, in float64. The gradients start from
    |outputs| + |targets|, and from the activations as they are: gradients are judged at the activations of the result,
    whose own errors do not count a second time. None is below least_magnitude().
    """
    parameters = Parameters(*(np.asarray(parameter, "float64") for parameter in parameters))
    inputs, targets = (np.asarray(array, "float64") for array in batch)
    exact = forward(spec, parameters, inputs)
    weights1, biases1, weights2, biases2, weights3, biases3 = map(np.abs, parameters)
    inputs, targets = np.abs(inputs), np.abs(targets)

    hidden1 = _activation(spec.hidden_activation, exact.hidden1, inputs @ weights1 + biases1)
    hidden2 = _activation(spec.hidden_activation, exact.hidden2, hidden1 @ weights2 + biases2)
    logits = hidden2 @ weights3 + biases3
    outputs = _activation(spec.output_activation, exact.outputs, logits)

    d_logits = _d_logits(spec, np.abs(exact.outputs), targets)
    d_z2 = d_logits @ weights3.T * _slope(spec.hidden_activation, exact.hidden2)
    d_z1 = d_z2 @ weights2.T * _slope(spec.hidden_activation, exact.hidden1)
    gradients = Parameters(
        weights1=inputs.T @ d_z1,
        biases1=d_z1.sum(axis=0),
        weights2=np.abs(exact.hidden1).T @ d_z2,
        biases2=d_z2.sum(axis=0),
        weights3=np.abs(exact.hidden2).T @ d_logits,
        biases3=d_logits.sum(axis=0),
    )
    least = least_magnitude(spec.dtype)
    return StepResult(
        Activations(*(max(part.max(), least) for part in (hidden1, hidden2, logits, outputs))),
        max(_loss(spec, logits, outputs, targets), least),
        Parameters(*(max(gradient.max(), least) for gradient in gradients)),
    )


def update_magnitudes(spec, state, gradients):
    """The magnitude of each number of the state after one update of a State, as a State of arrays in float64."""
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
    return np.maximum(np.abs(a), BACKWARD[name](z, a) if name != "softmax" else a * (z + _row_sum(a * z)))


def _slope(name, a):
    """The magnitude of g'(z): its terms in a = g(z)."""
    if name == "sigmoid":
        return a * (1 + a)
    return 1 + a * a if name == "tanh" else BACKWARD[name](1, a)


def _loss(spec, logits, outputs, targets):
    if spec.loss == "mean_squared_error":
        return np.mean(np.square(outputs + targets))
    if spec.loss == "mean_absolute_error":
        return np.mean(outputs + targets)
    if spec.loss == "binary_crossentropy":
        return np.mean(logits + logits * targets + math.log(2))
    return np.mean((targets * logits).sum(axis=1) + logits.max(axis=1) + math.log(logits.shape[1]))


def _d_logits(spec, outputs, targets):
    if spec.loss == "categorical_crossentropy":
        return (outputs + targets) / len(outputs)
    if spec.loss == "binary_crossentropy":
        return (outputs + targets) / outputs.size
    if spec.loss == "mean_squared_error":
        d_outputs = 2 * (outputs + targets) / outputs.size
    else:
        d_outputs = np.full_like(outputs, 1 / outputs.size)
    if spec.output_activation == "softmax":
        return (d_outputs + _row_sum(d_outputs * outputs)) * outputs
    return d_outputs * _slope(spec.output_activation, outputs)


def _row_sum(array):
    return array.sum(axis=1, keepdims=True)
