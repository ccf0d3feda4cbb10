"""The gradients that the course derives by hand are those of scikit-learn, which nobody here wrote.

scikit-learn keeps its backward pass to itself, so the test sets what fit() would set, and calls _backprop.
"""

import inspect

import pytest
from central_differences import disagreement
from samples import make_batch, make_parameters, make_spec
from sklearn.neural_network import MLPClassifier, MLPRegressor

from graphs.implementations import load
from graphs.network import HIDDEN_ACTIVATIONS, Parameters

TOLERANCE = 1e-13  # of the largest gradient: both add up the same float64 products, in whatever order

# scikit-learn's class for each head, and its gradients' share of ours. Its loss is a sum over the outputs where ours is
# a mean, and its squared error is halved.
HEADS = {
    ("identity", "mean_squared_error"): (MLPRegressor, lambda outputs: 2 / outputs),
    ("sigmoid", "binary_crossentropy"): (MLPClassifier, lambda outputs: 1 / outputs),
    ("softmax", "categorical_crossentropy"): (MLPClassifier, lambda outputs: 1),
}
THEIR_NAMES = {"sigmoid": "logistic"}


def scikit_learn_gradients(spec, parameters, batch):
    """What scikit-learn's backward pass returns, in the scale of our loss, as Parameters."""
    model_class, scale = HEADS[spec.output_activation, spec.loss]
    name = spec.hidden_activation
    model = model_class(hidden_layer_sizes=spec.layer_sizes[1:3], activation=THEIR_NAMES.get(name, name), alpha=0)
    model.out_activation_ = THEIR_NAMES.get(spec.output_activation, spec.output_activation)
    model.n_layers_, model.n_outputs_ = len(spec.layer_sizes), spec.layer_sizes[-1]
    model.coefs_, model.intercepts_ = list(parameters[::2]), list(parameters[1::2])
    arguments = {"X": batch.inputs, "y": batch.targets, "activations": [batch.inputs, None, None, None]}
    arguments |= {name: [None, None, None] for name in ("deltas", "coef_grads", "intercept_grads")}
    if "sample_weight" in inspect.signature(model._backprop).parameters:  # from scikit-learn 1.7 on
        arguments["sample_weight"] = None
    _, weights, biases = model._backprop(**arguments)
    in_order = [array for layer in zip(weights, biases) for array in layer]
    return Parameters(*(scale(spec.layer_sizes[-1]) * array for array in in_order))


def our_gradients(spec, parameters, batch):
    with load("numpy_manual").Network(spec, parameters) as network:
        return network.evaluate(batch).gradients


@pytest.mark.parametrize("hidden_activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize(("output_activation", "loss"), HEADS)
def test_our_gradients_are_those_of_scikit_learn(hidden_activation, output_activation, loss):
    spec = make_spec(
        hidden_activation=hidden_activation, output_activation=output_activation, loss=loss, dtype="float64"
    )
    for seed in range(5):
        parameters, batch = make_parameters(spec, seed), make_batch(spec, seed=seed)
        error, name = disagreement(
            our_gradients(spec, parameters, batch), scikit_learn_gradients(spec, parameters, batch)
        )
        assert error <= TOLERANCE, name


def test_gradients_of_another_activation_are_told_apart():
    spec, other = (make_spec(hidden_activation=name, dtype="float64") for name in ("tanh", "sigmoid"))
    parameters, batch = make_parameters(spec), make_batch(spec)
    error, _ = disagreement(our_gradients(spec, parameters, batch), scikit_learn_gradients(other, parameters, batch))
    assert error > 1e-3


def test_a_gradient_of_a_nearby_point_is_told_apart():
    """So the tolerance is a tight one."""
    spec = make_spec(hidden_activation="tanh", dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec)
    nearby = parameters._replace(biases1=parameters.biases1 + 1e-9)
    error, _ = disagreement(our_gradients(spec, parameters, batch), scikit_learn_gradients(spec, nearby, batch))
    assert error > 100 * TOLERANCE
