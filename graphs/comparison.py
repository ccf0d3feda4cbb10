"""The same network, from the same parameters, on the same batches, by several implementations: are they the same?"""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from graphs import parity
from graphs.datasets import Dataset, minibatches
from graphs.event_log.comparison_log import ComparisonLog
from graphs.implementations import IMPLEMENTATIONS, NAMES, load, same_bits
from graphs.metrics import score, score_name
from graphs.network import (
    NetworkSpec,
    StepResult,
    check_batch,
    check_flag,
    initial_parameters,
    initial_state,
    is_integer,
    refusal,
)
from graphs.timing.steps import StepTimes, time_steps, timed_ms
from graphs.training import Training, train

TIMING_BLOCKS = 20


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to compare. Raises ValueError, naming the field, for what cannot be compared."""

    spec: NetworkSpec
    dataset: Dataset
    batch_size: int
    epochs: int
    seed: int = 0
    implementations: Sequence[str] = NAMES
    optimize_graph: bool = True

    def __post_init__(self):
        unknown = [name for name in self.implementations if name not in NAMES]
        names = tuple(name for name in NAMES if name in self.implementations)
        if unknown or len(names) < 2:
            got = ", ".join(self.implementations) or "none"
            raise refusal("implementations", got, f"two or more of {', '.join(NAMES)}")
        object.__setattr__(self, "implementations", names)
        if not (is_integer(self.epochs) and self.epochs >= 1):
            raise refusal("epochs", repr(self.epochs), "an integer from 1 up")
        if not (is_integer(self.seed) and self.seed >= 0):
            raise refusal("seed", repr(self.seed), "an integer from 0 up")
        check_flag("optimize_graph", self.optimize_graph)
        minibatches(self.dataset.train, self.batch_size, self.seed)
        check_batch(self.spec, self.dataset.train)
        try:
            self.parameters()
        except (MemoryError, ValueError):  # ValueError: NumPy's word for more than any memory could hold
            raise refusal("layers", self.spec.layer_sizes, "sizes whose parameters fit into memory") from None
        check_batch(self.spec, self.dataset.test)

    def epochs_of_batches(self):
        """Epoch by epoch the minibatches, the same for everyone who asks."""
        return (minibatches(self.dataset.train, self.batch_size, (self.seed, epoch)) for epoch in range(self.epochs))

    def parameters(self):
        """The parameters from which everyone starts."""
        return initial_parameters(self.spec, self.seed)

    def sample(self):
        """The batch on which parity is judged and steps are timed: the first."""
        return next(self.epochs_of_batches())[0]


class Row(NamedTuple):
    """What was found out about one implementation."""

    name: str
    build_ms: float  # the constructor
    first_call_ms: float  # the first train_step, with its trace or compilation
    step_times: StepTimes
    training: Training
    test_loss: float
    test_score: float  # not a number if it diverged
    before: tuple[parity.TensorParity, ...]  # against NumPy in the same dtype, from the initial parameters
    after: tuple[parity.TensorParity, ...]  # the same, from the reference's trained parameters
    drift: (
        tuple[parity.TensorParity, ...] | None
    )  # its trained parameters against the reference's; None if one diverged
    differing_bits: tuple[str, ...]  # where its bits differ from those of the first that should have the same


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The rows in the order of NAMES. The first is the reference for the drift of the others."""

    plan: Plan
    rows: tuple[Row, ...]
    folder: Path
    log_failure: str | None = None  # why the log is not whole

    def same_bits(self):
        """Lists of the rows whose bits should agree as long as nothing rewrites their graphs."""
        rows = {row.name: row for row in self.rows}
        return [[rows[name] for name in group] for group in same_bits(rows)]

    def diverged(self):
        return [row for row in self.rows if row.training.diverged_in]

    def worst(self):
        """(TensorParity, implementation, when) of the error that comes nearest to what is allowed."""
        found = [
            (parity.worst(parities), row.name, when)
            for row in self.rows
            for when, parities in (("before", row.before), ("after", row.after))
        ]
        return max(found, key=lambda one: one[0].error / one[0].allowed)

    def failures(self):
        """A clause for everything that breaks parity; none if it holds."""
        found = []
        for row in self.rows:
            for when, parities in (("before", row.before), ("after", row.after)):
                if not parity.holds(parities):
                    worst = parity.worst(parities)
                    found.append(
                        f"{row.name} is off by {worst.error:.1e} in {worst.name} {when} training, "
                        f"where {worst.allowed:.1e} is allowed"
                    )
        found += [
            f"{row.name} and {group[0].name} differ in bits of {row.differing_bits[0]}"
            for group in self.same_bits()
            for row in group
            if row.differing_bits and not self.rewritten(group)
        ]
        return found

    def rewritten(self, group):
        """Whether the graph optimizer may have changed the bits of any of these rows."""
        return self.plan.optimize_graph and any(IMPLEMENTATIONS[row.name].grappler for row in group)


