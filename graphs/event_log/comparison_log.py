"""The logs of one comparison, run by run."""

import json
import tempfile

from graphs.comparison.events import EpochEnded, Finished, Started
from graphs.data.scores import score, score_name
from graphs.event_log.folders import COMPARISON, RESULTS, WITH_LOOP, run_names
from graphs.event_log.text_names import ABOUT, CHANGES, COMPILED, LINES, VERSIONS
from graphs.implementations.table import BUILT, IMPLEMENTATIONS, REFERENCE
from graphs.inspection.node_names import EXECUTED as AS_EXECUTED
from graphs.inspection.node_names import LOOP, RULES
from graphs.inspection.node_times import TRACED_STEPS
from graphs.refusals import Refusal
from graphs.reports.aligned_texts import pair_to_read
from graphs.reports.comparison import results, to_json, verdict
from graphs.reports.comparison_times_chart import timing_chart
from graphs.reports.markdown import (
    changes_text,
    graph_table,
    lines_table,
    markdown_table,
    node_map_table,
    shapes_table,
    spec_table,
    surplus_table,
)
from graphs.reports.texts_page import PAGE, texts_page
from graphs.system.environment import environment
from graphs.system.output_file import write_whole

TRACED = "traced step"
ROOM = 1 << 20  # bytes that must be free in the temporary folder for logging

EXECUTED = (
    f"The graph that TensorFlow executed; `{CHANGES}` lists its differences from the graph as written. The graph "
    "optimizer, Grappler, was {optimizer}. On or off, TensorFlow drops nodes that train_step does not fetch, turns "
    "placeholders into arguments, uses oneDNN where it can, and, in a session, folds constants."
)
ABOUT_LOOP = (
    "The graph of train_steps, the loop over steps, as it was built or traced. In each turn `train_steps/while` passes "
    "the number of the turn to `cond`, which compares it with `n`. As long as it is smaller, `body` takes a step and "
    "hands back the next number and the loss. Open `body`: it holds the same boxes as the graph of a step."
)

EDGES = (
    "**Edges** show the shapes of tensors; `?` is the batch size, if the graph leaves it open. An edge from a variable "
    "carries a handle, which says where the variable is; the shape is that of the variable's value."
)
TIMES = (
    f"**Times**: choose the tag *{TRACED}*, then colour by compute time. The time of a node is its median over "
    f"{TRACED_STEPS} traced steps{{how}}. Steps in which it was slow by chance do not count. A node that took less "
    "than 1 us counts as 1 us, and so does the handle of a variable. A box shows the sum of its nodes. The traced "
    "steps use random numbers of the right shapes. They are not among the steps that are trained or timed: "
    "`step_time_us` and `timing` come from steps that were not traced."
)
TIMES_AS_WRITTEN = TIMES.format(how=" with the graph optimizer off, which gives each node its own time")
TIMES_AS_EXECUTED = TIMES.format(how="")
MEMORY = {
    True: "**Memory**: colour by memory; a session reports how much each node allocated.",
    False: "**Memory**: TensorFlow reports it only for sessions.",
}


# Beside the names of the curves.
ONE_CURVE = (
    "All implementations start with the same parameters and take the same minibatches. So their curves lie on top of "
    "each other, and you see only the one that was drawn last: that is the point. Set *Smoothing* to 0 and point at "
    "the curve to read all values. Where a curve leaves the others, rounding errors have grown in training, or a text "
    "has a mistake. `results` says how far apart the parameters are in the end."
)
STEP_TIME = (
    "The time of a step in each timed block, in microseconds. These curves are apart, since here the executions "
    "differ. The second button below the chart makes the axis logarithmic, which also separates the fast ones. Where a "
    "curve jumps, the machine was busy."
)


