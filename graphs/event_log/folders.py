"""Where runs lie: a folder for each comparison, and in it a numbered folder for each run.

TensorBoard opens the run that sorts first, so the runs that hold a step's graph come first.
"""

import datetime
from pathlib import Path

COMPARISON = "compare"


def make_folder(log_folder, kind=COMPARISON):
    """A new folder, named by what it is for and the time; two of the same second get different names.

    Raises ValueError when it cannot be written, and leaves nothing behind then.
    """
    log_folder = Path(log_folder)
    stamp = datetime.datetime.now().strftime(f"{kind}-%Y%m%d-%H%M%S")
    number = 1
    while True:
        folder = log_folder / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError as error:
            if not folder.is_dir():
                raise _unwritable(log_folder, error) from None
            number += 1
        except OSError as error:
            raise _unwritable(log_folder, error) from None


def newest_comparison(log_folder):
    """The folder of the comparison that was begun last and holds a run; None where there is none."""
    folders = [folder for folder in Path(log_folder).glob(f"{COMPARISON}-*") if holds_runs(folder)]
    return max(folders, key=lambda folder: (folder.stat().st_mtime_ns, folder.name), default=None)


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


def _unwritable(log_folder, error):
    return ValueError(f"log_folder: got {log_folder} ({error.strerror}); allowed: a folder that can be written")