class _Results(NamedTuple):
    """What an implementation computes from given parameters, and where its own training led."""

    before: StepResult
    after: StepResult
    training: Training


def steps_to_compare(plan):
    """How often report will be called."""
    return len(plan.implementations) * plan.epochs + TIMING_BLOCKS


def compare(plan: Plan, folder: Path, report: Callable[[str], Any] = lambda event: None):
    """Carry out a Plan and log it to an empty folder. An exception leaves readable logs behind.

    report hears the name of an implementation for each epoch it has trained, and "timing" for each round of timing.
    """
    with contextlib.ExitStack() as stack:
        # A network that diverges is named as such; NumPy's warnings on the way would only repeat it.
        stack.enter_context(np.errstate(all="ignore"))
        log = stack.enter_context(ComparisonLog(folder, plan.implementations))
        networks, build_ms, first_call_ms = {}, {}, {}
        for name in plan.implementations:
            build_ms[name], network = _build_ms(plan, name)
            networks[name] = stack.enter_context(network)
            first_call_ms[name] = _first_call_ms(plan, network)
            log.network(name, network, plan.sample())
        log.step(plan)

        before = {name: network.evaluate(plan.sample()) for name, network in networks.items()}
        trainings = {}
        for name, network in networks.items():
            trainings[name] = _train(plan, name, network, log, report)
        tests = {name: network.evaluate(plan.dataset.test) for name, network in networks.items()}

        reference = trainings[plan.implementations[0]].state
        for network in networks.values():
            network.restore(reference)
        after = {name: network.evaluate(plan.sample()) for name, network in networks.items()}
        step_times = _time_steps(plan, networks, reference, report)
        log.step_times(step_times)

        results = {name: _Results(before[name], after[name], trainings[name]) for name in networks}
        judged = _judge(plan, results)
        rows = tuple(
            Row(
                name,
                build_ms[name],
                first_call_ms[name],
                step_times[name],
                trainings[name],
                float(tests[name].loss),
                score(tests[name].activations.outputs, plan.dataset.test.targets),
                **judged[name],
            )
            for name in networks
        )
        log.results(Comparison(plan, rows, folder))
    return Comparison(plan, rows, folder, log.failure)


def _build_ms(plan, name):
    network_class, parameters = load(name).Network, plan.parameters()  # an import is no part of building
    return timed_ms(lambda: network_class(plan.spec, parameters, optimize_graph=plan.optimize_graph))


def _first_call_ms(plan, network):
    sample = plan.sample()  # shuffling the data is no part of the call
    milliseconds, _ = timed_ms(lambda: network.train_step(sample))
    network.restore(initial_state(plan.spec, plan.parameters()))
    return milliseconds


def _train(plan, name, network, log, report):
    sample = plan.sample()

    def log_epoch(epoch):
        test, targets = network.evaluate(plan.dataset.test), plan.dataset.test.targets
        scores = {"loss": test.loss, score_name(targets): score(test.activations.outputs, targets)}
        log.epoch(name, epoch, scores, network.parameters(), network.evaluate(sample).gradients)
        report(name)

    return train(network, plan.epochs_of_batches(), [log_epoch])


def _time_steps(plan, networks, state, report):
    """Step times from the reference's trained state, to which everyone returns after each block."""
    sample = plan.sample()

    def after_block():
        for network in networks.values():
            network.restore(state)
        report("timing")

    steps = {name: (lambda network=network: network.train_step(sample)) for name, network in networks.items()}
    return time_steps(steps, TIMING_BLOCKS, seed=plan.seed, after_block=after_block)


def _judge(plan, results):
    """{name: the fields of its Row that compare it with others}."""
    reference = results[plan.implementations[0]]
    judge_result = partial(parity.judge, plan.spec, batch=plan.sample(), precision=plan.spec.dtype)
    trained = reference.training.state.parameters
    initial = plan.parameters()
    first_of = {name: group[0] for group in same_bits(results) for name in group}

    def differing_bits(name, own):
        return parity.differing_bits(_named_results(own), _named_results(results[first_of.get(name, name)]))

    def judge(name, own):
        diverged = own.training.diverged_in or reference.training.diverged_in
        return {
            "before": judge_result(parameters=initial, result=own.before),
            "after": judge_result(parameters=trained, result=own.after),
            "drift": None if diverged else parity.compare_parameters(own.training.state.parameters, trained),
            "differing_bits": differing_bits(name, own),
        }

    return {name: judge(name, own) for name, own in results.items()}


def _named_results(results):
    return [
        *((f"{name} before training", tensor) for name, tensor in parity.named_tensors(results.before)),
        *((f"{name} after training", tensor) for name, tensor in parity.named_tensors(results.after)),
        *((f"the trained {name}", array) for name, array in results.training.state.parameters._asdict().items()),
    ]
