"""Small networks and batches for the tests, drawn from a seed."""

import itertools

import numpy as np

from graphs.network import (
    ACTIVATION_OF_LOSS,
    LOSSES,
    OUTPUT_ACTIVATIONS,
    Batch,
    NetworkSpec,
    Parameters,
    initial_parameters,
)

# Every loss with every output activation it goes with.
HEADS = [
    (activation, loss)
    for activation, loss in itertools.product(OUTPUT_ACTIVATIONS, LOSSES)
    if ACTIVATION_OF_LOSS.get(loss, activation) == activation
]


def make_spec(layer_sizes=(5, 7, 4, 3), **fields):
    return NetworkSpec(layer_sizes, **fields)


def make_parameters(spec, seed=0):
    """Initial parameters with biases that are not zero, so that a lost bias shows."""
    generator = np.random.default_rng(seed + 1000)
    return Parameters(
        *(
            (array + generator.normal(0, 0.1, array.shape) * (array.ndim == 1)).astype(spec.dtype)
            for array in initial_parameters(spec, seed)
        )
    )


def make_batch(spec, size=6, seed=0):
    """Inputs from a normal distribution, targets that the loss allows."""
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(size, spec.layer_sizes[0]))
    classes = spec.layer_sizes[-1]
    if spec.loss == "categorical_crossentropy":
        targets = np.eye(classes)[generator.integers(0, classes, size)]
    elif spec.loss == "binary_crossentropy":
        targets = generator.integers(0, 2, (size, classes))
    else:
        targets = generator.normal(size=(size, classes))
    return Batch(inputs.astype(spec.dtype), targets.astype(spec.dtype))


def arrays_of(structure):
    """The arrays of nested tuples, in order."""
    if isinstance(structure, tuple):
        return [array for part in structure for array in arrays_of(part)]
    return [structure]
