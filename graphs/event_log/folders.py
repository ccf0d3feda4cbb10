"""The folders of runs: one for each comparison or timing; a comparison's holds a numbered folder for each run.

TensorBoard opens the run that sorts first, so the runs that hold a step's graph come first.
"""

import contextlib
import datetime
import itertools
import os
from pathlib import Path

from graphs.explain import EXPLAINABLE
from graphs.implementations.table import names_of
from graphs.refusals import refusal

COMPARISON, TIMING = "compare", "time"
# The file with all results. A comparison writes it last, a timing before its charts and its event file.
RESULTS = {COMPARISON: "comparison.json", TIMING: "times.json"}

# Implementations whose step is drawn, and implementations whose train_steps is a graph.
WITH_GRAPH = names_of(lambda each: each.graph)
WITH_LOOP = names_of(lambda each: each.loop_graph)


def make_folder(logdir, kind=COMPARISON):
    """Make a folder named after its kind and the time; two made in the same second get different names.

    Raises ValueError if it cannot be made, and then leaves nothing behind.
    """
    logdir = Path(logdir)
    stamp = datetime.datetime.now().strftime(f"{kind}-%Y%m%d-%H%M%S")
    made: list[Path] = []
    try:
        for parent in reversed([logdir, *logdir.parents]):
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                made.append(parent)
        for number in itertools.count(1):
            folder = logdir / (stamp if number == 1 else f"{stamp}-{number:03}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        for parent in reversed(made):
            parent.rmdir()
        raise refusal("logdir", f"{logdir} ({error.strerror})", "a folder that can be written") from None


def comparison_folder(logdir, run=None):
    """The folder of a complete comparison: the newest in the log folder, or the one that run names.

    run: the path of a comparison's folder, or its name in the log folder. Raises ValueError if there is no such
    comparison or if it is incomplete.
    """
    complete = [folder for folder in _complete(logdir) if kind_of(folder) == COMPARISON]
    if run is None:
        if not complete:
            allowed = "a folder in which graphs compare has finished a comparison"
            raise refusal("logdir", f"{logdir}, which holds no complete comparison", allowed)
        return complete[0]
    folder = _named(logdir, run)
    if folder is None or kind_of(folder) != COMPARISON or not is_complete(folder):
        raise refusal("run", _got(run, folder), f"a complete comparison{_such_as(complete)}")
    return folder


def board_folder(logdir, run=None):
    """The folder that TensorBoard opens: that of the comparison or timing that run names, complete or not.

    run: as for comparison_folder. None stands for the newest complete comparison; if there is none, for the newest
    complete timing; if there is none either, for the newest folder. Raises ValueError if no folder holds a run, or
    if run names none.
    """
    found = comparisons_and_timings(logdir)
    if run is not None:
        folder = _named(logdir, run)
        if folder is None:
            raise refusal("run", _got(run, folder), f"a comparison or timing{_such_as(found)}")
        return folder
    if not found:
        raise refusal("logdir", f"{logdir}, which holds no runs", "a folder that graphs compare or graphs time wrote")
    complete = _complete(logdir)
    return next((folder for kind in RESULTS for folder in complete if kind_of(folder) == kind), found[0])


def comparisons_and_timings(logdir):
    """The folders of all comparisons and timings that hold a run, the one that began last first."""
    found = [folder for kind in RESULTS for folder in Path(logdir).glob(f"{kind}-*") if holds_runs(folder)]
    return sorted(found, key=lambda folder: folder.name.partition("-")[2], reverse=True)


def kind_of(folder):
    """COMPARISON or TIMING; None for any other folder."""
    kind = folder.name.partition("-")[0]
    return kind if kind in RESULTS else None


def is_complete(folder):
    """Whether a comparison or timing has written its results. If not, it still runs or was interrupted."""
    return (folder / RESULTS[kind_of(folder)]).is_file()


def _complete(logdir):
    return list(filter(is_complete, comparisons_and_timings(logdir)))


def _named(logdir, run):
    """The folder of a comparison or timing, by its name in the log folder or by its path; None if it is neither."""
    for folder in (Path(logdir) / run, Path(run), Path(run).absolute()):
        if kind_of(folder) and os.path.isdir(folder) and holds_runs(folder):  # unlike Path.is_dir, for any text
            return folder
    return None


def _got(run, folder):
    if folder is None:
        return f"{str(run)!r}, which is neither a comparison nor a timing"
    return f"{str(run)!r}, which is " + ("incomplete" if kind_of(folder) == COMPARISON else "a timing")


def _such_as(folders):
    return f" that graphs board --list shows, such as {folders[0].name}" if folders else ""


def holds_runs(folder):
    """Whether anything below the folder is an event file."""
    return any(path.is_file() for path in Path(folder).rglob("events.out.tfevents.*"))


def run_names(names):
    """{key: folder name}, numbered in the order in which TensorBoard should list them.

    The keys: name for an implementation, (name, "executed") for its executed graph, (name, "loop") for the graph of its
    loop, and "comparison" for the whole comparison. Implementations whose step is drawn come first.
    """
    keys: list[str | tuple[str, str]] = [name for name in WITH_GRAPH if name in names]
    keys += [name for name in names if name not in WITH_GRAPH]
    keys += [(name, "executed") for name in EXPLAINABLE if name in names]
    keys += [(name, "loop") for name in WITH_LOOP if name in names]
    numbered = enumerate([*keys, "comparison"], start=1)
    return {key: f"{number:02}_{key if isinstance(key, str) else '_'.join(key)}" for number, key in numbered}
