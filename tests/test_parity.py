"""The judge of parity: what counts as equal, what as rounding, and what as wrong."""

import math

import numpy as np
import pytest
from samples import make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load
from graphs.network import DTYPES


@pytest.mark.parametrize(
    ("ours", "theirs", "magnitude", "error"),
    [
        (1.0, 1.0, 2.0, 0.0),
        (1.0, 1.5, 2.0, 0.25),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 1e-30, 0.0, math.inf),
        (1.0, 2.0, math.inf, math.inf),
        (1.0, 2.0, math.nan, math.inf),
        (math.nan, math.nan, 1.0, 0.0),
        (math.inf, math.inf, 1.0, 0.0),
        (math.nan, 1.0, 1.0, math.inf),
        (1.0, math.nan, 1.0, math.inf),
        (math.inf, 1.0, 1.0, math.inf),
        (math.inf, -math.inf, 1.0, math.inf),
        (math.nan, math.inf, 1.0, math.inf),
    ],
)
def test_scaled_error(ours, theirs, magnitude, error):
    assert parity.scaled_error(np.array([1.0, ours]), np.array([1.0, theirs]), magnitude) == error


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        parity.scaled_error(np.zeros((2, 1)), np.zeros(2), 1.0)


def test_bit_identity_sees_every_bit():
    assert parity.bit_identical(np.array([math.nan, 1.0]), np.array([math.nan, 1.0]))
    assert not parity.bit_identical(np.array([0.0]), np.array([-0.0]))
    assert not parity.bit_identical(np.ones(1, "float32"), np.ones(1))
    assert not parity.bit_identical(np.ones(1), np.nextafter(np.ones(1), 2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_result_just_outside_the_tolerance_is_rejected(dtype):
    spec = make_spec(dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec)
    with load("numpy_manual").Network(spec, parameters) as network:
        reference = network.evaluate(batch)
    magnitudes = parity.magnitudes(spec, parameters, batch)
    tolerance = parity.TOLERANCES[dtype].error
    for shift, expected in ((0.9, True), (1.1, False)):
        # In float64, or the shift itself would be rounded.
        hidden2 = reference.activations.hidden2.astype("float64")
        hidden2[0, 0] += shift * tolerance * magnitudes.activations.hidden2
        shifted = reference._replace(activations=reference.activations._replace(hidden2=hidden2))
        assert parity.holds(parity.compare(shifted, reference, magnitudes), dtype) is expected


def test_the_magnitude_of_a_bias_gradient_does_not_cancel():
    spec = make_spec(dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec, size=64)
    with load("numpy_manual").Network(spec, parameters) as network:
        # With the outputs as targets the error, and with it every gradient, is zero.
        targets = network.predict(batch.inputs)
        result = network.evaluate(batch._replace(targets=targets))
    magnitudes = parity.magnitudes(spec, parameters, batch._replace(targets=targets))
    assert not any(gradient.any() for gradient in result.gradients)
    assert all(magnitude > 1e-4 for magnitude in magnitudes.gradients)


def test_magnitudes_of_a_network_small_enough_to_do_by_hand():
    # inputs 1 and -1, every weight 1, biases 0, no activation: outputs 1 and -1, targets 1 and 1.
    spec = make_spec((1, 1, 1, 1), hidden_activation="identity", dtype="float64")
    parameters = make_parameters(spec)
    parameters = type(parameters)(*(np.full_like(array, array.ndim - 1) for array in parameters))
    batch = make_batch(spec, size=2)
    batch = batch._replace(inputs=np.array([[1.0], [-1.0]]), targets=np.ones((2, 1)))
    magnitudes = parity.magnitudes(spec, parameters, batch)
    assert magnitudes.activations == (1, 1, 1, 1)
    assert magnitudes.loss == 4  # the mean of (1 + 1)^2 twice
    assert magnitudes.gradients == (4, 4, 4, 4, 4, 4)  # 2 (1 + 1) / 2, summed over two examples


def test_each_tensor_has_a_name():
    spec = make_spec()
    parameters, batch = make_parameters(spec), make_batch(spec)
    with load("numpy_manual").Network(spec, parameters) as network:
        names = [name for name, _ in parity.named_tensors(network.evaluate(batch))]
    assert names == [
        *("hidden1", "hidden2", "logits", "outputs", "loss"),
        *("d_weights1", "d_biases1", "d_weights2", "d_biases2", "d_weights3", "d_biases3"),
    ]
