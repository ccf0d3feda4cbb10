"""The two panes: which node of one is which node of the other, and the ids under which Model Explorer finds that."""

from typing import NamedTuple

from graphs.explorer.side import Side
from graphs.inspection.data_flow import kinds
from graphs.inspection.node_map import runs_in
from graphs.inspection.twins import twins


class Pane(NamedTuple):
    """A Side, seen beside another one."""

    position: str  # Left or Right
    side: Side
    other: Side
    twins: dict[str, str]  # {node: the same node of the other side}
    kernels: dict[str, str]  # {node: the node of the other side that computes it together with others}
    ids: dict[str, str]  # {node: id}; a click selects the node with the same id in the other pane
    kinds: dict[str, str]  # {node: its kind}, a key of graphs.inspection.data_flow.KINDS

    def only_here(self, node):
        """Whether the other side has the node neither by itself nor in a kernel."""
        return node not in self.twins and node not in self.kernels


def panes(left, right):
    """(the left Pane, the right Pane) of two Sides."""
    ids = {node.name: node.name for node in left.graph_def.node}
    twins_of_left, kernels_of_left = _counterparts(left, right)
    twins_of_right, kernels_of_right = _counterparts(right, left)
    return (
        Pane("Left", left, right, twins_of_left, kernels_of_left, ids, kinds(left.graph_def)),
        Pane(
            "Right",
            right,
            left,
            twins_of_right,
            kernels_of_right,
            {node.name: _id(node.name, twins_of_right, ids, right.name) for node in right.graph_def.node},
            kinds(right.graph_def),
        ),
    )


def most_us(both):
    """The time of the slowest node in both Panes; 0 where no node has a time."""
    return max((us for pane in both for us in pane.side.times_us.values()), default=0)


def _id(node, twins_of_right, ids, name):
    """A node without a twin keeps its name, unless another node of the left side has it."""
    return twins_of_right.get(node) or (f"{node} ({name})" if node in ids else node)


def _counterparts(side, other):
    """({node: its twin}, {node: the kernel of the other side that computes it together with others})."""
    pairs = twins(side.written or side.graph_def, other.written or other.graph_def)
    there = _runs_in(other)
    # Of the nodes that one kernel computes, the first is its twin: the kernel has that node's name.
    first = {node: written for written, node in reversed(there.items())}
    same: dict[str, str] = {}
    places: dict[str, set[str]] = {}
    for written, node in _runs_in(side).items():
        place = there.get(pairs.get(written))
        if place:
            places.setdefault(place, set()).add(node)
            if first[place] == pairs[written]:
                same.setdefault(node, place)
    if side.written is not None and other.written is not None:
        # Nodes that nobody wrote, such as the one that returns the loss, are known by their names.
        unwritten = {node.name for node in side.graph_def.node} - set(_runs_in(side).values())
        there_too = {node.name for node in other.graph_def.node} - set(there.values())
        same |= {node: node for node in unwritten & there_too}
    return same, {node: place for place, nodes in places.items() if len(nodes) > 1 for node in nodes}


def _runs_in(side):
    """{node as written: the node that computes it}."""
    if side.written is None:
        return {node.name: node.name for node in side.graph_def.node}
    return runs_in(side.written, side.graph_def)
