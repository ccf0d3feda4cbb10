"""Reads the inspection of a step back from the log of a comparison, without importing TensorFlow."""

import contextlib
import json
from pathlib import Path

from tensorboard.backend.event_processing.directory_watcher import DirectoryDeletedError
from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from graphs.event_log.folders import COMPARISON, RESULTS, WITH_GRAPH, WITH_LOOP, run_names
from graphs.event_log.listing import read_without_tensorflow
from graphs.event_log.text_names import COMPILED
from graphs.explain import EXPLAINABLE
from graphs.implementations import digest_of, file_of
from graphs.implementations.table import names_of
from graphs.inspection.node_map import node_map
from graphs.inspection.optimizer_changes import changes
from graphs.inspection.result import Compiled, Drawn, Inspection, Optimized
from graphs.network import NetworkSpec
from graphs.refusals import refusal


def read_results(folder):
    """The results of a finished comparison, as graphs.reports.comparison.to_json wrote them.

    Raises ValueError if the folder holds none, as when the comparison was interrupted, or if they are something else.
    """
    try:
        results = json.loads((Path(folder) / RESULTS[COMPARISON]).read_text(encoding="utf-8"))
        spec_of(results)
        run_names(compared(results))
        return results
    except (OSError, ValueError, TypeError, KeyError):
        raise refusal("logdir", f"{folder}, which holds no results", "a folder of a finished comparison") from None


def spec_of(results):
    """The NetworkSpec of the results of a comparison."""
    spec = results["plan"]["spec"]
    return NetworkSpec(**{**spec, "layer_sizes": tuple(spec["layer_sizes"])})


def compared(results):
    """The names of the implementations that were compared."""
    return [each["name"] for each in results["implementations"]]


def check_texts(folder, results, names):
    """Raises ValueError unless the texts of these implementations are still those that were compared: the log knows
    their lines by number.
    """
    texts, allowed = results.get("texts"), "a comparison of today's texts, made by graphs compare"
    if not isinstance(texts, dict):
        raise refusal("run", f"{folder}, which an older version wrote", allowed)
    for name in names:
        if texts.get(name) != digest_of(name):
            raise refusal("run", f"{folder}, which compares another version of {file_of(name).name}", allowed)


def read_inspection(folder):
    """The Inspection that a finished comparison logged into a folder. Its graphs and times are TensorBoard's messages.
    What no picture shows is not known: left_out is empty.

    Raises ValueError if the folder holds no results, or if the log ends before a graph or a time.
    """
    results = read_results(folder)
    with _refusing_what_is_incomplete(folder):
        return _inspection(Path(folder), compared(results), spec_of(results))


def read_loops(folder):
    """{implementation: the GraphDef of its loop} that a finished comparison logged into a folder.

    Raises ValueError as read_inspection does.
    """
    names = compared(read_results(folder))
    runs = run_names(names)
    with _refusing_what_is_incomplete(folder):
        return {name: _read(Path(folder) / runs[name, "loop"]).Graph() for name in WITH_LOOP if name in names}


def _inspection(folder, names, spec):
    runs = {key: _read(folder / run) for key, run in run_names(names).items()}
    optimized = {name: _optimized(runs[name], runs[name, "executed"]) for name in EXPLAINABLE if name in names}
    compiled = {name: _compiled(runs[name]) for name in names_of(lambda each: each.compiled, names)}
    others = [name for name in WITH_GRAPH if name in names and name not in (*optimized, *compiled)]
    recorded = {name: _drawn(runs[name]) for name in others}
    found = Inspection(optimized, recorded, compiled, [], {})
    executed = {name: each.executed.graph_def for name, each in optimized.items()}
    return found._replace(rows=node_map(spec, found.graph_defs(), executed))


@contextlib.contextmanager
def _refusing_what_is_incomplete(folder):
    try:
        yield
    except (DirectoryDeletedError, KeyError, ValueError):
        raise refusal("logdir", f"{folder}, whose log is incomplete", "a folder of a finished comparison") from None


def _read(folder):
    read_without_tensorflow()
    return EventAccumulator(str(folder), size_guidance={TENSORS: 1}).Reload()


def _optimized(written, executed):
    before, after = _drawn(written), _drawn(executed)
    return Optimized(before, after, changes(before.graph_def, after.graph_def))


def _drawn(run):
    (tag,) = run.Tags()["run_metadata"]
    return Drawn(run.Graph(), run.RunMetadata(tag))


def _compiled(run):
    return Compiled(run.Graph(), _text(run, COMPILED).removeprefix("```\n").removesuffix("\n```"))


def _text(run, tag):
    (event,) = run.Tensors(tag)
    return make_ndarray(event.tensor_proto).item().decode()
