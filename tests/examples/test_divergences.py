"""Every entry of the divergence atlas: the gap is there, and its setting closes it."""

import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from divergences import (
    adam_epsilon,
    crossentropy_at_zero,
    crossentropy_saturation,
    fetch_order,
    nan_through_relu,
    quadratic,
    random_seed,
    reciprocal,
    rmsprop_slots,
)
from divergences.finding import Finding

from graphs.implementations import tf2_function
from graphs.implementations.grappler_options import OFF, function_options
from graphs.inspection.executed_graph import observe
from graphs.inspection.optimizer_changes import fused_operations
from graphs.inspection.optimizer_passes import all_but, only
from graphs.network import Batch, NetworkSpec, Parameters, initial_parameters, initial_state

FOLDER = Path(__file__).parents[2] / "examples" / "divergences"

# (least gap, greatest gap, how much of it may be left) of each finding. 1e-13 is for two ways of writing one formula in
# float64, over twenty steps.
EXPECTED: dict[str, list[tuple[float, float, float]]] = {
    "adagrad_epsilon": [(1e-9, 1e-5, 0)],
    "adam_epsilon": [(1e-6, 1e-4, 1e-13)] * 2,
    "crossentropy_at_zero": [(0.5, 0.5, 0)],
    "crossentropy_saturation": [(1, 1, 0)] * 3,
    "division_by_root": [(2**-24, 2**-21, 0)] * 2,
    "fetch_order": [(0, 1, 0), (1, 1, 0)],  # the first is open, see below
    "float32_hyperparameters": [(1e-9, 1e-6, 1e-13), (1e-10, 1e-7, 0)],
    "momentum_learning_rate": [(0.1, 1, 0)],
    "nan_through_relu": [(0, 1, 0), (0, 1, 0), (1, 1, 0), (1, 1, 0)],  # two depend on the machine, see below
    "random_seed": [(0.01, 10, 0)] * 4,
    "reciprocal": [(2**-21, 2**-21, 0)] * 2,
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


def test_adam_rounds_its_betas_on_both_sides():
    exact = adam_epsilon.tf1(adam_epsilon.EXACT, epsilon=adam_epsilon.EPSILON)
    for one in (adam_epsilon.tf1, adam_epsilon.keras):
        assert quadratic.distance(one(adam_epsilon.ROUNDED, epsilon=adam_epsilon.EPSILON), exact) > 1e-6


def test_rmsprop_has_epsilon_under_the_root_in_both():
    decay, epsilon = rmsprop_slots.DECAY, 2**-10  # float32 holds both

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


def test_keras_takes_the_logits_of_its_own_sigmoid_and_not_those_behind_an_identity():
    loss = tf.keras.losses.BinaryCrossentropy()

    def of_keras_sigmoid(logits):
        return loss(crossentropy_saturation.TARGET, tf.keras.activations.sigmoid(logits))

    def of_identity(logits):
        return loss(crossentropy_saturation.TARGET, tf.identity(tf.sigmoid(logits)))

    for run in (crossentropy_saturation.eager, crossentropy_saturation.function, crossentropy_saturation.session):
        assert run(of_keras_sigmoid) == 1
        assert run(of_identity) == 0


def test_elementary_crossentropy_takes_slopes_that_do_not_fit_together():
    def slope(function):
        return crossentropy_at_zero.gradient(function, 0.0)

    assert slope(lambda z: tf.maximum(z, 0.0)) == 1
    assert slope(tf.abs) == 0


@pytest.mark.parametrize("off", ["constant_folding", "arithmetic_optimization"])
def test_two_passes_together_drop_a_reciprocal_of_a_reciprocal(off: str):
    eager = reciprocal.eager(7.0)
    for run in (reciprocal.function, reciprocal.session_of_variable):
        assert run(7.0) == 7
        assert run(7.0, all_but(off)) == eager
        assert run(7.0, only(off)) == eager


def test_a_session_divides_what_it_is_fed_twice():
    assert reciprocal.session_of_placeholder(7.0) == reciprocal.eager(7.0)


def test_seeds_are_counted_alike_in_function_and_session():
    assert (random_seed.function(None) == random_seed.session(None)).all()


def test_operations_that_share_a_seed_are_twins_in_a_graph_only():
    def two():
        return random_seed.normal(random_seed.OPERATION_SEED), random_seed.normal(random_seed.OPERATION_SEED)

    for run, twins in ((two, False), (tf.function(two), True)):
        with random_seed.seeded():
            first, second = run()
        assert (first.numpy() == second.numpy()).all() == twins


def test_no_seed_makes_a_draw_of_xla_repeat():
    first, second = (random_seed.compiled(lambda: random_seed.normal(random_seed.OPERATION_SEED)) for _ in range(2))
    assert (first != second).any()


def test_nothing_in_the_graph_orders_value_and_update():
    # Which comes first is chance, so a count of runs proves nothing: the graph does.
    def waits_for(operation, other):
        before = [tensor.op for tensor in operation.inputs] + operation.control_inputs
        return other in before or any(waits_for(each, other) for each in before)

    for order, waits in ((fetch_order.in_no_order, False), (fetch_order.value_first, True)):
        with tf.Graph().as_default():
            value, update = order(tf.compat.v1.Variable(0.0, use_resource=True))
        assert waits_for(update, value.op) == waits
        assert not waits_for(value.op, update)


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
    assert np.isnan(np.maximum(np.nan, 0))


def test_a_nan_passes_a_lone_relu_forwards_everywhere():
    def relu(x):
        return tf.nn.relu(x)

    nan = nan_through_relu.NAN
    assert math.isnan(relu(nan))
    assert math.isnan(tf.function(relu)(nan))
    assert math.isnan(nan_through_relu.compiled(relu, nan))
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        placeholder = tf.compat.v1.placeholder("float32", ())
        assert np.isnan(session.run(relu(placeholder), feed_dict={placeholder: np.nan}))


def test_xla_lets_a_nan_through_check_numerics():
    def checked(x):
        return tf.debugging.check_numerics(x, "x")

    with pytest.raises(tf.errors.InvalidArgumentError, match="NaN"):
        tf.function(checked)(nan_through_relu.NAN)
    assert math.isnan(nan_through_relu.compiled(checked, nan_through_relu.NAN))


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
    for finding in nan_through_relu.experiment()[:2]:
        assert finding.gap == any(str(kernel).startswith("_Mkl") for kernel in fused)
        assert finding.needs_onednn


def test_the_atlas_takes_names_and_refuses_unknown_ones(run):
    atlas = Path(__file__).parents[2] / "examples" / "divergence_atlas.py"
    output, errors = run(atlas, "reciprocal")
    assert errors == ""
    assert "reciprocal: " in output
    assert "adam_epsilon: " not in output
    with pytest.raises(SystemExit, match=r"^name: got adamw; allowed: adagrad_epsilon, "):
        run(atlas, "adamw")
