"""Event files, read back while they may still be written."""

import shutil
import tempfile

from tensorboard.backend.event_processing.event_accumulator import TENSORS
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from graphs.comparison import compare
from graphs.event_log.comparison_log import ComparisonLog


def read(folder):
    """Everything below a folder, as TensorBoard reads it, but without leaving any value out."""
    return EventMultiplexer(size_guidance={TENSORS: 0}).AddRunsFromDirectory(str(folder)).Reload()


def holds_training(folder):
    """Whether an epoch has been logged. Reads a copy, as a log may grow faster than it can be read."""
    if not folder.exists():
        return False
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        return any("train/loss" in run["tensors"] for run in read(copy).Runs().values())


def compare_with_log(plan, folder, *listeners):
    """(the Comparison, its log) of a Plan, logged to a folder; others may listen, too."""
    with ComparisonLog(folder, plan.implementations) as log:
        return compare(plan, [log, *listeners]), log
