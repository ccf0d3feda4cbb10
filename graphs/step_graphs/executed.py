"""Networks whose graph optimizer can be set while they live, and which show what was really executed, and how long."""

import tensorflow as tf

# Private, and the only way to the graphs that TensorFlow makes of a function; a test would notice its absence.
from tensorflow.python.eager import context

from graphs.implementations import tf1_session, tf2_function
from graphs.network import Activations
from graphs.step_graphs import profile
from graphs.step_graphs.passes import ON, function_options, session_config


class SessionNetwork(tf1_session.Network):
    """tf1_session, in a session that is opened anew on the same graph whenever the options change."""

    def use(self, options, state):
        """Go on from a state, with these options."""
        self._session.close()
        self._session = tf.compat.v1.Session(graph=self._graph, config=session_config(options))
        self.restore(state)

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
        self._session.run(
            (self._result.loss, self._train_op),
            feed_dict={self._inputs: batch.inputs, self._targets: batch.targets},
            options=tf.compat.v1.RunOptions(**options),
            run_metadata=metadata,
        )
        return metadata

    def layer_by_layer(self, batch, activations):
        """Activations of which each is computed from what comes before it in the given ones.

        A session may feed any tensor of its graph, so that a layer can be tried with the very input it had elsewhere.
        """
        tensors = self._result.activations
        given = {self._inputs: batch.inputs}
        found = []
        for tensor, value in zip(tensors, activations, strict=True):
            found.append(self._session.run(tensor, feed_dict=given))
            given = {tensor: value}
        return Activations(*found)


class FunctionNetwork(tf2_function.Network):
    """tf2_function, called with options that can change: its functions are traced once, and optimised anew."""

    options = ON

    def use(self, options, state):
        """Go on from a state, with these options."""
        self.options = options
        self.restore(state)

    def evaluate(self, batch):
        with function_options(self.options):
            return super().evaluate(batch)

    def train_step(self, batch):
        with function_options(self.options):
            return super().train_step(batch)

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
        inputs, targets = tf.constant(batch.inputs), tf.constant(batch.targets)
        return self._train_step._function.experimental_get_compiler_ir(inputs, targets)(stage="optimized_hlo")


NETWORKS = {"tf1_session": SessionNetwork, "tf2_function": FunctionNetwork}


def merge(graph_defs):
    """One GraphDef with the nodes of all: each device has its own."""
    merged = tf.compat.v1.GraphDef()
    for graph_def in graph_defs:
        merged.node.extend(graph_def.node)
    return merged
