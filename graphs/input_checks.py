"""The checks of a Network's input: arrays, batches, parameters and states must fit its spec before anything runs."""

import math

import numpy as np

from graphs.network import DTYPES, Batch, Parameters, State, parameter_shapes
from graphs.optimizers import SLOT_NAMES
from graphs.refusals import is_integer, refusal

_DTYPES = {name: np.dtype(name) for name in DTYPES}  # every step compares one, and a name would be parsed each time


def check_inputs(spec, inputs):
    """Raises ValueError unless inputs is a finite (N, D) array of the spec's dtype, with N at least 1."""
    _check_array("inputs", inputs, (None, spec.layer_sizes[0]), spec.dtype)


def check_batch(spec, batch):
    """Raises ValueError unless the batch fits the spec: inputs (N, D) and targets (N, C), finite, of the spec's dtype;
    targets in [0, 1] for binary_crossentropy and one-hot for categorical_crossentropy.
    """
    if not isinstance(batch, Batch):
        raise refusal("batch", _kind(batch), "a Batch(inputs, targets)")
    inputs, targets = batch
    check_inputs(spec, inputs)
    _check_array("targets", targets, (len(inputs), spec.layer_sizes[-1]), spec.dtype)
    if spec.loss == "binary_crossentropy" and (targets.min() < 0 or targets.max() > 1):
        got = f"values from {targets.min()} to {targets.max()}"
        raise refusal("targets", got, f"0 to 1 with the loss {spec.loss!r}")
    if spec.loss == "categorical_crossentropy" and not _is_one_hot(targets):
        allowed = f"a single 1 and otherwise 0 in each row with the loss {spec.loss!r}"
        raise refusal("targets", "rows that are not one-hot", allowed)


def check_parameters(spec, parameters, field="parameters"):
    """Raises ValueError unless every parameter is a finite array of the spec's shape and dtype."""
    if not isinstance(parameters, Parameters):
        raise refusal(field, _kind(parameters), "a Parameters")
    for name, array, shape in zip(Parameters._fields, parameters, parameter_shapes(spec)):
        _check_array(f"{field}.{name}", array, shape, spec.dtype)


def check_state(spec, state):
    """Raises ValueError unless a network of this spec can be in the state."""
    if not isinstance(state, State):
        raise refusal("state", _kind(state), "a State(parameters, slots, step)")
    check_parameters(spec, state.parameters, "state.parameters")
    names = SLOT_NAMES[spec.optimizer]
    if not (isinstance(state.slots, tuple) and len(state.slots) == len(names)):
        got = f"a tuple of {len(state.slots)}" if isinstance(state.slots, tuple) else _kind(state.slots)
        raise refusal("state.slots", got, f"a tuple of {len(names)} Parameters for the optimizer {spec.optimizer!r}")
    for name, slot in zip(names, state.slots):
        check_parameters(spec, slot, f"state.slots.{name}")
    if not (is_integer(state.step) and 0 <= state.step < 2**63):
        raise refusal("state.step", repr(state.step), "an integer from 0 up")


def _check_array(field, array, shape, dtype):
    # Subclasses such as masked arrays redefine * and sum.
    if type(array) is not np.ndarray:
        raise refusal(field, _kind(array), "a numpy.ndarray")
    if array.dtype != _DTYPES[dtype]:
        raise refusal(field, f"dtype {array.dtype}", f"dtype {dtype}")
    # Every step runs this check, so one comparison covers all sizes but the first; only the first may vary.
    fits = array.shape == shape or (shape[0] is None and array.shape[1:] == shape[1:])
    if not fits or array.size == 0:
        wanted = ", ".join("N" if size is None else str(size) for size in shape) + ("," if len(shape) == 1 else "")
        raise refusal(field, f"shape {array.shape}", f"shape ({wanted}), nothing empty")
    # A finite sum of squares proves the terms finite at half the cost of isfinite. If it overflows, isfinite decides.
    if not math.isfinite(np.vdot(array, array)) and not np.isfinite(array).all():
        raise refusal(field, "NaN or infinity", "finite numbers")


def _is_one_hot(targets):
    # With N nonzero entries and a maximum of 1 in each of the N rows, all other entries are 0.
    return np.count_nonzero(targets) == len(targets) and bool((targets.max(axis=1) == 1).all())


def _kind(value):
    return f"a {type(value).__name__}"
