"""The graphs of a logged comparison, each with all that a pane shows of it."""

from typing import Any, NamedTuple

from graphs.event_log.logged_inspection import read_inspection, read_loops, read_results, spec_of
from graphs.inspection.data_flow import mathematics
from graphs.inspection.node_map import kernels_of
from graphs.inspection.node_names import rename
from graphs.inspection.node_times import node_times_us
from graphs.inspection.numpy_lines import Line, lines_of


class Side(NamedTuple):
    """One graph of a comparison."""

    name: str  # tf1_session, tf1_session_executed, tf1_session_loop
    graph_def: Any
    written: Any  # the GraphDef as written, where this one is as executed; otherwise None
    times_us: dict[str, float]  # {node: its time in one step}; empty where no step was traced
    lines: dict[str, Line]  # {node: the line of the reference that computes the same}
    kernels: dict[str, str]  # {node: the operation that ran it}; empty where no executed graph is known


def read_sides(folder):
    """{name: Side} of a finished comparison: the graphs as written or recorded, as executed, and the loops.

    Raises ValueError as graphs.event_log.logged_inspection.read_inspection does.
    """
    inspection, spec = read_inspection(folder), spec_of(read_results(folder))
    steps = {}
    for name, optimized in inspection.optimized.items():
        kernels = kernels_of(optimized.written.graph_def, optimized.executed.graph_def)
        steps[name] = _step(name, optimized.written, spec, kernels=kernels)
    for name, drawn in inspection.recorded.items():
        steps[name] = _step(name, drawn, spec)
    for name, compiled in inspection.compiled.items():
        steps[name] = Side(name, compiled.graph_def, None, {}, _lines(spec, compiled.graph_def), {})
    executed = {
        f"{name}_executed": _step(f"{name}_executed", optimized.executed, spec, optimized.written.graph_def)
        for name, optimized in inspection.optimized.items()
    }
    loops = {f"{name}_loop": _loop(f"{name}_loop", graph_def, spec) for name, graph_def in read_loops(folder).items()}
    return steps | executed | loops


def _step(name, drawn, spec, written=None, kernels=None):
    lines = _lines(spec, written or drawn.graph_def)
    return Side(name, drawn.graph_def, written, node_times_us(drawn.run_metadata), lines, kernels or {})


def _loop(name, graph_def, spec):
    loop = rename(graph_def, lambda node: node.removeprefix("variables/"))
    return Side(name, loop, None, {}, _lines(spec, loop, _in_a_step), {})


def _in_a_step(node):
    return node.removeprefix("body/") if node.startswith("body/") else None


def _lines(spec, graph_def, name_in_a_step=str):
    """{node: Line}. name_in_a_step: a function of a node's name; None for a node that belongs to no step."""
    operations = {node.name: node.op for node in graph_def.node}
    names = {name_in_a_step(node): node for node in mathematics(graph_def) if name_in_a_step(node)}
    found = lines_of(spec, {name: operations[node] for name, node in names.items()})
    return {names[name]: line for name, line in found.items()}
