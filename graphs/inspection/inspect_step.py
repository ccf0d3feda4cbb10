"""One step of every execution: its graph, its times, and which nodes correspond.

The inspection has its own networks, so tracing does not touch the steps that are trained or timed elsewhere.
"""

import numpy as np

from graphs.implementations import NAMES
from graphs.implementations.grappler_options import OFF, ON
from graphs.implementations.table import BUILT, IMPLEMENTATIONS, RECORDED, names_of
from graphs.inspection.executed_graph import ObservedFunction, observe
from graphs.inspection.graph_def import loop_graph_def, step_graph_def
from graphs.inspection.graph_with_times import draw_optimized, draw_recorded
from graphs.inspection.node_map import node_map
from graphs.inspection.node_names import written_name
from graphs.inspection.recorded_step import ObservedEager
from graphs.inspection.result import Compiled, Inspection
from graphs.network import Batch, Parameters, State, parameter_shapes
from graphs.optimizers import SLOT_NAMES


def inspect(spec, batch_size, seed=0, optimize_graph=True, implementations=NAMES):
    """The Inspection of a step on a batch of this size, executed with the graph optimizer on or off.

    State and batch are random, so that each variable has values of its own. In a real training variables can have the
    same values: biases start at zero.
    """
    state, batch = distinct_state(spec, seed), distinct_batch(spec, batch_size, seed)
    optimized, recorded, compiled, left_out = {}, {}, {}, {}
    for name in names_of(lambda each: each.grappler, implementations):
        with observe(name, spec, state) as network:
            optimized[name] = draw_optimized(network, state, batch, ON if optimize_graph else OFF)
            if IMPLEMENTATIONS[name].graph == BUILT:
                left_out = _left_out(network.graph)
    for name in names_of(lambda each: each.graph == RECORDED, implementations):
        with ObservedEager(name, spec, state) as network:
            recorded[name] = draw_recorded(network, batch)
    for name in names_of(lambda each: each.compiled, implementations):
        with ObservedFunction(name, spec, state) as network:
            compiled[name] = Compiled(step_graph_def(network.graph), network.compiled_text(batch))
    inspection = Inspection(optimized, recorded, compiled, [], left_out)
    executed = {name: each.executed.graph_def for name, each in optimized.items()}
    return inspection._replace(rows=node_map(spec, inspection.graph_defs(), executed))


def _left_out(graph):
    step, loop = ({node.name for node in part(graph).node} for part in (step_graph_def, loop_graph_def))
    whole = {written_name(operation.name) for operation in graph.get_operations()}
    return {
        "placeholders, assignments and reads that only set or return the variables": len(whole - step - loop),
        "the loop of train_steps": len(loop - step),
    }


def distinct_state(spec, seed):
    """A State in which no two variables have the same values and none is zero, so values identify a variable.

    The weights are positive, and smaller where more of them are summed, so no layer is dead or saturated, whatever its
    activation and size.
    """
    generator = np.random.default_rng(seed)

    def drawn(scale):
        shapes = parameter_shapes(spec)
        return Parameters(
            *(generator.uniform(0.1, 1, shape).astype(spec.dtype) / (shape[0] if scale else 1) for shape in shapes)
        )

    return State(drawn(scale=True), tuple(drawn(scale=False) for _ in SLOT_NAMES[spec.optimizer]), step=10)


def distinct_batch(spec, size, seed):
    """A Batch of this size for which no activation and, as far as the loss allows, no gradient is zero."""
    generator = np.random.default_rng(seed)
    inputs = generator.uniform(0.1, 1, (size, spec.layer_sizes[0]))
    classes = spec.layer_sizes[-1]
    if spec.loss == "categorical_crossentropy":
        targets = np.eye(classes)[generator.integers(0, classes, size)]
    elif spec.loss == "binary_crossentropy":
        targets = generator.integers(0, 2, (size, classes))
    else:
        # Above the outputs for one class and below for the next; otherwise softmax would pass back no gradient.
        targets = generator.uniform(1, 2, (size, classes)) * (-1) ** np.arange(classes)
    return Batch(inputs.astype(spec.dtype), targets.astype(spec.dtype))
