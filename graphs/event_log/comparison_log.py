"""The logs of one comparison: which run gets what."""

from graphs.event_log.folders import run_names
from graphs.event_log.graph_defs import loop_graph_def, step_graph_def
from graphs.event_log.tables import graph_table, shapes_table

WITHOUT_GRAPH = {
    "numpy_manual": "NumPy computes line by line; there is no graph to show.",
    "tf2_eager": "Eager execution runs each operation when Python reaches it; there is no graph to show.",
}


class ComparisonLog:
    """A numbered run for each implementation, and one more for the loop of each that has a graph. A context manager."""

    def __init__(self, folder, names):
        # Here, so that a Plan can be checked without waiting for TensorFlow.
        from graphs.event_log.run_log import RunLog

        with_graph = [name for name in names if name not in WITHOUT_GRAPH]
        without_graph = [name for name in names if name in WITHOUT_GRAPH]
        self._runs = {key: RunLog(folder / run_name) for key, run_name in run_names(with_graph, without_graph).items()}

    def network(self, name, network, batch):
        """What can be said of a network before it trains: its graphs, and the shapes of its tensors for the batch."""
        run = self._runs[name]
        run.text("shapes/step", shapes_table(network, batch))
        if name in WITHOUT_GRAPH:
            run.text("graph", WITHOUT_GRAPH[name])
            return
        parts = ((run, step_graph_def(network)), (self._runs[name, "loop"], loop_graph_def(network)))
        for part, graph_def in parts:
            part.graph(graph_def)
            part.text("shapes/graph", graph_table(graph_def))

    def epoch(self, name, epoch, test):
        """The scalars of an Epoch, at the number of steps taken. test: {name: number} of the test set."""
        values = {"train/loss": epoch.loss, **{f"test/{key}": value for key, value in test.items()}}
        self._runs[name].scalars(epoch.steps, values)

    def step_times(self, step_times):
        """The step time of each block, {name: StepTimes}, at the number of the block."""
        for name, times in step_times.items():
            for block, step_time_us in enumerate(times.block_step_times_us):
                self._runs[name].scalars(block, {"step_time_us": step_time_us})

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for run in self._runs.values():
            run.close()
