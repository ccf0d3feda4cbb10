"""What rounding does to a step whose activations nobody sees: enough is allowed, and not much more."""

import numpy as np
import pytest
from samples import make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load, numpy_manual
from graphs.network import HIDDEN_ACTIVATIONS, Parameters
from graphs.parity.magnitudes import loss_magnitude
from graphs.parity.propagation import step_rounding
from graphs.parity.tolerances import allowed_errors

# A long sum in the first layer and short ones after it: what is allowed to the last alone would be far too little.
LOPSIDED = [((10000, 100, 4, 1), 1), ((2000, 2000, 2, 1), 1), ((3, 2000, 2, 10), 4)]


def shares(spec, parameters, batch, result):
    """The difference of the loss and of each gradient from the exact one, in parts of what is allowed."""
    exact = numpy_manual.evaluate(spec, parity.cast(parameters, "float64"), *parity.cast(batch, "float64"))
    of_loss, of_gradients = step_rounding(spec, parameters, batch, exact.activations)
    pairs = zip((result.loss, *result.gradients), (exact.loss, *exact.gradients), strict=True)
    return [
        np.abs(ours - right).max() / allowed
        for (ours, right), allowed in zip(pairs, (of_loss, *of_gradients), strict=True)
    ]


@pytest.mark.parametrize("name", ["numpy_manual", "tf1_session"])
@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize(("layer_sizes", "batch_size"), LOPSIDED)
def test_rounding_stays_within_it_whatever_the_layers(layer_sizes, batch_size, hidden_activation, name):
    spec = make_spec(layer_sizes, hidden_activation=hidden_activation)
    for seed in range(3):
        parameters, batch = make_parameters(spec, seed), make_batch(spec, batch_size, seed)
        with load(name).Network(spec, parameters) as network:
            assert max(shares(spec, parameters, batch, network.evaluate(batch))) < 1


LARGE = (784, 512, 512, 10)


@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("layer_sizes", [(5, 7, 4, 3), LARGE])
def test_what_is_a_hundredth_off_is_beyond_it(layer_sizes, hidden_activation):
    spec = make_spec(layer_sizes, hidden_activation=hidden_activation)
    parameters, batch = make_parameters(spec), make_batch(spec, 64)
    exact = numpy_manual.evaluate(spec, parity.cast(parameters, "float64"), *parity.cast(batch, "float64"))
    wrong = Parameters(*(0.99 * gradient for gradient in exact.gradients))
    assert min(shares(spec, parameters, batch, exact._replace(loss=1.01 * exact.loss, gradients=wrong))) > 1


# Of an output of 1, and of a logit of 1: 1 / (1 + 1 / e).
@pytest.mark.parametrize(("loss", "slope"), [("mean_absolute_error", 1), ("binary_crossentropy", 0.731)])
def test_what_is_likely_in_each_layer_counts_ten_times(loss, slope):
    # One unit in each layer, without an activation: each is off by sqrt(2) u of 1.
    output_activation = "sigmoid" if loss == "binary_crossentropy" else "identity"
    fields = {"hidden_activation": "identity", "output_activation": output_activation, "loss": loss}
    spec = make_spec((1, 1, 1, 1), **fields)
    ones = parity.cast(make_parameters(spec), "float64")
    parameters = type(ones)(*(np.full_like(array, array.ndim - 1) for array in ones))
    batch = make_batch(spec, 1)._replace(inputs=np.ones((1, 1)), targets=np.zeros((1, 1)))
    activations = numpy_manual.forward(spec, parameters, batch.inputs)
    found = step_rounding(spec, parameters, batch, activations)[0]
    of_mean = allowed_errors(spec, 1).loss * loss_magnitude(spec, batch.targets, activations)
    likely = np.sqrt(2) * 2**-24
    # In one of four trials, at least, all three are off in one direction.
    assert found - of_mean == pytest.approx(10 * slope * 3 * likely, rel=0.01, abs=0)


def test_an_error_of_a_layer_is_carried_on():
    # One unit in each layer: what the first is off, times each weight after it, is what the last is off.
    spec = make_spec((1, 1, 1, 1), hidden_activation="identity", dtype="float64")
    ones = parity.cast(make_parameters(spec), "float64")
    parameters = type(ones)(*(np.full_like(array, array.ndim - 1) for array in ones))
    hundred = parameters._replace(weights2=np.array([[100.0]]))
    batch = make_batch(spec, 1)._replace(inputs=np.ones((1, 1)), targets=np.zeros((1, 1)))
    of_loss = [
        step_rounding(spec, one, batch, numpy_manual.forward(spec, one, batch.inputs))[0]
        for one in (parameters, hundred)
    ]
    # The loss is the square of the output.
    assert of_loss[1] == pytest.approx(10_000 * of_loss[0], rel=0.5, abs=0)
