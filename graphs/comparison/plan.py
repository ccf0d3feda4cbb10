"""What to compare, checked before anything runs."""

import dataclasses
from collections.abc import Sequence

from graphs.data.datasets import Dataset, minibatches
from graphs.implementations import NAMES
from graphs.input_checks import check_batch
from graphs.network import NetworkSpec, initial_parameters
from graphs.refusals import check_flag, is_integer, refusal


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to compare. An invalid value raises ValueError, which names the field."""

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
        except (MemoryError, ValueError):  # NumPy raises ValueError for sizes beyond any memory
            raise refusal("layers", self.spec.layer_sizes, "sizes whose parameters fit into memory") from None
        check_batch(self.spec, self.dataset.test)

    def epochs_of_batches(self):
        """The minibatches, epoch by epoch; every call yields the same ones."""
        return (minibatches(self.dataset.train, self.batch_size, (self.seed, epoch)) for epoch in range(self.epochs))

    def parameters(self):
        """The parameters from which every implementation starts."""
        return initial_parameters(self.spec, self.seed)

    def sample(self):
        """The first batch: parity is judged and steps are timed on it."""
        return next(self.epochs_of_batches())[0]
