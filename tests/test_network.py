"""What the contract refuses, each with one line that names the field, what came and what is allowed."""

import dataclasses
import re

import numpy as np
import pytest
from samples import arrays_of, make_batch, make_parameters, make_spec

from graphs.implementations import NAMES, load
from graphs.network import DTYPES, Batch, NetworkSpec, Parameters, State, initial_parameters, initial_state

FORM = r"[a-z0-9_.]+: got .+; allowed: .+"


def assert_refused(field, call):
    with pytest.raises(ValueError, match=FORM) as caught:
        call()
    message = str(caught.value)
    assert re.fullmatch(FORM, message)
    assert message.startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("layer_sizes", value)
            for value in [(5, 7, 4), (5, 7, 4, 3, 2), (5, 0, 4, 3), (5, -7, 4, 3), (5, 7.0, 4, 3)]
        ),
        *(("layer_sizes", value) for value in [(5, True, 4, 3), ("5", 7, 4, 3), 5, "5743", None]),
        *(("hidden_activation", value) for value in ["softmax", "Sigmoid", "", None, 3, ["sigmoid"]]),
        *(("output_activation", value) for value in ["swish", None]),
        *(("loss", value) for value in ["mse", None]),
        *(("optimizer", value) for value in ["SGD", "adamw", None]),
        *(("learning_rate", value) for value in [0, -0.1, float("nan"), float("inf"), 10**400, "0.1", None, True]),
        *(("dtype", value) for value in ["float16", "int32", np.float32, None]),
    ],
)
def test_spec_refuses(field, value):
    assert_refused(field, lambda: NetworkSpec(**{"layer_sizes": (5, 7, 4, 3), field: value}))


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_a_cross_entropy_needs_its_activation(loss):
    assert_refused("output_activation", lambda: make_spec(loss=loss, output_activation="tanh"))


def test_the_learning_rate_becomes_a_float():
    # As a NumPy float64 it would turn NumPy's float32 update into a float64 one.
    assert type(make_spec(learning_rate=np.float64(0.1)).learning_rate) is float


def test_spec_takes_lists_and_numpy_integers():
    assert make_spec([np.int64(5), 7, 4, 3]) == make_spec((5, 7, 4, 3))
    assert hash(make_spec([5, 7, 4, 3])) == hash(make_spec())


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None, True])
def test_seed_refused(seed):
    assert_refused("seed", lambda: initial_parameters(make_spec(), seed))


def test_initial_parameters_are_the_same_in_both_dtypes():
    single, double = (initial_parameters(make_spec(dtype=dtype), seed=3) for dtype in DTYPES)
    for ours, theirs in zip(single, double, strict=True):
        assert (ours.dtype, theirs.dtype) == ("float32", "float64")
        np.testing.assert_array_equal(ours, theirs.astype("float32"))
    assert not np.array_equal(single.weights1, initial_parameters(make_spec(), seed=4).weights1)


def wrong_inputs(inputs):
    """(what is wrong, inputs that have it)."""
    with_nan, with_infinity = inputs.copy(), inputs.copy()
    with_nan[1, 2], with_infinity[1, 2] = np.nan, -np.inf
    return {
        "one column too many": np.hstack([inputs, inputs[:, :1]]),
        "one column too few": inputs[:, 1:],
        "rank 1": inputs[0],
        "rank 3": inputs[None],
        "no examples": inputs[:0],
        "float16": inputs.astype("float16"),
        "int64": inputs.astype("int64"),
        "the other dtype": inputs.astype({"float32": "float64", "float64": "float32"}[str(inputs.dtype)]),
        "a list": inputs.tolist(),
        "nothing": None,
        "a masked array": np.ma.masked_array(inputs),
        "NaN": with_nan,
        "infinity": with_infinity,
    }


WRONG_INPUTS = list(wrong_inputs(np.zeros((6, 5), "float32")))


@pytest.fixture(scope="module", params=NAMES)
def network(request):
    spec = make_spec(optimizer="adam")
    with load(request.param).Network(spec, make_parameters(spec)) as network:
        yield network


