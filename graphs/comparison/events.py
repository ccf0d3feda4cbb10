"""The events that a comparison sends to its listeners."""

from typing import Any, NamedTuple

from graphs.comparison.plan import Plan
from graphs.comparison.result import Comparison
from graphs.training import Epoch


class Started(NamedTuple):
    """Every network is built and has taken its first step; training comes next."""

    plan: Plan
    networks: dict[str, Any]  # by implementation


class EpochEnded(NamedTuple):
    """One network has trained for one more epoch."""

    plan: Plan
    name: str
    network: Any
    epoch: Epoch


class RoundTimed(NamedTuple):
    """Each network has been timed for one more block of steps."""


class Finished(NamedTuple):
    """The last event of a comparison."""

    comparison: Comparison
