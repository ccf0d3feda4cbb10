"""One text of a page: which line made each node, what ran it, and how long that took."""

from functools import cached_property

from graphs.implementations import file_of
from graphs.inspection.data_flow import kinds
from graphs.inspection.node_map import runs_in
from graphs.inspection.node_times import node_times_us
from graphs.inspection.source_lines import lines_of, rules_of
from graphs.reports.human_numbers import duration

COMPUTING = ("mathematics", "unused")  # kinds of nodes that go by their operation; the others go by their kind


class Side:
    """An implementation with a graph, as a comparison inspected it."""

    def __init__(self, inspection, name):
        self.name, self.file = name, file_of(name).name
        self.executed = None
        self.us, self.executed_us = {}, {}
        if name in inspection.optimized:
            written, executed, _ = inspection.optimized[name]
            self.graph_def, self.executed = written.graph_def, executed.graph_def
            self.us, self.executed_us = node_times_us(written.run_metadata), node_times_us(executed.run_metadata)
        elif name in inspection.recorded:
            self.graph_def = inspection.recorded[name].graph_def
            self.us = node_times_us(inspection.recorded[name].run_metadata)
        else:
            self.graph_def = inspection.compiled[name].graph_def

    @cached_property
    def nodes(self):
        """{name: node}, in the order of the graph."""
        return {node.name: node for node in self.graph_def.node}

    @cached_property
    def kinds(self):
        """{name: a key of data_flow.KINDS}"""
        return kinds(self.graph_def)

    @cached_property
    def lines(self):
        """{name: the number of the line that made the node, or None}"""
        return {name: next((line.number for line in lines_of(node)), None) for name, node in self.nodes.items()}

    @cached_property
    def runners(self):
        """{name: the executed node that computes it}, for mathematical nodes; empty if no executed graph is known."""
        if self.executed is None:
            return {}
        found = runs_in(self.graph_def, self.executed)
        return {
            name: found[name]
            for name in self.nodes
            if self.kinds[name] == "mathematics" and self.kernels.get(found.get(name)) not in (None, "Const")
        }

    @cached_property
    def kernels(self):
        """{executed node: its operation}; empty as above."""
        return {node.name: node.op for node in self.executed.node} if self.executed is not None else {}

    @cached_property
    def computed(self):
        """{executed node: the mathematical nodes that it computes, in the order of the graph}"""
        found: dict[str, list[str]] = {}
        for name, runner in self.runners.items():
            found.setdefault(runner, []).append(name)
        return found

    def label(self, name):
        """What the page calls a node."""
        return self.nodes[name].op if self.kinds[name] in COMPUTING else self.kinds[name]

    def shape(self, name):
        """The shape of a node's first output, ? for the batch; empty for a scalar, and for a node without outputs."""
        attributes = self.nodes[name].attr
        shapes = attributes["_output_shapes"].list.shape if "_output_shapes" in attributes else ()
        sizes = [dim.size for dim in shapes[0].dim] if shapes else []
        return "\u00d7".join("?" if size < 0 else str(size) for size in sizes)

    def rule(self, name):
        """The SourceLine of the update rule that made a node, or None."""
        return next(iter(rules_of(self.nodes[name])), None)

    def says(self, name):
        """What a card says of a node, in a line, and in another one what ran it."""
        computing = self.kinds[name] in COMPUTING
        parts = [f"{self.nodes[name].op} {name}" if computing else f"{name} ({self.kinds[name]})"]
        parts += [self.shape(name)] if self.shape(name) else []
        parts += [duration(self.us[name])] if name in self.us else []
        ran = [self._ran(name)] if self.executed is not None and self.kinds[name] == "mathematics" else []
        return "\n".join([", ".join(parts), *ran])

    def _ran(self, name):
        if name not in self.runners:
            return "not run: nothing that was fetched needs it, or TensorFlow computed it before"
        runner = self.runners[name]
        others = [self.nodes[other].op for other in self.computed[runner] if other != name]
        together = f" together with {' and '.join(others)}" if others else ""
        time = f" in {duration(self.executed_us[runner])}" if runner in self.executed_us else ""
        return f"run by {self.kernels[runner]}{together}{time}"


class ReferenceSide:
    """The reference: each of its lines has the operations of the other side that compute the same.

    lines: {node of the other side: the number of the line, or None}.
    """

    executed = None

    def __init__(self, name, other, lines):
        self.name, self.file, self.lines = name, file_of(name).name, lines
        self.us, self.runners, self.computed = {}, {}, {}
        self._other = other
        self.nodes = {node: other.nodes[node] for node in lines}
        self.kinds = dict.fromkeys(lines, "mathematics")

    def label(self, name):
        """As for a Side."""
        return self._other.label(name)

    def shape(self, name):
        """As for a Side."""
        return self._other.shape(name)

    def rule(self, name):
        """As for a Side."""
        return self._other.rule(name)

    def says(self, name):
        """As for a Side."""
        return f"computes the same as {self._other.nodes[name].op} {name} of {self._other.name}"
