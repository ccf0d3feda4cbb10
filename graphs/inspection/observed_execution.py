"""An Execution whose parts are looked at while it runs."""

import contextlib

from graphs.implementations import execution
from graphs.network import copy_state


class Observed:
    """A new Execution from a State, with the calls of an Execution, which check nothing. A context manager."""

    def __init__(self, name, spec, state):
        self.spec = spec
        self.execution = execution(name, spec, copy_state(state))

    def options(self):
        """The context in which a step has the options."""
        return contextlib.nullcontext()

    def evaluate(self, batch):
        """The StepResult of a batch."""
        with self.options():
            return self.execution.evaluate(batch)

    def train_step(self, batch):
        """The loss before one step."""
        with self.options():
            return self.execution.train_step(batch)

    def state(self):
        """The State as it is now."""
        return self.execution.state()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if hasattr(self.execution, "close"):
            self.execution.close()
