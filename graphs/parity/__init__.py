"""Are two results the same, bit for bit or up to a rounding error?

Errors are measured against magnitudes (magnitudes.py) and judged by bounds that rounding cannot exceed (tolerances.py).
"""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from graphs.implementations import text
from graphs.implementations.table import REFERENCE
from graphs.network import Activations, Parameters, state_names
from graphs.parity.magnitudes import magnitudes, update_magnitudes
from graphs.parity.recompute import recompute
from graphs.parity.tolerances import allowed_errors, allowed_state_errors

reference = text(REFERENCE)


class TensorParity(NamedTuple):
    """How one tensor of a result compares with the same tensor of the reference."""

    name: str
    bit_identical: bool
    error: float  # largest difference divided by the tensor's magnitude
    allowed: float  # the largest error that counts as rounding


def judge(spec, parameters, batch, result, precision="float64"):
    """One TensorParity for each tensor of a StepResult. NumPy recomputes the tensor from the result's activations, in
    float64 or in the spec's dtype.
    """
    weights, own_batch, activations = cast((parameters, batch, result.activations), precision)
    exact = recompute(spec, weights, own_batch, activations)
    scales = magnitudes(spec, parameters, batch, result.activations)
    allowed = [error for _, error in named_tensors(allowed_errors(spec, len(batch.inputs), precision))]
    return _compare(named_tensors(result), named_tensors(exact), named_tensors(scales), allowed)


def differences(spec, parameters, batch, result, other):
    """One TensorParity for each tensor of two StepResults: how far apart they are, whatever the cause. Any
    difference is allowed.
    """
    scales = named_tensors(magnitudes(spec, parameters, batch, other.activations))
    return _compare(named_tensors(result), named_tensors(other), scales, [math.inf] * len(scales))


def judge_update(spec, state, gradients, rounding, new_state):
    """One TensorParity for each parameter and slot of a new State. NumPy repeats the update in float64.
    gradients: the gradients of the step; rounding: Parameters of numbers, how far each gradient may be off.

    Dividing by a small root amplifies small errors, so differences that the gradients' rounding explains do not count.
    """
    state64, gradients = cast(state, "float64"), cast(gradients, "float64")

    def updated(shift):
        new = reference.make_variables(spec, state64)
        shifted = Parameters(*(gradient + shift * error for gradient, error in zip(gradients, rounding, strict=True)))
        reference.update(dataclasses.replace(spec, dtype="float64"), new, shifted)
        return named_state(spec, new)

    exact = updated(0)
    explained = [
        np.maximum(np.abs(low - middle), np.abs(high - middle))
        for (_, low), (_, middle), (_, high) in zip(updated(-1), exact, updated(1), strict=True)
    ]
    for_parameter, for_slot = allowed_state_errors(spec)
    new = named_state(spec, new_state)
    allowed = [for_slot if "/" in name else for_parameter for name, _ in new]
    scales = named_state(spec, update_magnitudes(spec, state64, gradients))
    return _compare(new, exact, scales, allowed, explained)


def _compare(ours, theirs, magnitudes, allowed, explained=None):
    return tuple(
        TensorParity(name, bit_identical(our, their), scaled_error(our, their, magnitude, slack), error)
        for (name, our), (_, their), (_, magnitude), error, slack in zip(
            ours, theirs, magnitudes, allowed, explained or [0] * len(ours), strict=True
        )
    )


def compare_parameters(parameters, reference):
    """One TensorParity for each parameter; the magnitude is the largest absolute value on either side. Any error is
    allowed, because training can amplify a last bit without limit.
    """
    scales = [(name, _largest(ours, theirs)) for name, ours, theirs in zip(Parameters._fields, parameters, reference)]
    return _compare(
        list(parameters._asdict().items()), list(reference._asdict().items()), scales, [math.inf] * len(scales)
    )


def holds(parities):
    """Whether rounding explains every error."""
    return all(parity.error <= parity.allowed for parity in parities)


def worst(parities):
    """The TensorParity that is nearest to its allowed error, or furthest beyond it."""
    return max(parities, key=lambda parity: (parity.error / parity.allowed, parity.error))


def worst_error(parities):
    return max(parity.error for parity in parities)


def all_bit_identical(parities):
    return all(parity.bit_identical for parity in parities)


def cast(structure, dtype):
    """The same nested tuples, with their arrays in another dtype."""
    if isinstance(structure, tuple):
        parts = [cast(part, dtype) for part in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return np.asarray(structure, dtype)


def named_tensors(result):
    """(name, tensor) for each of the eleven tensors of a StepResult."""
    return [
        *zip(Activations._fields, result.activations, strict=True),
        ("loss", result.loss),
        *((f"d_{name}", gradient) for name, gradient in zip(Parameters._fields, result.gradients, strict=True)),
    ]


def named_state(spec, state):
    """(name, tensor) for each parameter and slot of a State."""
    names = state_names(spec)
    parts = zip((names.parameters, *names.slots), (state.parameters, *state.slots), strict=True)
    return [pair for part in parts for pair in zip(*part, strict=True)]


def bit_identical(ours, theirs):
    """Whether shape, dtype and every bit agree: 0.0 and -0.0 differ, two NaN of the same bits agree."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.shape == theirs.shape and ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes()


def differing_bits(ours, theirs):
    """The names of the tensors that differ in any bit between two lists of (name, tensor) with the same names."""
    return tuple(name for (name, our), (_, their) in zip(ours, theirs, strict=True) if not bit_identical(our, their))


def scaled_error(ours, theirs, magnitude, explained=0):
    """The largest (|ours - theirs| - explained) / magnitude; explained and magnitude: numbers or arrays of that shape.

    Equal values, including infinities, and two NaN have no error. Any other value that is not finite has an infinite
    error, and so does a difference where the magnitude is 0 or not finite. Raises ValueError for different shapes.
    """
    ours, theirs = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    if ours.shape != theirs.shape:
        raise ValueError(f"shape: got {ours.shape}; allowed: {theirs.shape}, the reference's")
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(all="ignore"):
        difference = np.maximum(np.abs(ours - theirs) - explained, 0)
        error = np.where(np.isfinite(difference) & np.isfinite(magnitude), difference / magnitude, math.inf)
        error = np.where(same | (difference == 0), 0, error)
    return float(np.max(error))


def _largest(*arrays):
    return max(float(np.max(np.abs(array))) for array in arrays)
