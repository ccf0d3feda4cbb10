"""Which node of one graph is which node of another.

Mathematical operations are the same if they compute the same from the same (data_flow.py). Every other node is the same
as the node of the other graph that has its operation and its place: the same input of the same operation uses both. A
node without a twin is a difference between the two executions.
"""

from graphs.inspection.data_flow import LOOP, data_inputs, kinds, mathematics
from graphs.inspection.node_map import by_signature
from graphs.inspection.node_names import node_of

NAMED = ("variable", "input")  # kinds that are known by their names, whatever operation holds them


def twins(left, right):
    """{node of the left GraphDef: its twin in the right one}; no node has two."""
    return _Twins(left, right).found


class _Twins:
    def __init__(self, left, right):
        self.found: dict[str, str] = {}
        self._taken: set[str] = set()
        self._nodes, self._others = ({node.name: node for node in graph_def.node} for graph_def in (left, right))
        self._kinds, self._other_kinds = kinds(left), kinds(right)
        ours, theirs = (by_signature(mathematics(graph_def)) for graph_def in (left, right))
        for signature, node in ours.items():
            if signature in theirs:
                self._add(node, theirs[signature])
        for node, kind in self._kinds.items():
            if kind in NAMED and self._other_kinds.get(node) == kind:
                self._add(node, node)
        before = -1
        while before < len(self.found):  # each rule may find what another one needs
            before = len(self.found)
            self._add_what_they_read()
            self._add_by_name()
            if before == len(self.found):
                self._add_what_reads_them()

    def _add(self, node, other):
        self.found[node] = other
        self._taken.add(other)

    def _add_what_they_read(self):
        waiting = list(self.found.items())
        while waiting:
            one, another = self._pair(*waiting.pop())
            inputs, other_inputs = data_inputs(one), data_inputs(another)
            if len(inputs) == len(other_inputs) and one.op != LOOP:
                for node, other in zip(map(node_of, inputs), map(node_of, other_inputs), strict=True):
                    if self._alike(node, other):
                        self._add(node, other)
                        waiting.append((node, other))

    def _add_what_reads_them(self):
        """Nodes with the same operation whose inputs are twins."""
        reading: dict[tuple, list[str]] = {}
        for node in self._others.values():
            reading.setdefault((node.op, tuple(data_inputs(node))), []).append(node.name)
        for node in self._nodes.values():
            inputs = data_inputs(node)
            if inputs and node.name not in self.found and all(map(self._is_known, inputs)):
                there = tuple(self._there(tensor) for tensor in inputs)
                for other in reading.get((node.op, there), ()):
                    if self._alike(node.name, other):
                        self._add(node.name, other)
                        break

    def _is_known(self, tensor):
        return node_of(tensor) in self.found and self._nodes[node_of(tensor)].op != LOOP

    def _there(self, tensor):
        name, colon, output = tensor.partition(":")
        return self.found[name] + colon + output

    def _add_by_name(self):
        """Nodes that no twin reads, such as the one that waits for the update, are known only by their names."""
        for node in self._nodes:
            if node in self._others and self._alike(node, node):
                self._add(node, node)

    def _pair(self, node, other):
        return self._nodes[node], self._others[other]

    def _alike(self, node, other):
        """Whether two nodes that have no twin yet do the same, and are no mathematics, which is known by its signature.

        A loop counts: what it is given has another order in a session than in a function.
        """
        one, another = self._pair(node, other)
        free = node not in self.found and other not in self._taken
        mathematical = "mathematics" in (self._kinds[node], self._other_kinds[other]) and one.op != LOOP
        return free and one.op == another.op and self._kinds[node] == self._other_kinds[other] and not mathematical
