"""The whole matrix: every combination of activations, loss, optimizer and dtype, step by step and left to run."""

import contextlib
import itertools

from central_differences import TOLERANCE, disagreement, loss_differences
from figures import OPTIMIZED, Found, differing_bits, found_in, merge, runs
from samples import HEADS, make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load
from graphs.implementations.table import IMPLEMENTATIONS, same_bits
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, OPTIMIZERS, Parameters, initial_state
from graphs.parity.drift import measure_drift
from graphs.parity.propagation import step_rounding

LEARNING_RATES = {"sgd": 0.1, "momentum": 0.05, "adagrad": 0.1, "rmsprop": 0.01, "adam": 0.01}


def combinations(optimizers=OPTIMIZERS, dtypes=DTYPES):
    """The specs of all combinations, 48 for each optimizer and dtype."""
    return [
        make_spec(
            hidden_activation=hidden_activation,
            output_activation=output_activation,
            loss=loss,
            optimizer=optimizer,
            learning_rate=LEARNING_RATES[optimizer],
            dtype=dtype,
        )
        for optimizer, dtype, hidden_activation, (output_activation, loss) in itertools.product(
            optimizers, dtypes, HIDDEN_ACTIVATIONS, HEADS
        )
    ]


def judge_steps(spec, steps, names, optimized=OPTIMIZED):
    """Judge each of so many steps. Before each, everyone is set to the state that NumPy has reached, so that a last bit
    of one step is not amplified by the next into a verdict on it.
    """
    state, found = initial_state(spec, make_parameters(spec)), []
    with contextlib.ExitStack() as stack:
        networks = {who: stack.enter_context(make_network(spec, *run)) for who, run in runs(names, optimized).items()}
        for batch in batches(spec, steps):
            taken = {who: _take(network, state, batch) for who, network in networks.items()}
            found += [_judge_step(who, spec, state, batch, *step) for who, step in taken.items()]
            if spec.dtype == "float64" and state.step == 0:
                differences = loss_differences(spec, state.parameters, batch)
                found += [
                    found_in(who, spec.dtype, [_judge_by_differences(step[0].gradients, differences)])
                    for who, step in taken.items()
                ]
            for group in same_bits(taken):
                found.append(differing_bits({who: _named(spec, *taken[who]) for who in group}))
            state = taken["numpy_manual"][-1]
    return merge(found)


def _judge_by_differences(gradients, differences):
    error, name = disagreement(gradients, differences)
    return parity.TensorParity(f"d_{name} by differences", False, error, TOLERANCE)


def drift_of(spec, steps, name, reference, optimize_graph=False):
    """The Drift of an implementation from another, when each trains for itself from the same parameters."""
    with make_network(spec, name, optimize_graph) as network, make_network(spec, reference) as other:
        return measure_drift(network, other, batches(spec, steps))


def make_network(spec, name, optimize_graph=False):
    return load(name).Network(spec, make_parameters(spec), optimize_graph=optimize_graph)


def batches(spec, steps):
    """So many batches, of which each fifth is the same."""
    return itertools.islice(itertools.cycle([make_batch(spec, seed=seed) for seed in range(5)]), steps)


def _take(network, state, batch):
    """(StepResult, loss of the step, new State) of one step from a state."""
    network.restore(state)
    result = network.evaluate(batch)
    return result, network.train_step(batch), network.state()


def _named(spec, result, loss, new_state):
    """(name, tensor) for everything that a step leaves behind."""
    return [*parity.named_tensors(result), ("the loss of the step", loss), *parity.named_state(spec, new_state)]


def _judge_step(who, spec, state, batch, result, loss, new_state):
    of_loss, rounding = step_rounding(spec, state.parameters, batch, result.activations)
    failures: tuple[str, ...] = ()
    if who in IMPLEMENTATIONS and not IMPLEMENTATIONS[who].compiled:
        # XLA and the graph optimizer make another program of a step than of an evaluation, with roundings of its own;
        # everyone else has one for both.
        of_loss, rounding = 0, Parameters(*[0] * 6)
    if not abs(loss - result.loss) <= of_loss:
        failures = (f"{who}, {spec.dtype}: the loss of the step is {loss}, that of the evaluation {result.loss}",)
    update = parity.judge_update(spec, state, result.gradients, rounding, new_state)
    judged = found_in(who, spec.dtype, [*parity.judge(spec, state.parameters, batch, result), *update])
    return merge([judged, Found({}, failures)])
