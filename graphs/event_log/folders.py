"""The folders of runs: one for each comparison or timing; a comparison's holds a numbered folder for each run.

TensorBoard opens the run that sorts first, so the runs that hold a step's graph come first.
"""

import contextlib
import datetime
import itertools
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


def newest(logdir):
    """The folder of the comparison or timing that began last, among those that finished or, if none finished, among
    all. None if no folder holds a run.
    """
    latest_first = _by_time(logdir)[::-1]
    finished = (folder for folder in latest_first if is_finished(folder) and holds_runs(folder))
    begun = filter(holds_runs, latest_first)
    return next(finished, None) or next(begun, None)


def begun_later(folder):
    """The folders beside this one that began after it and hold a run, oldest first."""
    folders = _by_time(folder.parent)
    return list(filter(holds_runs, folders[folders.index(folder) + 1 :]))


def is_finished(folder):
    """Whether a comparison or timing has written its results."""
    return (folder / RESULTS[folder.name.partition("-")[0]]).is_file()


def _by_time(logdir):
    """The folders of comparisons and timings, in the order in which they began."""
    found = [folder for kind in RESULTS for folder in Path(logdir).glob(f"{kind}-*")]
    return sorted(found, key=lambda folder: folder.name.partition("-")[2])


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
