"""Where runs lie: a folder for each comparison, and in it a numbered folder for each run.

TensorBoard opens the run that sorts first, so the runs that hold a step's graph come first.
"""

import contextlib
import datetime
import itertools
from pathlib import Path

from graphs.network import refusal

COMPARISON = "compare"


def make_folder(log_folder, kind=COMPARISON):
    """A new folder, named by what it is for and the time; two of the same second get different names.

    Raises ValueError when it cannot be written, and leaves nothing behind then.
    """
    log_folder = Path(log_folder)
    stamp = datetime.datetime.now().strftime(f"{kind}-%Y%m%d-%H%M%S")
    made: list[Path] = []
    try:
        for parent in reversed([log_folder, *log_folder.parents]):
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                made.append(parent)
        for number in itertools.count(1):
            folder = log_folder / (stamp if number == 1 else f"{stamp}-{number:03}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        for parent in reversed(made):
            parent.rmdir()
        raise refusal("log_folder", f"{log_folder} ({error.strerror})", "a folder that can be written") from None


def newest_comparison(log_folder):
    """The folder of the comparison that was begun last and holds a run; None where there is none."""
    folders = [folder for folder in Path(log_folder).glob(f"{COMPARISON}-*") if holds_runs(folder)]
    return max(folders, key=lambda folder: folder.name, default=None)


def holds_runs(folder):
    """Whether anything below the folder is an event file."""
    return any(Path(folder).rglob("events.out.tfevents.*"))


def run_names(with_graph, without_graph):
    """{name: folder name}, numbered: first those with a graph, then those without, then the loops of those with one.

    The loop of a name has the key (name, "loop").
    """
    keys = [*with_graph, *without_graph, *((name, "loop") for name in with_graph)]
    return {
        key: f"{number:02}_{key if isinstance(key, str) else '_'.join(key)}" for number, key in enumerate(keys, start=1)
    }
