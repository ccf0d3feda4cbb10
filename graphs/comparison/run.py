"""Carry out a Plan: build the networks, train each, judge and time them all."""

import contextlib
import dataclasses
from functools import partial
from typing import Any

import numpy as np

from graphs import parity
from graphs.comparison.events import EpochEnded, Finished, RoundTimed, Started
from graphs.comparison.result import Comparison, Outcome
from graphs.data.scores import score
from graphs.implementations import load
from graphs.implementations.table import same_bits
from graphs.network import StepResult, initial_state
from graphs.timing.step_times import time_steps, timed_ms
from graphs.training import Training, train

TIMING_ROUNDS = 20


def compare(plan, listeners=()):
    """The Comparison of a Plan. Writes and prints nothing.

    Each listener is called with each event (events.py) when it happens, never while a step is timed. An exception in a
    listener ends the comparison.
    """

    def tell(event):
        for listener in listeners:
            listener(event)

    with contextlib.ExitStack() as stack:
        # The Comparison names the networks that diverge; NumPy's warnings would only repeat that.
        stack.enter_context(np.errstate(all="ignore"))
        contestants = [_build(plan, name, stack) for name in plan.implementations]
        tell(Started(plan, {each.name: each.network for each in contestants}))
        for each in contestants:
            each.before = each.network.evaluate(plan.sample())
        for each in contestants:
            each.training = _train(plan, each, tell)
        reference = contestants[0].training.state
        for each in contestants:
            each.test = each.network.evaluate(plan.dataset.test)
            each.network.restore(reference)
            each.after = each.network.evaluate(plan.sample())
        step_times = _time_steps(plan, contestants, reference, tell)
        comparison = Comparison(plan, tuple(_outcome(plan, each, contestants, step_times) for each in contestants))
        tell(Finished(comparison))
    return comparison


@dataclasses.dataclass
class _Contestant:
    """An implementation while it is being compared."""

    name: str
    network: Any
    build_ms: float
    first_call_ms: float
    before: StepResult | None = None  # from the initial parameters
    training: Training | None = None
    test: StepResult | None = None  # its own trained parameters, on the test set
    after: StepResult | None = None  # from the reference's trained parameters


def _build(plan, name, stack):
    """A _Contestant whose network is closed with the stack."""
    # The import and the shuffling of the data come first, so that neither is timed.
    network_class, parameters, sample = load(name).Network, plan.parameters(), plan.sample()
    build_ms, network = timed_ms(lambda: network_class(plan.spec, parameters, optimize_graph=plan.optimize_graph))
    stack.enter_context(network)
    first_call_ms, _ = timed_ms(lambda: network.train_step(sample))
    network.restore(initial_state(plan.spec, parameters))
    return _Contestant(name, network, build_ms, first_call_ms)


def _train(plan, contestant, tell):
    def epoch_ended(epoch):
        tell(EpochEnded(plan, contestant.name, contestant.network, epoch))

    return train(contestant.network, plan.epochs_of_batches(), [epoch_ended])


def _time_steps(plan, contestants, state, tell):
    """{name: StepTimes}. Every network returns to the given state after each block."""
    sample = plan.sample()

    def after_block():
        for each in contestants:
            each.network.restore(state)
        tell(RoundTimed())

    steps = {each.name: partial(each.network.train_step, sample) for each in contestants}
    return time_steps(steps, TIMING_ROUNDS, seed=plan.seed, after_block=after_block)


def _outcome(plan, contestant, contestants, step_times):
    """The Outcome of a contestant, judged against the others."""
    reference = contestants[0].training
    judge = partial(parity.judge, plan.spec, batch=plan.sample(), precision=plan.spec.dtype)
    trained = reference.state.parameters
    diverged = contestant.training.diverged_in or reference.diverged_in
    return Outcome(
        contestant.name,
        contestant.build_ms,
        contestant.first_call_ms,
        step_times[contestant.name],
        contestant.training,
        float(contestant.test.loss),
        score(contestant.test.activations.outputs, plan.dataset.test.targets),
        before=judge(parameters=plan.parameters(), result=contestant.before),
        after=judge(parameters=trained, result=contestant.after),
        drift=None if diverged else parity.compare_parameters(contestant.training.state.parameters, trained),
        differing_bits=_differing_bits(contestant, contestants),
    )


def _differing_bits(contestant, contestants):
    """The tensors that differ in bits from the first contestant that should match."""
    by_name = {each.name: each for each in contestants}
    first_of = {name: group[0] for group in same_bits(by_name) for name in group}
    first = by_name[first_of.get(contestant.name, contestant.name)]
    return parity.differing_bits(_named_results(contestant), _named_results(first))


def _named_results(contestant):
    return [
        *((f"{name} before training", tensor) for name, tensor in parity.named_tensors(contestant.before)),
        *((f"{name} after training", tensor) for name, tensor in parity.named_tensors(contestant.after)),
        *((f"the trained {name}", array) for name, array in contestant.training.state.parameters._asdict().items()),
    ]
