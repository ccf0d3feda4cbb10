"""An Execution that can be inspected while it runs."""

import contextlib

from graphs.implementations import execution
from graphs.network import copy_state


class Observed:
    """A new Execution from a State, with the methods of an Execution and no checks. A context manager."""

    def __init__(self, name, spec, state):
        self.spec = spec
        self.execution = execution(name, spec, copy_state(state))

    def options(self):
        """A context manager that applies the options to a step."""
        return contextlib.nullcontext()

    def evaluate(self, batch):
        """The StepResult of a batch."""
        with self.options():
            return self.execution.evaluate(batch)

    def train_step(self, batch):
        """Take one step; the loss before it."""
        with self.options():
            return self.execution.train_step(batch)

    def state(self):
        """The current State."""
        return self.execution.state()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if hasattr(self.execution, "close"):
            self.execution.close()
