"""The judge of parity: what counts as equal, what as rounding, and what as wrong."""

import dataclasses
import math

import numpy as np
import pytest
from samples import HEADS, make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load, numpy_manual
from graphs.network import (
    DTYPES,
    HIDDEN_ACTIVATIONS,
    OPTIMIZERS,
    Activations,
    Batch,
    Parameters,
    StepResult,
    initial_state,
)
from graphs.parity.magnitudes import loss_magnitude, magnitudes, update_magnitudes
from graphs.parity.tolerances import allowed_errors, allowed_state_errors


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


# Relative to the largest number of a tensor, whose magnitude is up to 80 times as large here. In float64, against which
# float64 is judged, both sides may be off.
VISIBLE = {"float32": 1.5e-4, "float64": 5e-13}


def evaluate_exactly(spec, parameters, batch):
    """A StepResult in float64."""
    return numpy_manual.evaluate(spec, parity.cast(parameters, "float64"), *parity.cast(batch, "float64"))


def update_exactly(spec, state, gradients):
    """The State after one update, in float64."""
    new = numpy_manual.make_variables(spec, parity.cast(state, "float64"))
    numpy_manual.update(dataclasses.replace(spec, dtype="float64"), new, parity.cast(gradients, "float64"))
    return new


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("tensor", "index"), [("activations", 1), ("gradients", 2)])
def test_a_result_just_outside_the_tolerance_is_rejected(tensor, index, dtype):
    spec = make_spec(dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec)
    exact = evaluate_exactly(spec, parameters, batch)
    part = getattr(exact, tensor)
    magnitude = getattr(magnitudes(spec, parameters, batch, exact.activations), tensor)[index]
    allowed = allowed_errors(spec, len(batch.inputs))
    for share, expected in ((0.9, True), (1.1, False)):
        shifted = part[index].copy()  # in float64, or the shift itself would be rounded
        shifted.flat[0] += share * getattr(allowed, tensor)[index] * magnitude
        result = exact._replace(**{tensor: part._replace(**{part._fields[index]: shifted})})
        judged = {one.name: one for one in parity.judge(spec, parameters, batch, result)}
        name = ("d_" if tensor == "gradients" else "") + part._fields[index]
        assert parity.holds([judged[name]]) is expected
        assert judged[name].error == pytest.approx(share * judged[name].allowed, rel=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_loss_just_outside_the_tolerance_is_rejected(dtype):
    spec = make_spec(dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec)
    exact = evaluate_exactly(spec, parameters, batch)
    allowed = allowed_errors(spec, len(batch.inputs)).loss
    magnitude = magnitudes(spec, parameters, batch, exact.activations).loss
    for share, expected in ((0.9, True), (1.1, False)):
        judged = parity.judge(spec, parameters, batch, exact._replace(loss=exact.loss + share * allowed * magnitude))
        assert parity.holds([one for one in judged if one.name == "loss"]) is expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_state_just_outside_the_tolerance_is_rejected(optimizer, dtype):
    spec = make_spec(optimizer=optimizer, dtype=dtype)
    state, gradients = initial_state(spec, make_parameters(spec)), make_parameters(spec, seed=1)
    no_rounding = Parameters(*[0] * 6)
    new = update_exactly(spec, state, gradients)
    scale = update_magnitudes(spec, state, gradients).parameters.weights2[0, 0]
    assert parity.holds(parity.judge_update(spec, state, gradients, no_rounding, new))
    for share, expected in ((0.9, True), (1.1, False)):
        weights2 = new.parameters.weights2.copy()
        weights2[0, 0] += share * allowed_state_errors(spec)[0] * scale
        shifted = new._replace(parameters=new.parameters._replace(weights2=weights2))
        assert parity.holds(parity.judge_update(spec, state, gradients, no_rounding, shifted)) is expected


def test_what_the_gradients_rounding_explains_is_no_error_of_the_update():
    # The first step of RMSProp divides a gradient by its own size: one that is 0 but for rounding may go either way.
    spec = make_spec(optimizer="rmsprop", dtype="float64")
    state = initial_state(spec, make_parameters(spec))
    zero = Parameters(*(np.zeros_like(array) for array in state.parameters))
    rounding = Parameters(*[1e-6] * 6)
    new = update_exactly(spec, state, Parameters(*(array + 0.9e-6 for array in zero)))
    assert parity.holds(parity.judge_update(spec, state, zero, rounding, new))
    assert not parity.holds(parity.judge_update(spec, state, zero, Parameters(*[1e-9] * 6), new))


def test_a_kink_is_judged_at_the_activations_of_the_result():
    # The first hidden unit is 0 in one result and hardly above 0 in the other: both gradients are right.
    spec = make_spec((1, 2, 1, 1), hidden_activation="relu")
    ones = Parameters(*(np.ones_like(array) for array in make_parameters(spec)))
    parameters = ones._replace(biases1=np.array([-1, 0], "float32"))
    batch = Batch(np.ones((1, 1), "float32"), np.zeros((1, 1), "float32"))
    with load("numpy_manual").Network(spec, parameters) as network:
        at_zero = network.evaluate(batch)
    assert at_zero.gradients.weights1.tolist() == [[0, 6]]
    sixes = {"weights1": np.full((1, 2), 6, "float32"), "biases1": np.full(2, 6, "float32")}
    above = at_zero._replace(
        activations=at_zero.activations._replace(hidden1=np.array([[1e-9, 1]], "float32")),
        gradients=at_zero.gradients._replace(**sixes),
    )
    assert parity.holds(parity.judge(spec, parameters, batch, at_zero))
    assert parity.holds(parity.judge(spec, parameters, batch, above))
    mixed = above._replace(activations=at_zero.activations)
    assert not parity.holds(parity.judge(spec, parameters, batch, mixed))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize(("output_activation", "loss"), HEADS)
def test_a_number_that_is_visibly_wrong_is_rejected(hidden_activation, output_activation, loss, dtype):
    spec = make_spec(hidden_activation=hidden_activation, output_activation=output_activation, loss=loss, dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec)
    exact = evaluate_exactly(spec, parameters, batch)
    for name, tensor in parity.named_tensors(exact):
        wrong = np.array(tensor)
        wrong.flat[np.abs(wrong).argmax()] *= 1 + VISIBLE[dtype]
        judged = parity.judge(spec, parameters, batch, _with(exact, name, wrong))
        # A wrong activation makes the gradients that follow from it wrong, too.
        found = [one.name for one in judged if not parity.holds([one])]
        assert name in found
        if name not in exact.activations._fields:
            assert found == [name]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_state_that_is_visibly_wrong_is_rejected(optimizer, dtype):
    spec = make_spec(optimizer=optimizer, dtype=dtype)
    state, gradients = initial_state(spec, make_parameters(spec)), make_parameters(spec, seed=1)
    no_rounding = Parameters(*[0] * 6)
    for index, (name, _) in enumerate(parity.named_state(spec, state)):
        new = update_exactly(spec, state, gradients)
        tensor = parity.named_state(spec, new)[index][1]
        tensor.flat[np.abs(tensor).argmax()] *= 1 + VISIBLE[dtype]
        judged = parity.judge_update(spec, state, gradients, no_rounding, new)
        assert [one.name for one in judged if not parity.holds([one])] == [name]


def _with(result, name, tensor):
    """A StepResult with another tensor of this name."""
    if name == "loss":
        return result._replace(loss=tensor)
    if name in result.activations._fields:
        return result._replace(activations=result.activations._replace(**{name: tensor}))
    return result._replace(gradients=result.gradients._replace(**{name.removeprefix("d_"): tensor}))


def test_the_magnitude_of_a_bias_gradient_does_not_cancel():
    spec = make_spec(dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec, size=2)
    batch = batch._replace(inputs=np.repeat(batch.inputs[:1], 2, axis=0))
    with load("numpy_manual").Network(spec, parameters) as network:
        # Two equal examples, one above its target and one as far below: what they sum up to is zero.
        outputs = network.predict(batch.inputs)
        batch = batch._replace(targets=outputs + np.array([[1.0], [-1.0]]))
        result = network.evaluate(batch)
    assert not any(np.abs(gradient).max() > 1e-12 for gradient in result.gradients)
    scales = magnitudes(spec, parameters, batch, result.activations).gradients
    assert all(magnitude > 1e-2 for magnitude in scales)


def test_magnitudes_of_a_network_small_enough_to_do_by_hand():
    # inputs 1 and -1, every weight 1, biases 0, no activation: outputs 1 and -1, targets 1 and 1.
    spec = make_spec((1, 1, 1, 1), hidden_activation="identity", dtype="float64")
    parameters = make_parameters(spec)
    parameters = type(parameters)(*(np.full_like(array, array.ndim - 1) for array in parameters))
    batch = make_batch(spec, size=2)
    batch = batch._replace(inputs=np.array([[1.0], [-1.0]]), targets=np.ones((2, 1)))
    found = magnitudes(spec, parameters, batch, evaluate_exactly(spec, parameters, batch).activations)
    assert found.activations == pytest.approx((1, 1, 1, 1), abs=1e-200)
    assert found.loss == 2  # the mean of 0 and (-1 - 1)^2
    assert found.gradients == (2, 2, 2, 2, 2, 2)  # outputs and targets are 0 and 2 apart, times 2 / 2


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "expected"),
    [
        ("mean_squared_error", [[3, 0]], [[1, -1]], (4 + 1) / 2),
        ("mean_absolute_error", [[3, 0]], [[1, -1]], (2 + 1) / 2),
        # |z| + |z| t + log 2, whatever the outputs are
        ("binary_crossentropy", [[0, 0]], [[1, 0]], (3 + 3 + 5 + 2 * np.log(2)) / 2),
        # |z| of the class that is right, the largest |z|, the log of how many there are
        ("categorical_crossentropy", [[0, 0]], [[1, 0]], 3 + 5 + np.log(2)),
    ],
)
def test_the_magnitude_of_each_loss(loss, outputs, targets, expected):
    output_activation = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}.get(loss, "identity")
    spec = make_spec((1, 1, 1, 2), loss=loss, output_activation=output_activation, dtype="float64")
    activations = Activations(None, None, *(np.array(array, "float64") for array in ([[3, -5]], outputs)))
    assert loss_magnitude(spec, np.array(targets, "float64"), activations) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["numpy_manual", "tf2_eager"])
