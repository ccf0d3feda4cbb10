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
        self._add_what_they_read()
        # What no twin reads, such as the node that waits for the update, is known only by its name.
        for node in self._nodes:
            if node in self._others and self._alike(node, node):
                self._add(node, node)

    def _add(self, node, other):
        self.found[node] = other
        self._taken.add(other)

    def _add_what_they_read(self):
        waiting = list(self.found.items())
        while waiting:
            inputs, other_inputs = map(data_inputs, self._pair(*waiting.pop()))
            if len(inputs) == len(other_inputs):
                for node, other in zip(map(node_of, inputs), map(node_of, other_inputs), strict=True):
                    if self._alike(node, other):
                        self._add(node, other)
                        waiting.append((node, other))

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