class ComparisonLog:
    """Logs a comparison: a run for each implementation, each executed graph and each loop, and one for the whole.

    A context manager. A failed write stops the log, never the comparison; the attribute failure then says why.
    """

    def __init__(self, folder, names):
        self.failure: str | None = None
        self.folder = folder
        self._runs = {}
        self._results = ""  # empty until there are any
        self._inspection = None
        self._page = ""  # empty until it is made, and if there are no two texts
        self._unless_failed(self._open, names)

    def __call__(self, event):
        """Log one event of graphs.comparison.events."""
        if isinstance(event, Started):
            self._unless_failed(self._started, event)
        elif isinstance(event, EpochEnded):
            self._unless_failed(self._epoch_ended, event)
        elif isinstance(event, Finished):
            self._unless_failed(self._finished, event.comparison)

    def _unless_failed(self, write, *arguments):
        """Write nothing more after a failed write: it would follow an incomplete record."""
        if self.failure is None:
            try:
                write(*arguments)
            except (OSError, Refusal) as error:
                self.failure = getattr(error, "strerror", None) or str(error)

    def _open(self, names):
        # Imported here, so that a Plan can be checked without waiting for TensorFlow.
        from graphs.event_log.event_file import RunLog

        # TensorFlow writes temporary files when it traces, and raises its own errors if it cannot.
        with tempfile.TemporaryFile() as file:
            file.write(bytes(ROOM))
        for key, run_name in run_names(names).items():
            self._runs[key] = RunLog(self.folder / run_name)

    def _started(self, event):
        """Log what is known before training: the shapes of a step's tensors, the loops, and a step in detail."""
        from graphs.inspection.inspect_step import inspect
        from graphs.inspection.loop_graph import drawn_loop

        plan = event.plan
        for name, network in event.networks.items():
            self._runs[name].text("shapes/step", shapes_table(network, plan.sample()))
            if name in WITH_LOOP:
                about = [ABOUT_LOOP, EDGES, f"**Names**: {RULES[LOOP]}"]
                self._graph((name, "loop"), about, drawn_loop(network.loop_graph))
        seen = inspect(plan.spec, len(plan.sample().inputs), plan.seed, plan.optimize_graph, plan.implementations)
        self._inspection = seen
        for name in plan.implementations:
            self._step_of(IMPLEMENTATIONS[name], seen, plan.optimize_graph)
        run = self._runs["comparison"]
        run.text("node_map", node_map_table(seen.rows))
        run.text("operations", surplus_table(seen.graph_defs(), seen.left_out))

    def _step_of(self, implementation, seen, optimize_graph):
        name, about = implementation.name, implementation.about
        memory = MEMORY[implementation.graph == BUILT]
        names = f"**Names**: {RULES[implementation.graph]}" if implementation.graph else ""
        if name in seen.optimized:
            optimized = seen.optimized[name]
            self._drawn(name, [about, EDGES, TIMES_AS_WRITTEN, memory, names], optimized.written)
            executed = EXECUTED.format(optimizer="on" if optimize_graph else "off")
            about_executed = [executed, EDGES, TIMES_AS_EXECUTED, memory, f"{names} {RULES[AS_EXECUTED]}"]
            self._drawn((name, "executed"), about_executed, optimized.executed)
            self._runs[name, "executed"].text(CHANGES, changes_text(optimized.changes))
        elif name in seen.compiled:
            self._graph(name, [about, EDGES, names], seen.compiled[name].graph_def)
            self._runs[name].text(COMPILED, f"```\n{seen.compiled[name].text}\n```")
        elif name in seen.recorded:
            self._drawn(name, [about, EDGES, TIMES_AS_EXECUTED, memory, names], seen.recorded[name])
        elif name == REFERENCE:
            self._runs[name].text(ABOUT, about)
            self._runs[name].text(LINES, lines_table(seen.rows))

    def _epoch_ended(self, event):
        """Log losses, test score, parameters and the sample's gradients, at the number of steps taken."""
        plan, name, network, epoch = event
        run = self._runs[name]
        test, targets = network.evaluate(plan.dataset.test), plan.dataset.test.targets
        scores = {"test/loss": test.loss, f"test/{score_name(targets)}": score(test.activations.outputs, targets)}
        gradients = network.evaluate(plan.sample()).gradients
        losses = {"train/loss": epoch.loss, **scores}
        run.scalars(epoch.steps, losses, dict.fromkeys(losses, ONE_CURVE))
        run.histograms(epoch.steps, _tagged("parameters", network.parameters()))
        run.histograms(epoch.steps, _tagged("gradients", gradients))

    def _finished(self, comparison):
        """Log the step time of each block, at the block's number; and the spec, the environment and the results."""
        import tensorflow as tf

        for outcome in comparison.outcomes:
            for block, step_time_us in enumerate(outcome.step_times.block_step_times_us):
                self._runs[outcome.name].scalars(block, {"step_time_us": step_time_us}, {"step_time_us": STEP_TIME})
        device = "gpu" if tf.config.list_logical_devices("GPU") else "cpu"
        run = self._runs["comparison"]
        run.text("spec", spec_table(comparison.plan.spec))
        run.text(VERSIONS, markdown_table(("what", "value"), environment(device).items()))
        sentences = "".join(f"- {sentence}\n" for sentence in verdict(comparison))
        run.text("results", f"{markdown_table(*results(comparison))}\n\n{sentences}")
        run.image("timing", *timing_chart(comparison.outcomes))
        self._results = to_json(comparison, device, self.folder) + "\n"
        names = pair_to_read(comparison.plan.implementations)
        if names:
            self._page = texts_page(self._inspection, names, comparison.plan.spec, json.loads(self._results))

    def _drawn(self, key, about, drawn):
        self._graph(key, about, drawn.graph_def)
        self._runs[key].run_metadata(TRACED, drawn.run_metadata)

    def _graph(self, key, about, graph_def):
        run = self._runs[key]
        run.graph(graph_def)
        run.text(ABOUT, "\n\n".join(about))
        run.text("shapes/graph", graph_table(graph_def))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._unless_failed(self._close)

    def _close(self):
        for run in self._runs.values():
            run.close()
        if self._page:
            write_whole("logdir", self.folder / PAGE, self._page)
        if self._results:
            write_whole("logdir", self.folder / RESULTS[COMPARISON], self._results)


def _tagged(group, parameters):
    return {f"{group}/{name}": array for name, array in parameters._asdict().items()}
