"""Are two results the same: bit for bit, or within which rounding error?

A rounding error is proportional to the terms that are summed, not to their sum: over a batch a bias gradient cancels,
and near a minimum outputs - targets does. So an error is measured against a magnitude: the largest value that the same
expression takes when every term is replaced by its absolute value. Source: Higham, "Accuracy and Stability of Numerical
Algorithms", 2nd edition, 2002, section 3.1.
"""

import math
from typing import NamedTuple

import numpy as np

from graphs.implementations.numpy_manual import BACKWARD, forward
from graphs.network import Activations, Parameters, StepResult


class Tolerance(NamedTuple):
    """The largest error that counts as rounding, and why."""

    error: float
    reason: str


TOLERANCES = {
    "float32": Tolerance(1e-6, "17 units of the last place (6e-8); correct code was seen to reach 3e-7"),
    "float64": Tolerance(4e-15, "36 units of the last place (1.1e-16); correct code was seen to reach 2e-15"),
}


class TensorParity(NamedTuple):
    """How one tensor of a result compares with the same tensor of the reference."""

    name: str
    bit_identical: bool
    error: float  # largest difference divided by the tensor's magnitude


def compare(result, reference, magnitudes):
    """One TensorParity for each tensor of two StepResults. magnitudes: a StepResult of numbers, see magnitudes()."""
    return tuple(
        TensorParity(name, bit_identical(ours, theirs), scaled_error(ours, theirs, magnitude))
        for (name, ours), (_, theirs), (_, magnitude) in zip(
            named_tensors(result), named_tensors(reference), named_tensors(magnitudes), strict=True
        )
    )


def compare_parameters(parameters, reference):
    """One TensorParity for each parameter; the magnitude is the largest absolute value on either side."""
    return tuple(
        TensorParity(name, bit_identical(ours, theirs), scaled_error(ours, theirs, _largest(ours, theirs)))
        for name, ours, theirs in zip(Parameters._fields, parameters, reference, strict=True)
    )


def holds(parities, dtype):
    """Whether every error lies within the tolerance of the dtype."""
    return worst_error(parities) <= TOLERANCES[dtype].error


def worst_error(parities):
    return max(parity.error for parity in parities)


def all_bit_identical(parities):
    return all(parity.bit_identical for parity in parities)


def named_tensors(result):
    """(name, tensor) for each of the eleven tensors of a StepResult."""
    return [
        *zip(Activations._fields, result.activations, strict=True),
        ("loss", result.loss),
        *((f"d_{name}", gradient) for name, gradient in zip(Parameters._fields, result.gradients, strict=True)),
    ]


def bit_identical(ours, theirs):
    """Whether shape, dtype and every bit agree: 0.0 and -0.0 do not, a NaN and the same NaN do."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.shape == theirs.shape and ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes()


def scaled_error(ours, theirs, magnitude):
    """The largest |ours - theirs| divided by the magnitude.

    Equal values, infinities among them, have no error, nor have two NaN; any other value that is not finite on one side
    is an infinite error, as is a difference where the magnitude is 0 or not finite. Raises ValueError for different
    shapes.
    """
    ours, theirs = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    if ours.shape != theirs.shape:
        raise ValueError(f"shape: got {ours.shape}; allowed: {theirs.shape}, the reference's")
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if not np.isfinite(ours[~same]).all() or not np.isfinite(theirs[~same]).all():
        return math.inf
    difference = float(np.max(np.abs(ours[~same] - theirs[~same]), initial=0))
    if difference == 0:
        return 0.0
    return difference / float(magnitude) if 0 < magnitude < math.inf else math.inf


def magnitudes(spec, parameters, batch):
    """A StepResult of numbers: the magnitude of each tensor that evaluate() returns.

    The same computation with absolute values for terms and + for -, in float64. The gradients start from
    |outputs| + |targets|.
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

    d_logits = _d_logits(spec, exact.outputs, outputs, targets)
    d_z2 = d_logits @ weights3.T * _slope(spec.hidden_activation, exact.hidden2, hidden2)
    d_z1 = d_z2 @ weights2.T * _slope(spec.hidden_activation, exact.hidden1, hidden1)
    gradients = Parameters(
        weights1=inputs.T @ d_z1,
        biases1=d_z1.sum(axis=0),
        weights2=hidden1.T @ d_z2,
        biases2=d_z2.sum(axis=0),
        weights3=hidden2.T @ d_logits,
        biases3=d_logits.sum(axis=0),
    )
    return StepResult(
        Activations(hidden1.max(), hidden2.max(), logits.max(), outputs.max()),
        _loss(spec, logits, outputs, targets),
        Parameters(*(gradient.max() for gradient in gradients)),
    )


def _activation(name, a, z):
    """The magnitude of a = g(z), where z is a magnitude: an error in z goes on as |g'| times it, and a has at least its
    own size.
    """
    return np.maximum(np.abs(a), BACKWARD[name](z, a) if name != "softmax" else a * (z + _row_sum(a * z)))


def _slope(name, a, magnitude):
    """The magnitude of g'(z): its terms in a = g(z), and |g''| times the magnitude of z, written with that of a."""
    if name == "sigmoid":
        return a * (1 + a) + np.abs(1 - 2 * a) * magnitude
    if name == "tanh":
        return 1 + a * a + 2 * np.abs(a) * magnitude
    return BACKWARD[name](1, a)


def _loss(spec, logits, outputs, targets):
    if spec.loss == "mean_squared_error":
        return np.mean(np.square(outputs + targets))
    if spec.loss == "mean_absolute_error":
        return np.mean(outputs + targets)
    if spec.loss == "binary_crossentropy":
        return np.mean(logits + logits * targets + math.log(2))
    return np.mean((targets * logits).sum(axis=1) + logits.max(axis=1) + math.log(logits.shape[1]))


def _d_logits(spec, exact_outputs, outputs, targets):
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
    return d_outputs * _slope(spec.output_activation, exact_outputs, outputs)


def _row_sum(array):
    return array.sum(axis=1, keepdims=True)


def _largest(*arrays):
    return max(float(np.max(np.abs(array))) for array in arrays)
