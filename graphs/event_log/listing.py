"""Lists the contents of a folder of runs."""

import sys
from types import ModuleType

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer


def read_without_tensorflow():
    """Let TensorBoard read with its own code, since importing TensorFlow takes seconds.

    TensorBoard does so if it finds a module of this name; a test checks that it still does.
    """
    sys.modules["tensorboard.compat.notf"] = ModuleType("notf")


def list_runs(folder):
    """{run: its contents in words}, in TensorBoard's order."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
    return {run: "; ".join(_parts(multiplexer, run, tags)) for run, tags in sorted(multiplexer.Runs().items())}


def _parts(multiplexer, run, tags):
    if tags["graph"]:
        yield f"a graph of {len(multiplexer.Graph(run).node)} nodes"
    for tag in tags["run_metadata"]:
        yield f"times of a {tag}"
    found: dict[str, list[str]] = {"images": tags["images"]}
    for tag in tags["tensors"]:
        kind = multiplexer.SummaryMetadata(run, tag).plugin_data.plugin_name
        found.setdefault(kind, []).append(tag)
    for kind in ("scalars", "histograms"):
        if kind in found:
            yield f"{len(found[kind])} {kind}"
    for kind in ("text", "images"):
        if found.get(kind):
            yield f"{kind}: {', '.join(sorted(found[kind]))}"
