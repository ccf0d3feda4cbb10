"""Which line of our own texts made a node, read from the Python stack at the moment when TensorFlow made the node.

The lines travel with the graph, as attributes of its nodes, so TensorBoard shows them in a node's card:

    _line    the innermost line of an implementation's text, such as tf1_session.py:16
    _rule    if that line called an update rule, the line of the rule: optimizers.py:67

A gradient has the line that asked for it, tf.gradients or tape.gradient, since no other line of ours made it. A node
that TensorFlow made by itself, such as an argument of a function, has none.
"""

import linecache
from pathlib import Path
from typing import NamedTuple

from graphs import optimizers
from graphs.implementations import NAMES, file_of
from graphs.inspection.autograph_lines import lines_of_rule

LINE, RULE = "_line", "_rule"

_TEXTS = {str(file_of(name)) for name in NAMES}
_PATHS = {Path(file).name: file for file in (*_TEXTS, optimizers.__file__)}


class SourceLine(NamedTuple):
    """A line of a text, by the name of its file."""

    file: str
    number: int

    def __str__(self):
        return f"{self.file}:{self.number}"

    def text(self):
        """The line as it stands in the file today, without indentation."""
        return linecache.getline(_PATHS.get(self.file, ""), self.number).strip()


def write_lines(node, stack):
    """Write the attributes of a node that was made under a stack: pairs (file, line number), the innermost first."""
    rules = []
    for file, number in stack:
        if file == optimizers.__file__:
            rules.append((file, number))
        elif number in lines_of_rule(file):
            rules.append((optimizers.__file__, lines_of_rule(file)[number]))
        elif file in _TEXTS:
            _write(node, LINE, [(file, number)])
            _write(node, RULE, rules[:1])
            return


def write_lines_of_operations(graph_def, graph):
    """Write the attributes of every node of a GraphDef that the operation of that name in a tf.Graph left behind."""
    for node in graph_def.node:
        if node.op == "Placeholder" and hasattr(graph, "captures"):
            continue  # a function's argument; TensorFlow makes it where the value is first used
        traceback = graph.get_operation_by_name(node.name).traceback
        write_lines(node, [(frame.filename, frame.lineno) for frame in reversed(traceback)])


def copy_lines(executed, written, runs_in):
    """Give the nodes of an executed graph the lines of the nodes that they compute, which may be several lines.

    runs_in: {written node: executed node}.
    """
    nodes = {node.name: node for node in executed.node}
    computed = {name: [node for node in written.node if runs_in.get(node.name) == name] for name in nodes}
    for name, node in nodes.items():
        for key, read in ((LINE, lines_of), (RULE, rules_of)):
            _write(node, key, dict.fromkeys(line for each in computed[name] for line in read(each)))


def lines_of(node):
    """The SourceLines of a node: none, one, or several for a fused node."""
    return _read(node, LINE)


def rules_of(node):
    """The SourceLines of a node in graphs/optimizers.py."""
    return _read(node, RULE)


def _write(node, key, lines):
    if lines:
        node.attr[key].s = ", ".join(f"{Path(file).name}:{number}" for file, number in lines).encode()


def _read(node, key):
    if key not in node.attr:
        return []
    parts = [part.rpartition(":") for part in node.attr[key].s.decode().split(", ")]
    return [SourceLine(file, int(number)) for file, _, number in parts]