@pytest.mark.parametrize(
    ("n", "scale", "weights2", "inputs"),
    [
        (1000, 1.1e-19, 1, 1.1e-19),  # a sum of products each of which underflows
        (1, 1e-12, 1e-20, 1e12),  # a gradient underflows and is then multiplied by a large number
        (1, 1e12, 1e-30, 1e-30),  # a hidden number underflows and meets a large weight
    ],
)
def test_underflow_is_rounding(n, scale, weights2, inputs, name):
    spec = make_spec((n, 1, 1, 1), hidden_activation="identity")
    ones = Parameters(*(np.full_like(array, array.ndim - 1) for array in make_parameters(spec)))
    small = np.full((1, 1), weights2, "float32")
    parameters = ones._replace(weights1=np.full((n, 1), scale, "float32"), weights2=small, weights3=small)
    batch = Batch(np.full((1, n), inputs, "float32"), np.ones((1, 1), "float32"))
    with load(name).Network(spec, parameters) as network:
        assert parity.holds(parity.judge(spec, parameters, batch, network.evaluate(batch)))


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("z", [-1e-8, 1e-8])
def test_a_sum_that_cancels_is_judged_by_its_terms(activation, z):
    spec = make_spec((2, 1, 1, 1), hidden_activation=activation)
    ones = Parameters(*(np.ones_like(array) for array in make_parameters(spec)))
    parameters = ones._replace(biases1=np.array([-1], "float32"))
    batch = Batch(np.array([[1, z]], "float32"), np.zeros((1, 1), "float32"))
    exact = evaluate_exactly(spec, parameters, batch)
    # Added in another order, 1 - 1 + z may come out on the other side of 0, where a ReLU has its kink.
    for other, expected in ((-z, True), (1e-5, False)):
        hidden1 = numpy_manual.ACTIVATIONS[activation](np.array([[other]], "float32"))
        result = exact._replace(activations=exact.activations._replace(hidden1=hidden1))
        judged = parity.judge(spec, parameters, batch, result)
        assert parity.holds(judged[:1]) is expected


