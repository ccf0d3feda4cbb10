"""The contract of all implementations: their inputs and results. NumPy only; input_checks.py checks the values.

The network has three weight layers:

    z1 = inputs weights1 + biases1     hidden1 = g(z1)
    z2 = hidden1 weights2 + biases2    hidden2 = g(z2)
    logits = hidden2 weights3 + biases3    outputs = g_out(logits)

Axes: N batch, D inputs, H1 and H2 hidden, C outputs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from graphs.optimizers import SLOT_NAMES
from graphs.refusals import check_choice, is_integer, refusal

HIDDEN_ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
OUTPUT_ACTIVATIONS = ("identity", "sigmoid", "softmax", "tanh", "relu")
LOSSES = ("mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy")
OPTIMIZERS = tuple(SLOT_NAMES)
DTYPES = ("float32", "float64")

# A cross-entropy reads outputs as probabilities, so it needs the one activation that produces them.
ACTIVATION_OF_LOSS = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}


class Parameters(NamedTuple):
    """One value for each parameter of the network. Gradients and optimizer slots have this type too."""

    weights1: Any  # (D, H1)
    biases1: Any  # (H1,)
    weights2: Any  # (H1, H2)
    biases2: Any  # (H2,)
    weights3: Any  # (H2, C)
    biases3: Any  # (C,)


class Batch(NamedTuple):
    """N examples and their targets."""

    inputs: Any  # (N, D)
    targets: Any  # (N, C)


class Activations(NamedTuple):
    """The values of the layers after a forward pass."""

    hidden1: Any  # (N, H1)
    hidden2: Any  # (N, H2)
    logits: Any  # (N, C)
    outputs: Any  # (N, C)


class StepResult(NamedTuple):
    """Everything one forward and backward pass computes."""

    activations: Activations
    loss: Any  # scalar
    gradients: Parameters  # of the loss


class State(NamedTuple):
    """Everything that a network carries from one step to the next."""

    parameters: Parameters
    slots: tuple[Parameters, ...]  # one for each name in SLOT_NAMES[optimizer]
    step: Any  # optimizer steps taken so far, an integer


@dataclasses.dataclass(frozen=True)
class NetworkSpec:
    """What a network computes, independent of how it is executed.

    layer_sizes are D, H1, H2, C. A loss is the mean over all elements; categorical_crossentropy is the mean over the
    batch. An invalid value raises ValueError, which names the field.
    """

    layer_sizes: tuple[int, int, int, int]
    hidden_activation: str = "sigmoid"
    output_activation: str = "identity"
    loss: str = "mean_squared_error"
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    dtype: str = "float32"

    def __post_init__(self):
        _check_layer_sizes(self.layer_sizes)
        object.__setattr__(self, "layer_sizes", tuple(int(size) for size in self.layer_sizes))
        check_choice("hidden_activation", self.hidden_activation, HIDDEN_ACTIVATIONS)
        check_choice("output_activation", self.output_activation, OUTPUT_ACTIVATIONS)
        check_choice("loss", self.loss, LOSSES)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("dtype", self.dtype, DTYPES)
        object.__setattr__(self, "learning_rate", _learning_rate(self.learning_rate))
        needed = ACTIVATION_OF_LOSS.get(self.loss, self.output_activation)
        if self.output_activation != needed:
            raise refusal("output_activation", repr(self.output_activation), f"{needed!r} with the loss {self.loss!r}")


def parameter_shapes(spec):
    """The shape of each parameter, as Parameters of tuples."""
    inputs, hidden1, hidden2, outputs = spec.layer_sizes
    return Parameters((inputs, hidden1), (hidden1,), (hidden1, hidden2), (hidden2,), (hidden2, outputs), (outputs,))


def initial_parameters(spec, seed):
    """Weights drawn uniformly from +-sqrt(6 / (rows + columns)), biases zero. The same seed gives the same values in
    both dtypes, up to rounding. Source: Glorot and Bengio, AISTATS 2010, equation 16. Raises ValueError for a seed that
    is not an integer from 0 up.
    """
    if not (is_integer(seed) and seed >= 0):
        raise refusal("seed", repr(seed), "an integer from 0 up")
    generator = np.random.default_rng(seed)

    def draw(shape):
        limit = math.sqrt(6 / sum(shape)) if len(shape) == 2 else 0
        return generator.uniform(-limit, limit, shape).astype(spec.dtype)

    return Parameters(*(draw(shape) for shape in parameter_shapes(spec)))


def initial_state(spec, parameters):
    """The state before the first step: a copy of the parameters, slots at zero, step 0."""
    slots = tuple(Parameters(*(np.zeros_like(array) for array in parameters)) for _ in SLOT_NAMES[spec.optimizer])
    return copy_state(State(parameters, slots, 0))


def copy_state(state):
    """A copy of the state in new arrays, with the step as an int64."""

    def copy(parameters):
        return Parameters(*(array.copy() for array in parameters))

    return State(copy(state.parameters), tuple(copy(slot) for slot in state.slots), np.int64(state.step))


def state_names(spec):
    """A State that holds names in place of values, such as weights1, first_moment/weights1 and step."""

    def names(prefix):
        return Parameters(*(prefix + name for name in Parameters._fields))

    return State(names(""), tuple(names(f"{name}/") for name in SLOT_NAMES[spec.optimizer]), "step")


def _check_layer_sizes(sizes):
    allowed = "four integers from 1 up: inputs, hidden 1, hidden 2, outputs"
    if not isinstance(sizes, (tuple, list)) or len(sizes) != 4:
        raise refusal("layer_sizes", repr(sizes), allowed)
    if not all(is_integer(size) and size >= 1 for size in sizes):
        raise refusal("layer_sizes", repr(sizes), allowed)


def _learning_rate(value):
    """The value as a float, since a NumPy number would impose its dtype on the update rules."""
    number = math.nan
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            number = float(value)
    if not 0 < number < math.inf:
        raise refusal("learning_rate", repr(value), "a finite number above 0")
    return number
