"""The results of an inspection. Importing this file imports no TensorFlow, so that a log can be read without it."""

from typing import Any, NamedTuple

from graphs.implementations import NAMES
from graphs.inspection.node_map import MatchedOperation
from graphs.inspection.optimizer_changes import Changes


class Drawn(NamedTuple):
    """A graph and the RunMetadata of a step that ran it."""

    graph_def: Any
    run_metadata: Any


class Optimized(NamedTuple):
    """A graph as written, as executed, and the changes between the two."""

    written: Drawn
    executed: Drawn
    changes: Changes


class Compiled(NamedTuple):
    """The graph that XLA gets, and the HLO text that it compiles the graph to."""

    graph_def: Any
    text: str


class Inspection(NamedTuple):
    """Everything recorded about one step."""

    # By implementation:
    optimized: dict[str, Optimized]  # implementations whose graph Grappler rewrites
    recorded: dict[str, Drawn]  # implementations without a graph
    compiled: dict[str, Compiled]  # implementations that XLA compiles
    rows: list[MatchedOperation]
    left_out: dict[str, int]  # {what: number of nodes} of a session's graph that no picture of a step shows

    def graph_defs(self):
        """{execution: its GraphDef as written or recorded}, in the order of the executions.

        XLA gets the graph of a function, so its graph is included only when there is no other.
        """
        written = {name: each.written.graph_def for name, each in self.optimized.items()}
        written |= {name: each.graph_def for name, each in self.recorded.items()}
        written = written or {name: each.graph_def for name, each in self.compiled.items()}
        return {name: written[name] for name in NAMES if name in written}
