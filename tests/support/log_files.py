"""Event files, read back while they may still be written."""

import copy
import shutil
import tempfile

import pytest
from tensorboard.backend.event_processing.event_accumulator import TENSORS
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from graphs.comparison import compare
from graphs.event_log.comparison_log import ComparisonLog
from graphs.inspection import inspect_step


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


def compare_and_inspect(plan, folder):
    """(the Comparison, its folder, the Inspection as it was before it was logged) of a Plan."""
    live, inspect = [], inspect_step.inspect

    def inspect_and_keep(*given):
        found = inspect(*given)
        live.append(copy.deepcopy(found))  # to look up an attribute in a message may add it
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspect_step, "inspect", inspect_and_keep)
        comparison, log = compare_with_log(plan, folder)
    assert log.failure is None
    return comparison, folder, live[0]
