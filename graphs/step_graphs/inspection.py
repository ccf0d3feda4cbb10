"""One step of every execution, looked at from all sides: its graph, its times, and which node is which.

It uses networks of its own, so that no step that is traced here is one that is trained or timed elsewhere.
"""

from typing import Any, NamedTuple

import numpy as np

from graphs.network import Parameters, initial_parameters, initial_state
from graphs.step_graphs.built import loop_graph_def, step_graph_def
from graphs.step_graphs.drawn import Drawn, Optimized, draw_optimized, draw_recorded
from graphs.step_graphs.eager import EagerNetwork
from graphs.step_graphs.executed import NETWORKS, FunctionNetwork
from graphs.step_graphs.names import written_name
from graphs.step_graphs.node_map import Row, node_map
from graphs.step_graphs.numpy_lines import run_step
from graphs.step_graphs.passes import OFF, ON


class Compiled(NamedTuple):
    """What XLA is given, and what it makes of it."""

    graph_def: Any
    text: str


class Inspection(NamedTuple):
    """What there is to see of one step."""

    optimized: dict[str, Optimized]  # tf1_session, tf2_function
    recorded: Drawn  # tf2_eager
    compiled: Compiled  # tf2_xla
    rows: list[Row]
    left_out: dict[str, int]  # of a session's graph: {what: how many nodes} are in no picture of a step

    def graph_defs(self):
        """{execution: the GraphDef as it was written, or recorded}, in the order of the executions."""
        written = {name: each.written.graph_def for name, each in self.optimized.items()}
        return {
            name: written.get(name, self.recorded.graph_def) for name in ("tf1_session", "tf2_eager", "tf2_function")
        }


def inspect(spec, batch, seed=0, optimize_graph=True):
    """The Inspection of a step on a batch, executed with the graph optimizer on or off."""
    state = distinct_state(spec, seed)
    optimized = {}
    for name, network_class in NETWORKS.items():
        with network_class(spec, state.parameters) as network:
            optimized[name] = draw_optimized(network, state, batch, ON if optimize_graph else OFF)
            if name == "tf1_session":
                left_out = _left_out(network)
    with EagerNetwork(spec, state.parameters) as network:
        recorded, values = draw_recorded(network, state, batch)
    with FunctionNetwork(spec, state.parameters, jit_compile=True) as network:
        compiled = Compiled(step_graph_def(network), network.compiled_text(batch))
    inspection = Inspection(optimized, recorded, compiled, [], left_out)
    executed = {name: each.executed.graph_def for name, each in optimized.items()}
    rows = node_map(inspection.graph_defs(), executed, "tf2_eager", values, run_step(spec, state, batch))
    return inspection._replace(rows=rows)


def _left_out(network):
    step, loop = ({node.name for node in part(network).node} for part in (step_graph_def, loop_graph_def))
    whole = {written_name(operation.name) for operation in network.graph.get_operations()}
    return {
        "placeholders, assignments and reads that only set or return the variables": len(whole - step - loop),
        "the loop of train_steps": len(loop - step),
    }


def distinct_state(spec, seed):
    """A State in which no two variables have the same values and none is zero: its values tell them apart."""
    generator = np.random.default_rng(seed)
    start = initial_state(spec, initial_parameters(spec, seed))

    def drawn(low, high):
        return Parameters(*(generator.uniform(low, high, array.shape).astype(spec.dtype) for array in start.parameters))

    noise = drawn(-0.1, 0.1)
    parameters = Parameters(*(array + extra for array, extra in zip(start.parameters, noise, strict=True)))
    return start._replace(parameters=parameters, slots=tuple(drawn(0.1, 1) for _ in start.slots), step=10)
