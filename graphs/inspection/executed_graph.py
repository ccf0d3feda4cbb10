"""Executions whose graph optimizer can be set while they live, and which show what really ran, and how long."""

import tensorflow as tf

# Private, and the only way to the graphs that TensorFlow makes of a function; a test would notice its absence.
from tensorflow.python.eager import context

from graphs.implementations.grappler_options import ON, function_options, session_config
from graphs.implementations.table import IMPLEMENTATIONS, SESSION
from graphs.inspection import profiler as profile
from graphs.inspection.observed_execution import Observed
from graphs.network import Activations, copy_state


class ObservedSession(Observed):
    """The session is opened anew on the same graph whenever the options change."""

    def use(self, options, state):
        """Go on from a state, with these options."""
        self.execution.session.close()
        self.execution.session = tf.compat.v1.Session(graph=self.graph, config=session_config(options))
        self.execution.restore(copy_state(state))

    @property
    def graph(self):
        """The graph of a step and of the loop."""
        return self.execution.graph

    def executed_graph(self, batch):
        """The GraphDef of a step as it ran. Takes that step."""
        return merge(self._run(batch, output_partition_graphs=True).partition_graphs)

    def traced_step(self, batch):
        """The RunMetadata of a step: time and memory of each node. Takes that step."""
        metadata = self._run(batch, trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
        for device in metadata.step_stats.dev_stats:
            for node in device.node_stats:
                node.all_end_rel_micros = profile.whole_us(node.all_end_rel_nanos / 1e3)
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
        """Activations of which each is computed from what comes before it in the given ones.

        A session may feed any tensor of its graph, so that a layer can be tried with the very input it had elsewhere.
        """
        given = {self.execution.batch.inputs: batch.inputs}
        found = []
        for tensor, value in zip(self.execution.result.activations, activations, strict=True):
            found.append(self.execution.session.run(tensor, feed_dict=given))
            given = {tensor: value}
        return Activations(*found)


class ObservedFunction(Observed):
    """The functions are traced once, and optimised anew whenever the options change."""

    used = ON

    def use(self, options, state):
        """Go on from a state, with these options."""
        self.used = options
        self.execution.restore(copy_state(state))

    def options(self):
        return function_options(self.used)

    @property
    def graph(self):
        """The graph of a step."""
        return self.execution.step.trace.graph

    def executed_graph(self, batch):
        """The GraphDef of a step as it ran. Takes that step, which has to be the first with these options: only then
        TensorFlow makes the graph, and tells of it.
        """
        context.context().enable_run_metadata()
        context.context().export_run_metadata()  # of whatever ran before
        try:
            self.train_step(batch)
            metadata = context.context().export_run_metadata()
        finally:
            context.context().disable_run_metadata()
        return merge(metadata.partition_graphs)

    def traced_step(self, batch):
        """The RunMetadata of a step: the time of each node. Takes that step."""
        events = profile.profile(lambda: self.train_step(batch))
        return profile.run_metadata(profile.executor_times(events))

    def compiled_text(self, batch):
        """What XLA makes of a step for batches of this size, in its own language, HLO."""
        compiler_ir = self.execution.step.function.experimental_get_compiler_ir(*map(tf.constant, batch))
        return compiler_ir(stage="optimized_hlo")


def observe(name, spec, state):
    """The ObservedSession or ObservedFunction of an implementation whose graph Grappler rewrites."""
    observed = ObservedSession if IMPLEMENTATIONS[name].grappler == SESSION else ObservedFunction
    return observed(name, spec, state)


def merge(graph_defs):
    """One GraphDef with the nodes of all: each device has its own."""
    merged = tf.compat.v1.GraphDef()
    for graph_def in graph_defs:
        merged.node.extend(graph_def.node)
    return merged
