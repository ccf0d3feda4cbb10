"""Executions whose graph optimizer can be changed at any time, and that show which nodes really ran, and how long."""

import tensorflow as tf

# Private, but the only access to the graphs that TensorFlow makes from a function; a test fails if it disappears.
from tensorflow.python.eager import context

from graphs.implementations.grappler_options import ON, function_options, session_config
from graphs.implementations.table import IMPLEMENTATIONS, SESSION
from graphs.inspection import profiler as profile
from graphs.inspection.node_times import whole_us
from graphs.inspection.observed_execution import Observed
from graphs.network import Activations, copy_state


class ObservedSession(Observed):
    """Opens a new session on the same graph whenever the options change."""

    def use(self, options, state):
        """Continue from a state with these options."""
        self.execution.session.close()
        self.execution.session = tf.compat.v1.Session(graph=self.graph, config=session_config(options))
        self.execution.restore(copy_state(state))

    @property
    def graph(self):
        """The graph that holds both the step and the loop."""
        return self.execution.graph

    def executed_graph(self, batch):
        """The GraphDef that a step executed. Takes one step."""
        return merge(self._run(batch, output_partition_graphs=True).partition_graphs)

    def traced_step(self, batch):
        """The RunMetadata of a step: time and memory of each node. Takes one step."""
        metadata = self._run(batch, trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
        for device in metadata.step_stats.dev_stats:
            for node in device.node_stats:
                node.all_end_rel_micros = whole_us(node.all_end_rel_nanos / 1e3)
        return metadata

    def _run(self, batch, **options):
        metadata = tf.compat.v1.RunMetadata()
        self.execution.session.run(
            (self.execution.result.loss, self.execution.train_op),
            feed_dict={self.execution.batch: batch},
            options=tf.compat.v1.RunOptions(**options),
            run_metadata=metadata,
        )
        return metadata

    def layer_by_layer(self, batch, activations):
        """Activations, each computed from the given activation before it.

        A session can feed any tensor of its graph, so a layer can get exactly the input it had in another execution.
        """
        given = {self.execution.batch.inputs: batch.inputs}
        found = []
        for tensor, value in zip(self.execution.result.activations, activations, strict=True):
            found.append(self.execution.session.run(tensor, feed_dict=given))
            given = {tensor: value}
        return Activations(*found)


class ObservedFunction(Observed):
    """The functions are traced once and optimised again whenever the options change."""

    used = ON

    def use(self, options, state):
        """Continue from a state with these options."""
        self.used = options
        self.execution.restore(copy_state(state))

    def options(self):
        return function_options(self.used)

    @property
    def graph(self):
        """The graph of a step."""
        return self.execution.step.trace.graph

    def executed_graph(self, batch):
        """The GraphDef that a step executed. Takes one step, which must be the first with these options: only then does
        TensorFlow make the graph and report it.
        """
        context.context().enable_run_metadata()
        context.context().export_run_metadata()  # discards what ran before
        try:
            self.train_step(batch)
            metadata = context.context().export_run_metadata()
        finally:
            context.context().disable_run_metadata()
        return merge(metadata.partition_graphs)

    def traced_step(self, batch):
        """The RunMetadata of a step: the time of each node. Takes one step."""
        events = profile.profile(lambda: self.train_step(batch))
        return profile.run_metadata(profile.executor_times(events))

    def compiled_text(self, batch):
        """A step as XLA compiles it for batches of this size, in HLO, XLA's own language."""
        compiler_ir = self.execution.step.function.experimental_get_compiler_ir(*map(tf.constant, batch))
        return compiler_ir(stage="optimized_hlo")


def observe(name, spec, state):
    """The ObservedSession or ObservedFunction of an implementation whose graph Grappler rewrites."""
    observed = ObservedSession if IMPLEMENTATIONS[name].grappler == SESSION else ObservedFunction
    return observed(name, spec, state)


def merge(graph_defs):
    """One GraphDef with the nodes of all these GraphDefs; TensorFlow returns one per device."""
    merged = tf.compat.v1.GraphDef()
    for graph_def in graph_defs:
        merged.node.extend(graph_def.node)
    return merged
