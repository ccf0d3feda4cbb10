"""The gradients derived by hand are those of the loss; and the check that says so can fail."""

import inspect
from types import ModuleType

import pytest
from central_differences import TOLERANCE, disagreement, loss_differences
from samples import HEADS, make_batch, make_parameters, make_spec

from graphs.implementations import numpy_manual
from graphs.network import HIDDEN_ACTIVATIONS


def disagreement_of(module, spec):
    parameters, batch = make_parameters(spec), make_batch(spec)
    gradients = module.evaluate(spec, parameters, *batch).gradients
    return disagreement(gradients, loss_differences(spec, parameters, batch))


@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize(("output_activation", "loss"), HEADS)
def test_gradients_agree_with_central_differences(hidden_activation, output_activation, loss):
    spec = make_spec(
        hidden_activation=hidden_activation, output_activation=output_activation, loss=loss, dtype="float64"
    )
    error, name = disagreement_of(numpy_manual, spec)
    assert error <= TOLERANCE, name


def mutant(old, new):
    """numpy_manual with one piece of its text replaced."""
    text = inspect.getsource(numpy_manual)
    assert text.count(old) == 1, f"{old!r} is no longer in numpy_manual exactly once"
    module = ModuleType("mutant")
    exec(compile(text.replace(old, new), "mutant", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    ("defect", "old", "new"),
    [
        ("a flipped sign", "d * (1 - a * a)", "d * (1 + a * a)"),
        ("a flipped sign", "inputs.T @ d_z1", "-inputs.T @ d_z1"),
        ("a dropped factor", "2 * (outputs - targets)", "(outputs - targets)"),
        ("a dropped factor", "hidden_backward(d_hidden2, hidden2)", "d_hidden2"),
        ("a transposed matrix", "d_z2 @ parameters.weights2.T", "d_z2 @ parameters.weights2"),
        ("a transposed matrix", "hidden1.T @ d_z2", "(hidden1.T @ d_z2).T"),
    ],
)
def test_a_wrong_gradient_is_found(defect, old, new):
    # Hidden layers of one size, or a transposed matrix would fail by its shape alone.
    spec = make_spec((5, 4, 4, 3), hidden_activation="tanh", dtype="float64")
    assert disagreement_of(numpy_manual, spec)[0] <= TOLERANCE
    assert disagreement_of(mutant(old, new), spec)[0] > 1000 * TOLERANCE
