"""Every implementation computes the same, keeps the same promises, and is built or traced once."""

import contextlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf
from samples import arrays_of, make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import NAMES, load, tf2_function
from graphs.network import DTYPES, OPTIMIZERS, Batch, Parameters, State, StepResult, initial_parameters


def assert_same_bits(ours, theirs):
    for our, their in zip(arrays_of(ours), arrays_of(theirs), strict=True):
        assert parity.bit_identical(our, their)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_n_steps_in_one_call_are_n_calls_of_one_step(name, optimizer):
    spec = make_spec(optimizer=optimizer, dtype="float64")
    parameters, batch = make_parameters(spec), make_batch(spec)
    Network = load(name).Network
    with (
        Network(spec, parameters, optimize_graph=False) as one,
        Network(spec, parameters, optimize_graph=False) as many,
    ):
        losses = [one.train_step(batch) for _ in range(7)]
        assert many.train_steps(batch, 3) == pytest.approx(losses[2], rel=1e-14)
        assert many.train_steps(batch, np.int64(4)) == pytest.approx(losses[6], rel=1e-14)
        assert many.state().step == 7
        if name != "tf2_xla":  # XLA compiles the loop as a whole, with roundings of its own
            assert_same_bits(one.state(), many.state())
        else:
            for ours, theirs in zip(arrays_of(one.state()), arrays_of(many.state()), strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_comes_back(name, dtype):
    spec = make_spec(optimizer="adam", dtype=dtype)
    parameters, batch = make_parameters(spec), make_batch(spec)
    with load(name).Network(spec, parameters) as network:
        result, outputs = network.evaluate(batch), network.predict(batch.inputs)
        losses = [result.loss, network.train_step(batch), network.train_steps(batch, 2)]
        state = network.state()
    assert isinstance(result, StepResult)
    assert isinstance(state, State)
    assert [array.shape for array in result.activations] == [(6, 7), (6, 4), (6, 3), (6, 3)]
    assert [array.shape for array in result.gradients] == [array.shape for array in parameters]
    assert outputs.shape == (6, 3)
    assert {type(loss) for loss in losses} == {np.dtype(dtype).type}
    assert isinstance(state.parameters, Parameters)
    assert [type(slot) for slot in state.slots] == [Parameters, Parameters]
    assert type(state.step) is int
    for array in arrays_of((result.activations, result.gradients, outputs, state.parameters, *state.slots)):
        assert type(array) is np.ndarray
        assert array.dtype == dtype


def test_evaluate_and_predict_change_nothing(name):
    spec = make_spec(optimizer="momentum")
    parameters, batch = make_parameters(spec), make_batch(spec)
    with load(name).Network(spec, parameters) as network:
        network.evaluate(batch)
        network.predict(batch.inputs)
        assert_same_bits(network.state().parameters, parameters)
        assert network.state().step == 0


def aligned(array):
    """A copy on a 64-byte boundary, which TensorFlow can use in place instead of copying."""
    room = np.empty(array.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def test_arrays_that_go_in_stay_the_callers(name):
    spec = make_spec((64, 32, 16, 10), optimizer="momentum")
    parameters = Parameters(*map(aligned, initial_parameters(spec, 0)))
    batch = Batch(*map(aligned, make_batch(spec)))
    with load(name).Network(spec, parameters) as network, load(name).Network(spec, parameters) as other:
        untouched = [array.copy() for array in (*parameters, *batch)]
        network.train_step(batch)
        state = network.state()
        state = State(Parameters(*map(aligned, state.parameters)), state.slots, state.step)
        network.restore(state)
        other.restore(state)
        network.train_step(batch)
        assert_same_bits(tuple(untouched), (*parameters, *batch))
        for array in arrays_of((state.parameters, *state.slots, parameters)):
            array[...] = 7
        other.train_step(batch)
        assert_same_bits(other.parameters(), network.parameters())


def test_arrays_that_come_back_are_the_callers(name):
    spec = make_spec((64, 32, 16, 10), optimizer="momentum", hidden_activation="identity")
    batch = make_batch(spec)
    with load(name).Network(spec, initial_parameters(spec, 0)) as network:
        network.train_step(batch)
        before = network.state()
        result, state = network.evaluate(batch), network.state()
        arrays = arrays_of((result.activations, result.gradients, state.parameters, *state.slots))
        for index, array in enumerate(arrays):
            array[...] = index
        assert all((array == index).all() for index, array in enumerate(arrays))
        assert_same_bits(network.state(), before)
        kept = network.parameters()
        as_kept = [array.copy() for array in kept]
        network.train_steps(batch, 2)
        assert_same_bits(kept, tuple(as_kept))


def test_batches_of_any_layout_are_taken(name):
    spec = make_spec()
    batch = make_batch(spec)
    for array in batch:
        array.setflags(write=False)
    with load(name).Network(spec, make_parameters(spec)) as network:
        expected = network.evaluate(batch)
        for rearrange in (np.asfortranarray, lambda array: np.repeat(array, 2, axis=0)[::2]):
            assert_same_bits(network.evaluate(Batch(*map(rearrange, batch))), expected)


def test_restore_comes_back_to_the_same_point(name):
    spec = make_spec(optimizer="adam")
    batch = make_batch(spec)
    with load(name).Network(spec, make_parameters(spec)) as network:
        network.train_steps(batch, 3)
        state = network.state()
        first = [network.train_step(batch) for _ in range(3)]
        network.restore(state)
        assert [network.train_step(batch) for _ in range(3)] == first


def test_float64_is_float64_throughout(name):
    # A float32 constant anywhere would leave its mark at 1e-8.
    spec = make_spec(optimizer="adam", dtype="float64", learning_rate=0.1)
    batch = make_batch(spec)
    with (
        load(name).Network(spec, make_parameters(spec)) as network,
        load("numpy_manual").Network(spec, make_parameters(spec)) as reference,
    ):
        for ours, theirs in zip(
            arrays_of((network.train_step(batch), network.parameters())),
            arrays_of((reference.train_step(batch), reference.parameters())),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_binary_crossentropy_at_a_logit_of_exactly_0(name):
    # The form max(z, 0) - z t + log1p(exp(-|z|)), differentiated piece by piece, gives 1 - t here instead of 0.5 - t.
    spec = make_spec((1, 1, 1, 1), hidden_activation="relu", output_activation="sigmoid", loss="binary_crossentropy")
    parameters = Parameters(*(np.zeros_like(array) for array in make_parameters(spec)))
    batch = Batch(np.ones((2, 1), "float32"), np.array([[1], [1]], "float32"))
    with load(name).Network(spec, parameters) as network:
        assert network.evaluate(batch).gradients.biases3.tolist() == [-0.5]


@pytest.mark.parametrize(
    ("output_activation", "loss"), [("sigmoid", "binary_crossentropy"), ("softmax", "categorical_crossentropy")]
)
def test_cross_entropies_do_not_overflow(name, output_activation, loss):
    spec = make_spec((1, 1, 1, 2), hidden_activation="identity", output_activation=output_activation, loss=loss)
    ones = Parameters(*(np.ones_like(array) for array in make_parameters(spec)))
    parameters = ones._replace(weights3=np.array([[1000, -1000]], "float32"), biases3=np.zeros(2, "float32"))
    batch = Batch(np.ones((1, 1), "float32"), np.array([[0, 1]], "float32"))
    with load(name).Network(spec, parameters) as network:
        result = network.evaluate(batch)
    # hidden2 is 3, so the logits are 3000 and -3000 and the loss is the margin: 3000 an element, 6000 a row.
    assert result.loss == pytest.approx(3000 if loss == "binary_crossentropy" else 6000)
    assert all(np.isfinite(gradient).all() for gradient in result.gradients)


@pytest.mark.parametrize("graph_name", ["graph", "loop_graph"])
def test_graphs(name, graph_name):
    spec = make_spec()
    with load(name).Network(spec, make_parameters(spec)) as network:
        graph = getattr(network, graph_name)
        if name in ("numpy_manual", "tf2_eager"):
            assert graph is None
            return
        assert isinstance(graph, tf.Graph)
        (inputs,) = [op for op in graph.get_operations() if op.type == "Placeholder" and op.name == "inputs"]
        assert inputs.outputs[0].shape.as_list() == [None, 5]


@pytest.mark.parametrize("name", ["tf2_function", "tf2_xla"])
def test_functions_are_traced_at_their_first_call_and_never_again(name, monkeypatch):
    traces = []
    forward = tf2_function.forward

    def counted(*arguments):
        traces.append(arguments)
        return forward(*arguments)

    monkeypatch.setattr(tf2_function, "forward", counted)
    spec = make_spec(optimizer="adam")
    with load(name).Network(spec, make_parameters(spec)) as network:
        assert not traces
        batch = make_batch(spec)
        for call in (
            lambda: network.predict(batch.inputs),
            lambda: network.evaluate(batch),
            lambda: network.train_step(batch),
            lambda: network.train_steps(batch, 2),
        ):
            before = len(traces)
            call()
            assert len(traces) > before
        assert network.trace_count == 4
        first_round = len(traces)
        for size, n in ((6, 1), (1, 5)):  # XLA compiles for each size
            batch = make_batch(spec, size)
            network.predict(batch.inputs)
            network.evaluate(batch)
            network.train_step(batch)
            network.train_steps(batch, n)
            network.restore(network.state())
        assert network.graph is network.graph
        assert network.loop_graph is network.loop_graph
        assert len(traces) == first_round
        assert network.trace_count == 4


def test_a_session_graph_does_not_grow():
    spec = make_spec(optimizer="adam")
    with load("tf1_session").Network(spec, make_parameters(spec)) as network:
        assert network.graph.finalized
        before = len(network.graph.get_operations())
        for size, n in ((6, 1), (1, 2), (9, 5)):
            batch = make_batch(spec, size)
            network.evaluate(batch)
            network.train_step(batch)
            network.train_steps(batch, n)
            network.restore(network.state())
        assert len(network.graph.get_operations()) == before


def test_two_threads_leave_the_graph_optimizer_as_it_was():
    spec = make_spec()
    parameters, batch = make_parameters(spec), make_batch(spec)
    before = tf.config.optimizer.get_experimental_options()
    with contextlib.ExitStack() as stack:
        networks = [
            stack.enter_context(load("tf2_function").Network(spec, parameters, optimize_graph=False)) for _ in range(2)
        ]
        for _ in range(10):
            threads = [threading.Thread(target=lambda n=n: [n.evaluate(batch) for _ in range(30)]) for n in networks]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert tf.config.optimizer.get_experimental_options() == before


def test_xla_compiles_once_for_every_n():
    spec = make_spec()
    batch = make_batch(spec)
    with load("tf2_xla").Network(spec, make_parameters(spec)) as network:
        # What XLA must know to compile: nothing of this graph may depend on the value of n.
        assert "Range" not in {op.type for op in network.loop_graph.get_operations()}
        assert [network.train_steps(batch, n) > 0 for n in (1, 2, 5)] == [True] * 3


def test_switching_the_graph_optimizer_off_leaves_it_as_it_was_for_others():
    spec = make_spec()
    parameters, batch = make_parameters(spec), make_batch(spec)
    before = tf.config.optimizer.get_experimental_options()
    with load("tf2_function").Network(spec, parameters, optimize_graph=False) as network:
        network.evaluate(batch)
        assert tf.config.optimizer.get_experimental_options() == before
    with load("tf1_session").Network(spec, parameters, optimize_graph=False) as network:
        network.evaluate(batch)
    assert tf.config.optimizer.get_experimental_options() == before


@pytest.mark.xdist_group("fresh processes")
@pytest.mark.parametrize(("flags", "whole"), [("", True), ("threshold=0", False)])
def test_xla_compiles_a_small_loop_as_one_function_unless_told_otherwise(flags, whole, tmp_path):
    """In a fresh process, since XLA reads its options once; the environment is left as it was."""
    given = f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"
    if flags:
        given += f" --xla_backend_extra_options=xla_cpu_small_while_loop_byte_{flags}"
    program = (
        "import os, numpy as np\n"
        "from graphs import Batch, NetworkSpec, initial_parameters, load\n"
        "spec = NetworkSpec((4, 8, 8, 1))\n"
        "network = load('tf2_xla').Network(spec, initial_parameters(spec, 0))\n"
        "network.train_steps(Batch(np.ones((8, 4), 'float32'), np.ones((8, 1), 'float32')), 2)\n"
        "print(os.environ['XLA_FLAGS'])\n"
    )
    command, environment = [sys.executable, "-c", program], {**os.environ, "XLA_FLAGS": given}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == given
    compiled = [path.read_text() for path in tmp_path.glob("*cpu_after_optimizations.txt")]
    (loop,) = [text for text in compiled if " while(" in text]
    assert ("xla_cpu_small_call" in loop) == whole
