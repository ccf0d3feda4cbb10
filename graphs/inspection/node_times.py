"""The times of nodes in a RunMetadata."""

from statistics import median

# In how many steps each node is timed. A session, a function and an eager step, as written and as executed, take about
# half a second for them. A step in which a node is slow by chance, once in a hundred, then never decides a time.
TRACED_STEPS = 15


def node_stats(run_metadata):
    """The statistics of every node."""
    return [node for device in run_metadata.step_stats.dev_stats for node in device.node_stats]


def node_times_us(run_metadata):
    """{node: microseconds} of the nodes that ran."""
    return {node.node_name: node.all_end_rel_nanos / 1e3 for node in node_stats(run_metadata) if node.all_end_rel_nanos}


def with_median_times(steps):
    """The RunMetadata of the last step, with the median time of each node over the steps that ran it."""
    nanos: dict[str, list[int]] = {}
    for step in steps:
        for node in node_stats(step):
            nanos.setdefault(node.node_name, []).append(node.all_end_rel_nanos)
    for node in node_stats(steps[-1]):
        node.all_end_rel_nanos = round(median(nanos[node.node_name]))
        node.all_end_rel_micros = whole_us(node.all_end_rel_nanos / 1e3)
    return steps[-1]


def whole_us(duration_us):
    """Whole microseconds, at least 1: TensorBoard reads only whole ones and treats 0 as no time."""
    return max(1, round(duration_us))