@pytest.fixture(autouse=True)
def left_as_it_was(request):
    """Whatever is refused, the network has not moved."""
    if "network" not in request.fixturenames:
        yield
        return
    network = request.getfixturevalue("network")
    before = network.state()
    yield
    after = network.state()
    assert before.step == after.step
    for ours, theirs in zip(arrays_of(before), arrays_of(after), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("what", WRONG_INPUTS)
def test_wrong_inputs_are_refused(network, what):
    batch = make_batch(network.spec)
    inputs = wrong_inputs(batch.inputs)[what]
    assert_refused("inputs", lambda: network.predict(inputs))
    for call in (network.evaluate, network.train_step, lambda batch: network.train_steps(batch, 2)):
        assert_refused("inputs", lambda call=call: call(batch._replace(inputs=inputs)))


@pytest.mark.parametrize("what", WRONG_INPUTS)
def test_wrong_targets_are_refused(network, what):
    batch = make_batch(network.spec)
    targets = wrong_inputs(batch.targets)[what]
    for call in (network.evaluate, network.train_step, lambda batch: network.train_steps(batch, 2)):
        assert_refused("targets", lambda call=call: call(batch._replace(targets=targets)))


def test_targets_for_other_examples_are_refused(network):
    batch = make_batch(network.spec)
    assert_refused("targets", lambda: network.evaluate(batch._replace(targets=batch.targets[:-1])))


@pytest.mark.parametrize("batch", [None, (1, 2), "batch", make_batch(make_spec())[:1]])
def test_what_is_no_batch_is_refused(network, batch):
    assert_refused("batch", lambda: network.train_step(batch))


@pytest.mark.parametrize("n", [0, -1, 1.0, "1", None, True, 2**31])
def test_wrong_n_is_refused(network, n):
    assert_refused("n", lambda: network.train_steps(make_batch(network.spec), n))


def test_large_finite_inputs_are_not_mistaken_for_infinity():
    # Their squares overflow, which is where the fast check for infinity looks first.
    spec = make_spec()
    inputs = np.full((2, 5), 3e38, "float32")
    with load("numpy_manual").Network(spec, make_parameters(spec)) as network:
        network.predict(inputs / 1e10)


@pytest.mark.parametrize("targets", [[-0.1, 0.5, 1], [0, 1.1, 1]])
def test_binary_crossentropy_needs_targets_from_0_to_1(targets):
    spec = make_spec(loss="binary_crossentropy", output_activation="sigmoid")
    batch = Batch(np.zeros((1, 5), "float32"), np.array([targets], "float32"))
    with load("numpy_manual").Network(spec, make_parameters(spec)) as network:
        assert_refused("targets", lambda: network.train_step(batch))


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 0], [0.5, 0.5, 0], [2, 0, 0], [2, -1, 0], [1, 1e-9, 0], [-1, 0, 0]])
def test_categorical_crossentropy_needs_one_hot_targets(row):
    spec = make_spec(loss="categorical_crossentropy", output_activation="softmax")
    batch = Batch(np.zeros((2, 5), "float32"), np.array([[0, 1, 0], row], "float32"))
    with load("numpy_manual").Network(spec, make_parameters(spec)) as network:
        assert_refused("targets", lambda: network.train_step(batch))


@pytest.mark.parametrize("name", NAMES)
def test_wrong_parameters_are_refused(name):
    spec = make_spec()
    parameters = make_parameters(spec)
    Network = load(name).Network
    assert_refused("parameters", lambda: Network(spec, tuple(parameters)))
    assert_refused("parameters.weights2", lambda: Network(spec, parameters._replace(weights2=parameters.weights2.T)))
    assert_refused("parameters.biases1", lambda: Network(spec, parameters._replace(biases1=parameters.biases1[None])))
    assert_refused("parameters.biases3", lambda: Network(spec, parameters._replace(biases3=np.zeros(3))))
    assert_refused("parameters.biases3", lambda: Network(spec, parameters._replace(biases3=[0, 0, 0])))
    assert_refused(
        "parameters.weights1", lambda: Network(spec, parameters._replace(weights1=parameters.weights1 * np.nan))
    )
    assert_refused("optimize_graph", lambda: Network(spec, parameters, optimize_graph="no"))


def wrong_states(state):
    return {
        "state": tuple(state),
        "state.parameters": state._replace(parameters=None),
        "state.parameters.weights1": state._replace(parameters=state.parameters._replace(weights1=np.zeros((2, 2)))),
        "state.slots": state._replace(slots=state.slots[:1]),
        "state.slots.first_moment": state._replace(slots=(None, state.slots[1])),
        "state.slots.second_moment.biases2": state._replace(
            slots=(state.slots[0], state.slots[1]._replace(biases2=np.zeros(9)))
        ),
        "state.step": state._replace(step=-1),
    }


@pytest.mark.parametrize("name", NAMES)
def test_wrong_states_are_refused(name):
    spec = make_spec(optimizer="adam")
    parameters = make_parameters(spec)
    with load(name).Network(spec, parameters) as network:
        for field, state in wrong_states(initial_state(spec, parameters)).items():
            assert_refused(field, lambda state=state: network.restore(state))
        assert network.state().step == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_call_after_close_is_refused(name):
    spec = make_spec()
    parameters, batch = make_parameters(spec), make_batch(spec)
    network = load(name).Network(spec, parameters)
    network.close()
    network.close()
    for call in (
        lambda: network.predict(batch.inputs),
        lambda: network.evaluate(batch),
        lambda: network.train_step(batch),
        lambda: network.train_steps(batch, 1),
        network.parameters,
        network.state,
        lambda: network.restore(initial_state(spec, parameters)),
    ):
        assert_refused("network", call)
    if name not in ("numpy_manual", "tf2_eager"):
        assert_refused("network", lambda: network.graph)
        assert_refused("network", lambda: network.loop_graph)


@pytest.mark.parametrize("name", ["tf3", "", None, "TF1_session", "cli"])
def test_unknown_implementation_is_refused(name):
    assert_refused("implementation", lambda: load(name))


def test_the_types_are_what_they_say():
    assert dataclasses.is_dataclass(NetworkSpec)
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_spec().loss = "mean_absolute_error"
    assert Parameters._fields == ("weights1", "biases1", "weights2", "biases2", "weights3", "biases3")
    assert State._fields == ("parameters", "slots", "step")
