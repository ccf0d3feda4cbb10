"""The results of a comparison."""

import dataclasses
from typing import NamedTuple

from graphs import parity
from graphs.comparison.plan import Plan
from graphs.implementations.table import IMPLEMENTATIONS, same_bits
from graphs.timing.step_times import StepTimes
from graphs.training import Training


class Outcome(NamedTuple):
    """The results of one implementation."""

    name: str
    build_ms: float  # the constructor
    first_call_ms: float  # the first train_step, including its trace or compilation
    step_times: StepTimes
    training: Training
    test_loss: float
    test_score: float  # NaN if it diverged
    before: tuple[parity.TensorParity, ...]  # against NumPy in the same dtype, from the initial parameters
    after: tuple[parity.TensorParity, ...]  # the same, from the reference's trained parameters
    # Its trained parameters against the reference's; None if one of the two diverged.
    drift: tuple[parity.TensorParity, ...] | None
    differing_bits: tuple[str, ...]  # tensors that differ in bits from the first implementation that should match


class Judgment(NamedTuple):
    """The worst error of an implementation, before or after training."""

    name: str
    when: str
    parity: parity.TensorParity


class DifferentBits(NamedTuple):
    """Two implementations that should agree in every bit, and the first tensor in which they differ."""

    name: str
    other: str
    tensor: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The outcomes in the order of NAMES. The first is the reference for the drift of the others."""

    plan: Plan
    outcomes: tuple[Outcome, ...]

    @property
    def holds(self):
        """Whether all implementations agree as they should."""
        return not self.failures()

    def failures(self):
        """Everything that breaks parity: Judgments with too large an error, and DifferentBits."""
        found = [one for one in self._judgments() if not parity.holds([one.parity])]
        found += [
            DifferentBits(outcome.name, group[0].name, outcome.differing_bits[0])
            for group in self.same_bits()
            for outcome in group
            if outcome.differing_bits and not self.rewritten(group)
        ]
        return found

    def worst(self):
        """The Judgment with the largest error relative to the allowed one."""
        return max(self._judgments(), key=lambda one: one.parity.error / one.parity.allowed)

    def same_bits(self):
        """Lists of outcomes whose bits should agree as long as nothing rewrites their graphs."""
        outcomes = {outcome.name: outcome for outcome in self.outcomes}
        return [[outcomes[name] for name in group] for group in same_bits(outcomes)]

    def rewritten(self, group):
        """Whether the graph optimizer may have changed the bits of any of these outcomes."""
        return self.plan.optimize_graph and any(IMPLEMENTATIONS[outcome.name].grappler for outcome in group)

    def diverged(self):
        """The outcomes whose training diverged and ended early."""
        return [outcome for outcome in self.outcomes if outcome.training.diverged_in]

    def _judgments(self):
        return [
            Judgment(outcome.name, when, parity.worst(parities))
            for outcome in self.outcomes
            for when, parities in (("before", outcome.before), ("after", outcome.after))
        ]
