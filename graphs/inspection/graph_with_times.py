"""A step of each execution as TensorBoard can draw it: a GraphDef with shapes, and the time of its nodes."""

from functools import partial

import tensorflow as tf

from graphs.implementations.grappler_options import OFF
from graphs.inspection.data_flow import kinds
from graphs.inspection.graph_def import step_graph_def
from graphs.inspection.node_map import fused_nodes, runs_in
from graphs.inspection.node_names import (
    captured_variables,
    name_as_written,
    rename,
    with_reads_beside_kernels,
    written_name,
)
from graphs.inspection.node_times import TRACED_STEPS, node_stats, with_median_times
from graphs.inspection.optimizer_changes import changes
from graphs.inspection.result import Drawn, Optimized
from graphs.inspection.source_lines import copy_lines


def draw_optimized(network, state, batch, options):
    """The Optimized of an Observed network that starts from a state and executes its graph with these options.

    The times of the written graph come from steps with the graph optimizer off, because a fused node has no time of
    its own. This call must be the first to run the network with these options.
    """
    name_of = partial(written_name, variables=captured_variables(network.graph))
    traced_step = partial(network.traced_step, batch)
    graph_def = step_graph_def(network.graph)
    network.use(options, state)
    executed_graph_def = _with_shapes(rename(network.executed_graph(batch), name_of), graph_def)
    copy_lines(executed_graph_def, graph_def, runs_in(graph_def, executed_graph_def))
    executed_graph_def = with_reads_beside_kernels(executed_graph_def, fused_nodes(graph_def, executed_graph_def))
    drawn = {name_as_written(node): node.name for node in executed_graph_def.node}
    executed = draw(executed_graph_def, traced_step, lambda name: drawn.get(name_of(name), name_of(name)))
    network.use(OFF, state)
    written = draw(graph_def, traced_step, name_of)
    return Optimized(written, executed, changes(graph_def, executed_graph_def))


def draw_recorded(network, batch):
    """The Drawn of an ObservedEager."""
    graph_def = network.recorded_step(batch)
    return draw(graph_def, partial(network.traced_step, batch, graph_def))


def draw(graph_def, traced_step, name_of=str):
    """The Drawn of a graph. Takes one uncounted step, then TRACED_STEPS; a node's time is its median over these."""
    traced_step()
    run_metadata = with_median_times([traced_step() for _ in range(TRACED_STEPS)])
    _rename(run_metadata, name_of, {node.name for node in graph_def.node})
    _add_untimed(run_metadata, graph_def)
    _lay_end_to_end(run_metadata)
    return Drawn(graph_def, run_metadata)


def _rename(run_metadata, name_of, names):
    """Renames the nodes and drops any that are not in the graph, such as _SOURCE."""
    for device in run_metadata.step_stats.dev_stats:
        for node in device.node_stats:
            node.node_name = name_of(node.node_name)
        known = [node for node in device.node_stats if node.node_name in names]
        del device.node_stats[:]
        device.node_stats.extend(known)


def _add_untimed(run_metadata, graph_def):
    """Adds the untimed nodes, since TensorBoard hatches what has no statistics and hides its name.

    A node is shown if it has a shape, but a box only if a node in it has a time. So each variable's handle counts as
    1 us: the box of an optimizer's slots holds nothing else.
    """
    timed = {node.node_name for node in node_stats(run_metadata)}
    variables = {name for name, kind in kinds(graph_def).items() if kind == "variable"}
    for node in graph_def.node:
        if node.name not in timed:
            found = run_metadata.step_stats.dev_stats[0].node_stats.add(node_name=node.name)
            found.all_end_rel_micros = int(node.name in variables)
            for shape in node.attr["_output_shapes"].list.shape:
                found.output.add().tensor_description.shape.CopyFrom(shape)


def _lay_end_to_end(run_metadata):
    """Places the nodes one after the other, the nodes of each box together.

    TensorBoard takes the span from the start of a box's first node to the end of its last node as the time of the box,
    whatever else ran meanwhile. End to end, this span is the sum of the nodes' times. Start times have no other use.
    """
    start_us = 1
    for node in sorted(node_stats(run_metadata), key=lambda node: node.node_name.split("/")):
        node.all_start_micros = start_us
        start_us += node.all_end_rel_micros


def _with_shapes(executed, written):
    """The executed GraphDef with the shape of every tensor, which TensorFlow infers from the shapes of the inputs."""
    shapes = {node.name: node.attr["_output_shapes"] for node in written.node}
    variables = {name for name, kind in kinds(executed).items() if kind == "variable"}
    for node in executed.node:
        if node.op == "_Arg" and node.name not in variables:
            node.attr["_output_shapes"].CopyFrom(shapes[node.name])
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(executed, name="")
    shaped = graph.as_graph_def(add_shapes=True)
    for node in shaped.node:
        if node.name in variables:
            node.attr["_output_shapes"].CopyFrom(shapes[node.name])
    return shaped
