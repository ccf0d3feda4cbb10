"""Where runs lie: a folder for each comparison or timing; in a comparison's, a numbered folder for each run.

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
# What is written into a folder last.
RESULTS = {COMPARISON: "comparison.json", TIMING: "times.json"}

# Whose step is drawn; whose train_steps is a graph.
WITH_GRAPH = names_of(lambda each: each.graph)
WITH_LOOP = names_of(lambda each: each.loop_graph)


def make_folder(logdir, kind=COMPARISON):
    """A new folder, named by what it is for and the time; two of the same second get different names.

    Raises ValueError when it cannot be written, and leaves nothing behind then.
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
    """The folder of the comparison or timing that was begun last and finished; of one that did not finish, only where
    none did. None where no folder holds a run.
    """
    folders = _by_time(logdir)
    return next((folder for folder in reversed(folders) if is_finished(folder)), folders[-1] if folders else None)


def begun_later(folder):
    """The folders beside this one, oldest first, that were begun after it and hold a run."""
    folders = _by_time(folder.parent)
    return folders[folders.index(folder) + 1 :]


def is_finished(folder):
    """Whether a comparison or timing has written what it writes last."""
    return (folder / RESULTS[folder.name.partition("-")[0]]).is_file()


def _by_time(logdir):
    """The folders that hold a run, in the order in which they were begun."""
    found = [folder for kind in RESULTS for folder in Path(logdir).glob(f"{kind}-*") if holds_runs(folder)]
    return sorted(found, key=lambda folder: folder.name.partition("-")[2])


def holds_runs(folder):
    """Whether anything below the folder is an event file."""
    return any(path.is_file() for path in Path(folder).rglob("events.out.tfevents.*"))


def run_names(names):
    """{key: folder name}, numbered in the order in which TensorBoard shall list them.

    A name has the key name, the graph that was executed for it (name, "executed"), that of its loop (name, "loop"), and
    what concerns all of them "comparison". Those with a graph of their own come first.
    """
    keys: list[str | tuple[str, str]] = [name for name in WITH_GRAPH if name in names]
    keys += [name for name in names if name not in WITH_GRAPH]
    keys += [(name, "executed") for name in EXPLAINABLE if name in names]
    keys += [(name, "loop") for name in WITH_LOOP if name in names]
    numbered = enumerate([*keys, "comparison"], start=1)
    return {key: f"{number:02}_{key if isinstance(key, str) else '_'.join(key)}" for number, key in numbered}
