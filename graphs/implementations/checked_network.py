"""The one Network class: it checks its input and passes it to an Execution."""

from graphs.implementations import execution
from graphs.implementations.table import TRACED, Implementation
from graphs.input_checks import check_batch, check_inputs, check_parameters, check_state
from graphs.network import copy_state, initial_state
from graphs.refusals import check_count, check_flag, refusal


class Network:
    """The network of a spec, executed by one implementation. NumPy in, NumPy out.

    optimize_graph=False runs a graph as it was written. It has no effect on NumPy, on
    eager execution, or on XLA, which has its own optimizer.

    Bad input raises a one-line ValueError before anything runs; it names the field, the
    value received and the values allowed, and the network stays unchanged. A network
    neither keeps nor changes the caller's arrays; arrays it returns are the caller's.
    """

    implementation: Implementation

    def __init__(self, spec, parameters, optimize_graph=True):
        check_parameters(spec, parameters)
        check_flag("optimize_graph", optimize_graph)
        self.spec = spec
        state = initial_state(spec, parameters)
        self._execution = execution(
            self.implementation.name, spec, state, optimize_graph
        )

    @property
    def closed(self):
        """Whether close() was called."""
        return self._execution is None

    @property
    def graph(self):
        """The tf.Graph of a step, its batch size unknown; None if there is no graph.

        It is traced now if no step has run yet.
        """
        running = self._open()
        if self.implementation.graph == TRACED:
            return running.step.trace.graph
        return running.graph if self.implementation.has_graph else None

    @property
    def loop_graph(self):
        """The tf.Graph of train_steps, which may also hold a step; None as above."""
        running = self._open()
        if self.implementation.graph == TRACED:
            return running.steps.trace.graph
        return running.graph if self.implementation.loop_graph else None

    @property
    def trace_count(self):
        """The number of traces so far; 0 if nothing is traced."""
        running = self._open()
        if self.implementation.graph != TRACED:
            return 0
        functions = (running.outputs, running.result, running.step, running.steps)
        return sum(one.function.experimental_get_tracing_count() for one in functions)

    def predict(self, inputs):
        """Outputs (N, C) for inputs (N, D)."""
        running = self._open()
        check_inputs(self.spec, inputs)
        return running.predict(inputs)

    def evaluate(self, batch):
        """The StepResult of a batch; changes nothing."""
        running = self._open()
        check_batch(self.spec, batch)
        return running.evaluate(batch)

    def train_step(self, batch):
        """One optimizer step; returns the loss before it."""
        running = self._open()
        check_batch(self.spec, batch)
        return running.train_step(batch)

    def train_steps(self, batch, n):
        """n steps on one batch in one call; returns the loss before the last step."""
        running = self._open()
        check_batch(self.spec, batch)
        check_count(n)
        return running.train_steps(batch, int(n))

    def parameters(self):
        """A copy of the parameters as they are now."""
        return self.state().parameters

    def state(self):
        """A copy of everything that restore() needs to come back to this point."""
        state = copy_state(self._open().state())
        return state._replace(step=int(state.step))

    def restore(self, state):
        """Set parameters, slots and step, which must be finite.

        Nothing is traced or built again.
        """
        running = self._open()
        check_state(self.spec, state)
        # An Execution may change arrays in place, so it gets copies of the caller's.
        running.restore(copy_state(state))

    def close(self):
        """Release the memory; every later call raises ValueError."""
        running, self._execution = self._execution, None
        if hasattr(running, "close"):
            running.close()

    def _open(self):
        if self._execution is None:
            raise refusal("network", "a call after close()", "calls before close()")
        return self._execution

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
