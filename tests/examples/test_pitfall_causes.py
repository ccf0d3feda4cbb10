"""What the pitfalls say about causes, where the files themselves do not assert it."""

import functools
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import quadratic
import tensorflow as tf

from graphs.implementations import tf2_function
from graphs.implementations.grappler_options import OFF, function_options
from graphs.inspection.executed_graph import observe
from graphs.inspection.optimizer_changes import fused_operations
from graphs.inspection.optimizer_passes import all_but, only
from graphs.network import Batch, NetworkSpec, Parameters, initial_parameters, initial_state

FOLDER = Path(__file__).parents[2] / "examples" / "pitfalls"

pytestmark = pytest.mark.xdist_group("pitfalls")


@functools.cache
def pitfall(name):
    """What a pitfall defines, once it has run."""
    return SimpleNamespace(**runpy.run_path(str(FOLDER / f"{name}.py")))


def test_optimizers_that_are_the_same_end_at_the_same_place():
    # The control: without it, a difference of the two problems would pass for one of the optimizers.
    tf1 = quadratic.with_tf1(tf.compat.v1.train.GradientDescentOptimizer)
    assert quadratic.distance(tf1, quadratic.with_keras(tf.keras.optimizers.SGD(quadratic.LEARNING_RATE))) == 0
    momentum = quadratic.with_tf1(lambda rate: tf.compat.v1.train.MomentumOptimizer(rate, 0.9))
    keras = quadratic.with_keras(tf.keras.optimizers.SGD(quadratic.LEARNING_RATE, momentum=0.9))
    assert quadratic.distance(momentum, keras) == 0
    assert quadratic.distance(momentum, quadratic.START) > 0.1


def test_adam_rounds_its_betas_on_both_sides():
    adam = pitfall("adam_epsilon")
    exact = adam.tf1(adam.EXACT, epsilon=adam.EPSILON)
    for one in (adam.tf1, adam.keras):
        assert quadratic.distance(one(adam.ROUNDED, epsilon=adam.EPSILON), exact) > 1e-6


def test_rmsprop_has_epsilon_under_the_root_in_both():
    decay, epsilon = pitfall("rmsprop_slots").DECAY, 2**-10  # float32 holds both

    def by_hand(mean_square, root):
        x = quadratic.START
        for _ in range(quadratic.STEPS):
            gradient = quadratic.CURVATURE * x
            mean_square = decay * mean_square + (1 - decay) * gradient**2
            x = x - quadratic.LEARNING_RATE * gradient / root(mean_square)
        return x

    tf1 = quadratic.with_tf1(lambda rate: tf.compat.v1.train.RMSPropOptimizer(rate, decay=decay, epsilon=epsilon))
    keras = quadratic.with_keras(tf.keras.optimizers.RMSprop(quadratic.LEARNING_RATE, rho=decay, epsilon=epsilon))
    for x, start in ((tf1, 1.0), (keras, 0.0)):
        assert quadratic.distance(x, by_hand(start, lambda a: np.sqrt(a + epsilon))) < 1e-13
        assert quadratic.distance(x, by_hand(start, lambda a: np.sqrt(a) + epsilon)) > 1e-6


@pytest.mark.parametrize("off", ["constant_folding", "arithmetic_optimization"])
def test_two_passes_together_drop_a_reciprocal_of_a_reciprocal(off):
    reciprocal = pitfall("reciprocal")
    eager = reciprocal.eager(7.0)
    for run in (reciprocal.function, reciprocal.session_of_variable):
        assert run(7.0) == 7
        assert run(7.0, all_but(off)) == eager
        assert run(7.0, only(off)) == eager


def test_operations_that_share_a_seed_are_twins_in_a_graph_only():
    random_seed = pitfall("random_seed")

    def two():
        return random_seed.normal(random_seed.OPERATION_SEED), random_seed.normal(random_seed.OPERATION_SEED)

    for run, twins in ((two, False), (tf.function(two), True)):
        with random_seed.seeded():
            first, second = run()
        assert (first.numpy() == second.numpy()).all() == twins


def test_a_nan_passes_relu_wherever_xla_does_not_compile():
    gradient, x = pitfall("nan_through_relu").gradient_below_nan(tf.nn.relu)
    assert math.isnan(gradient(x))
    with function_options(OFF):
        assert math.isnan(tf.function(gradient)(x))
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        placeholder = tf.compat.v1.placeholder("float32", ())
        (in_session,) = tf.gradients(float("nan") * tf.nn.relu(placeholder), [placeholder])
        assert np.isnan(session.run(in_session, feed_dict={placeholder: -1.0}))
    assert np.isnan(np.maximum(np.nan, 0))


def test_a_nan_passes_a_lone_relu_forwards_everywhere():
    def relu(x):
        return tf.nn.relu(x)

    through_relu = pitfall("nan_through_relu")
    assert math.isnan(relu(through_relu.NAN))
    assert math.isnan(tf.function(relu)(through_relu.NAN))
    assert math.isnan(through_relu.compiled(relu, through_relu.NAN))
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        placeholder = tf.compat.v1.placeholder("float32", ())
        assert np.isnan(session.run(relu(placeholder), feed_dict={placeholder: np.nan}))


def test_xla_lets_a_nan_through_check_numerics():
    def checked(x):
        return tf.debugging.check_numerics(x, "x")

    through_relu = pitfall("nan_through_relu")
    with pytest.raises(tf.errors.InvalidArgumentError, match="NaN"):
        tf.function(checked)(through_relu.NAN)
    assert math.isnan(through_relu.compiled(checked, through_relu.NAN))


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
    with observe("tf2_function", spec, initial_state(spec, initial_parameters(spec, 0))) as network:
        fused = [fused_operations(node)[2:] and node.op for node in network.executed_graph(batch).node]
    lost = any(str(kernel).startswith("_Mkl") for kernel in fused)
    assert [not math.isnan(value) for value in pitfall("nan_through_relu").in_graph] == [lost, lost]
