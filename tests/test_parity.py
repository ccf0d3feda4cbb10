"""The judge of parity: what counts as equal, what as rounding, and what as wrong."""

import dataclasses
import math

import numpy as np
import pytest
from figures import row_of
from samples import HEADS, make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load, numpy_manual
from graphs.magnitudes import least_magnitude, magnitudes, update_magnitudes
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, OPTIMIZERS, Batch, Parameters, initial_state
from graphs.tolerances import TOLERANCES, allowed_error, allowed_errors


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


VISIBLE = {"float32": 2e-4, "float64": 4e-13}  # relative; magnitudes are up to 300 times the largest number here


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
    part, magnitude = getattr(exact, tensor), getattr(magnitudes(spec, parameters, batch), tensor)[index]
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
    allowed, magnitude = allowed_errors(spec, len(batch.inputs)).loss, magnitudes(spec, parameters, batch).loss
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
        weights2[0, 0] += share * allowed_error("state", dtype) * scale
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


def test_the_table_is_what_was_measured():
    # In numbers: a wider row would pass every test that takes its tolerance from the table.
    assert {row: (units, per_term) for row, (units, per_term, _) in TOLERANCES.items()} == {
        "activations": (8, 0.25),
        "loss": (4, 0.25),
        "gradients": (4, 0.25),
        "state": (8, 0),
    }
    assert allowed_error("state", "float32") == 8 * 2**-24
    assert allowed_error("gradients", "float64", terms=100) == 29 * 2**-53
    assert least_magnitude("float32") == 2**-126 / 2**-23


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
        judged = parity.compare(spec, parameters, batch, _with(exact, name, wrong), exact)
        assert [one.name for one in judged if not parity.holds([one])] == [name]


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


def test_every_row_of_the_table_has_its_reason():
    assert {row_of(name) for name in (*names_of_a_result(), "weights1", "velocity/weights1")} == set(TOLERANCES)
    assert all("seen" in tolerance.reason for tolerance in TOLERANCES.values())


def test_equal_terms_that_are_added_one_after_another_need_the_tolerance_of_long_sums():
    terms = np.random.default_rng(0).uniform(1, 2, 20_000).astype("float32")
    total, error = np.zeros_like(terms), []
    for n in range(1, 301):
        total = total + terms
        error.append(np.abs(total / (n * terms.astype("float64")) - 1).max())
    for n in (8, 64, 300):
        assert 0.2 * n < error[n - 1] / 2**-24 < n / 4 + 0.5 + 1e-3


def test_the_magnitude_of_a_bias_gradient_does_not_cancel():
    spec = make_spec(dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec, size=64)
    with load("numpy_manual").Network(spec, parameters) as network:
        # With the outputs as targets the error, and with it every gradient, is zero.
        targets = network.predict(batch.inputs)
        result = network.evaluate(batch._replace(targets=targets))
    assert not any(gradient.any() for gradient in result.gradients)
    scales = magnitudes(spec, parameters, batch._replace(targets=targets)).gradients
    assert all(magnitude > 1e-4 for magnitude in scales)


def test_magnitudes_of_a_network_small_enough_to_do_by_hand():
    # inputs 1 and -1, every weight 1, biases 0, no activation: outputs 1 and -1, targets 1 and 1.
    spec = make_spec((1, 1, 1, 1), hidden_activation="identity", dtype="float64")
    parameters = make_parameters(spec)
    parameters = type(parameters)(*(np.full_like(array, array.ndim - 1) for array in parameters))
    batch = make_batch(spec, size=2)
    batch = batch._replace(inputs=np.array([[1.0], [-1.0]]), targets=np.ones((2, 1)))
    found = magnitudes(spec, parameters, batch)
    assert found.activations == (1, 1, 1, 1)
    assert found.loss == 4  # the mean of (1 + 1)^2 twice
    assert found.gradients == (4, 4, 4, 4, 4, 4)  # 2 (1 + 1) / 2, summed over two examples


def names_of_a_result():
    spec = make_spec()
    with load("numpy_manual").Network(spec, make_parameters(spec)) as network:
        return [name for name, _ in parity.named_tensors(network.evaluate(make_batch(spec)))]


def test_each_tensor_has_a_name():
    assert names_of_a_result() == [
        *("hidden1", "hidden2", "logits", "outputs", "loss"),
        *("d_weights1", "d_biases1", "d_weights2", "d_biases2", "d_weights3", "d_biases3"),
    ]
