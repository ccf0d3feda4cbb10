"""Every entry of the divergence atlas: the gap is there, and its setting closes it."""

import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from divergences import fetch_order, nan_through_relu, quadratic
from divergences.finding import Finding

from graphs.explain.changes import fused_operations
from graphs.explain.executed import FunctionNetwork
from graphs.explain.passes import OFF, function_options
from graphs.implementations import tf2_function
from graphs.network import Batch, NetworkSpec, Parameters, initial_parameters

FOLDER = Path(__file__).parent.parent / "examples" / "divergences"

# (least gap, greatest gap, how much of it may be left) of each finding. 1e-13 is for two ways of writing one formula in
# float64, over twenty steps.
EXPECTED: dict[str, list[tuple[float, float, float]]] = {
    "adagrad_epsilon": [(1e-9, 1e-5, 0)],
    "adam_epsilon": [(1e-7, 1e-4, 1e-13), (1e-6, 1e-4, 1e-13)],
    "crossentropy_at_zero": [(0.5, 0.5, 0)],
    "crossentropy_saturation": [(1, 1, 0)] * 3,
    "division_by_root": [(2**-24, 2**-21, 0)] * 2,
    "fetch_order": [(0, 1, 0)],
    "float32_hyperparameters": [(1e-9, 1e-6, 1e-13)],
    "momentum_learning_rate": [(0.1, 1, 0)],
    "nan_through_relu": [(0, 1, 0), (1, 1, 0), (1, 1, 0)],  # the first depends on the machine, see below
    "random_seed": [(0.01, 10, 0)] * 3,
    "reciprocal": [(2**-21, 2**-21, 0)],
    "rmsprop_slots": [(0.1, 10, 1e-13)],
}


def test_every_experiment_is_known_here():
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "finding", "quadratic"}
    assert names == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_gap_is_there_and_closes(name: str):
    before = tf.config.optimizer.get_experimental_options()
    found = import_module(f"divergences.{name}").experiment()
    for finding, (least, greatest, left) in zip(found, EXPECTED[name], strict=True):
        assert isinstance(finding, Finding)
        assert least <= finding.gap <= greatest, finding
        assert finding.remaining <= left, finding
    assert tf.config.optimizer.get_experimental_options() == before


def test_optimizers_that_are_the_same_end_at_the_same_place():
    # The control: without it, a difference of the two problems would pass for one of the optimizers.
    tf1 = quadratic.with_tf1(tf.compat.v1.train.GradientDescentOptimizer)
    assert quadratic.distance(tf1, quadratic.with_keras(tf.keras.optimizers.SGD(quadratic.LEARNING_RATE))) == 0
    momentum = quadratic.with_tf1(lambda rate: tf.compat.v1.train.MomentumOptimizer(rate, 0.9))
    keras = quadratic.with_keras(tf.keras.optimizers.SGD(quadratic.LEARNING_RATE, momentum=0.9))
    assert quadratic.distance(momentum, keras) == 0
    assert quadratic.distance(momentum, quadratic.START) > 0.1


def test_either_order_of_value_and_update_can_be_had():
    assert fetch_order.share_of_updated("before") == 0
    assert fetch_order.share_of_updated("after") == 1
    assert fetch_order.eager_share() == 0


def test_a_nan_passes_relu_wherever_xla_does_not_compile():
    gradient, x = nan_through_relu.gradient_below_nan(tf.nn.relu)
    assert math.isnan(gradient(x))
    with function_options(OFF):
        assert math.isnan(tf.function(gradient)(x))
    assert np.isnan(nan_through_relu.session_gradient(tf.nn.relu))
    assert math.isnan(tf.nn.relu(nan_through_relu.NAN))
    assert np.isnan(np.maximum(np.nan, 0))


def test_below_a_nan_the_project_s_own_network_differs_in_xla():
    # Networks refuse a NaN; this goes past them, to the functions they run.
    spec = NetworkSpec((5, 7, 4, 3), hidden_activation="relu")
    parameters = initial_parameters(spec, 0)
    parameters.weights2[0, 0] = np.nan
    generator = np.random.default_rng(0)
    batch = Batch(*(tf.constant(generator.normal(size=(8, size)), "float32") for size in (5, 3)))
    variables = Parameters(*map(tf.Variable, parameters))

    def nan_gradients(**arguments):
        with function_options(OFF):
            function = tf.function(lambda *batch: tf2_function.evaluate(spec, variables, *batch), **arguments)
            return [int(np.isnan(gradient).sum()) for gradient in function(*batch).gradients]

    assert nan_gradients()[2] == 28
    assert nan_gradients(jit_compile=True)[2] < 28


def test_a_fused_kernel_of_one_dnn_loses_a_nan_and_no_other_does():
    spec = NetworkSpec((2, 2, 2, 2), hidden_activation="relu")
    batch = Batch(*(np.ones((1, 2), "float32") for _ in range(2)))
    with FunctionNetwork(spec, initial_parameters(spec, 0)) as network:
        fused = [fused_operations(node)[2:] and node.op for node in network.executed_graph(batch).node]
    gap = nan_through_relu.experiment()[0].gap
    assert gap == any(str(kernel).startswith("_Mkl") for kernel in fused)
