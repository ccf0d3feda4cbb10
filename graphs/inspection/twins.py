"""Which node of one graph is which node of another.

Mathematical operations are the same if they compute the same from the same (data_flow.py). Every other node is the same
as the node of the other graph that has its operation and its place: the same input of the same operation uses both. A
node without a twin is a difference between the two executions.
"""

from graphs.inspection.data_flow import data_inputs, kinds, mathematics
from graphs.inspection.node_map import by_signature
from graphs.inspection.node_names import node_of

NAMED = ("variable", "input")  # kinds that are known by their names, whatever operation holds them


def twins(left, right):
    """{node of the left GraphDef: its twin in the right one}; no node has two."""
    pairs = _same_mathematics(left, right)
    nodes = {node.name: node for node in left.node}
    others = {node.name: node for node in right.node}
    left_kinds, right_kinds = kinds(left), kinds(right)
    for name, kind in left_kinds.items():
        if kind in NAMED and right_kinds.get(name) == kind:
            pairs[name] = name
    _add_inputs(pairs, nodes, others)
    left_over = set(others) - set(pairs.values())
    # What no operation uses, such as the node that waits for the update, is known only by its name.
    pairs |= {
        name: name for name in nodes if name not in pairs and name in left_over and nodes[name].op == others[name].op
    }
    return pairs


def _same_mathematics(left, right):
    ours, theirs = (by_signature(mathematics(graph_def)) for graph_def in (left, right))
    return {node: theirs[signature] for signature, node in ours.items() if signature in theirs}


def _add_inputs(pairs, nodes, others):
    """Add what twins read, as long as it is the same operation on both sides."""
    waiting = list(pairs.items())
    taken = set(pairs.values())
    while waiting:
        name, other = waiting.pop()
        inputs, other_inputs = data_inputs(nodes[name]), data_inputs(others[other])
        if len(inputs) != len(other_inputs):
            continue
        for tensor, other_tensor in zip(inputs, other_inputs, strict=True):
            ours, theirs = node_of(tensor), node_of(other_tensor)
            if nodes[ours].op == others[theirs].op and ours not in pairs and theirs not in taken:
                pairs[ours] = theirs
                taken.add(theirs)
                waiting.append((ours, theirs))