@pytest.mark.parametrize("name", Activations._fields)
def test_a_wrong_layer_is_no_error_of_what_is_computed_from_it(name):
    spec = make_spec(output_activation="tanh", dtype="float64")
    parameters, (inputs, targets) = make_parameters(spec), make_batch(spec)

    def off(layer, array):
        return array + 1e-3 if layer == name else array

    hidden1 = off("hidden1", numpy_manual.sigmoid(inputs @ parameters.weights1 + parameters.biases1))
    hidden2 = off("hidden2", numpy_manual.sigmoid(hidden1 @ parameters.weights2 + parameters.biases2))
    logits = hidden2 @ parameters.weights3 + parameters.biases3
    activations = Activations(hidden1, hidden2, off("logits", logits), off("outputs", np.tanh(logits)))
    loss = np.mean(np.square(activations.outputs - targets))
    gradients = numpy_manual.backward(spec, parameters, activations, inputs, targets)
    judged = parity.judge(spec, parameters, Batch(inputs, targets), StepResult(activations, loss, gradients))
    assert [one.name for one in judged if not parity.holds([one])] == [name]


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_wrong_in_a_large_network_is_rejected(dtype):
    spec = make_spec((1024, 1024, 1024, 1024), dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec, size=64)
    with load("numpy_manual").Network(spec, parameters) as network:
        result = network.evaluate(batch)
    activations = result.activations
    assert parity.holds(parity.judge(spec, parameters, batch, result))
    for name, wrong in {
        "outputs": activations.outputs * activations.outputs.dtype.type(1.05),
        "logits": activations.logits - parameters.biases3,
        "hidden1": numpy_manual.sigmoid(batch.inputs @ parameters.weights1),
    }.items():
        judged = parity.judge(
            spec, parameters, batch, result._replace(activations=activations._replace(**{name: wrong}))
        )
        assert name in [one.name for one in judged if not parity.holds([one])]
    # A mean of 64 x 1024 numbers may be off by as many units.
    for share in (0.99, 1.01):
        wrong = result._replace(loss=result.loss * result.loss.dtype.type(share))
        assert not parity.holds(parity.judge(spec, parameters, batch, wrong))


def names_of_a_result():
    spec = make_spec()
    with load("numpy_manual").Network(spec, make_parameters(spec)) as network:
        return [name for name, _ in parity.named_tensors(network.evaluate(make_batch(spec)))]


def test_each_tensor_has_a_name():
    assert names_of_a_result() == [
        *("hidden1", "hidden2", "logits", "outputs", "loss"),
        *("d_weights1", "d_biases1", "d_weights2", "d_biases2", "d_weights3", "d_biases3"),
    ]
