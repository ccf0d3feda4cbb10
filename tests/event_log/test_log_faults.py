"""What happens to the logs, and to the results, when something goes wrong on the way to the disk."""

import contextlib
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from command import start
from log_files import compare_with_log, holds_training, read
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from graphs.comparison import Plan
from graphs.comparison.events import EpochEnded
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.event_file import RunLog
from graphs.event_log.folders import holds_runs, make_folder
from graphs.event_log.listing import list_runs

IMPLEMENTATIONS = ("numpy_manual", "tf1_session")
OPTIONS = ["--data", "diabetes", "--implementations", ",".join(IMPLEMENTATIONS), "--epochs"]
ENDS_EARLY = r"graphs: the log in {folder} ends early: {why}\n"


@pytest.fixture
def compare(graphs_command):
    """Runs the command in this process: a function of a folder and the number of epochs."""
    return lambda logdir, epochs: graphs_command("compare", *OPTIONS, epochs, "--logdir", logdir)


def plan_of(epochs):
    data = load_dataset("diabetes")
    return Plan(default_spec(data), data, 64, epochs, implementations=IMPLEMENTATIONS)


def after_epochs(number, act):
    """A listener that does something once, after so many epochs of the first implementation."""

    def listen(event):
        if isinstance(event, EpochEnded) and (event.name, event.epoch.number) == (IMPLEMENTATIONS[0], number):
            act()

    return listen


def wait_for_training(folder):
    """Until an epoch has been logged in the folder."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if holds_training(folder):
            return
        time.sleep(0.2)
    raise AssertionError("no epoch was ever logged")


def values(folder, tag="train/loss"):
    """{run: how many events the tag has}"""
    found = read(folder)
    return {run: len(found.Tensors(run, tag)) for run, tags in found.Runs().items() if tag in tags["tensors"]}


def test_folders_that_are_made_at_once_are_different(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(make_folder, [tmp_path / "logs"] * 40))
    assert len(set(folders)) == 40


def test_two_logs_of_one_run(tmp_path):
    first, second = RunLog(tmp_path), RunLog(tmp_path)
    first.scalars(1, {"train/loss": 1})
    second.scalars(2, {"train/loss": 2})
    first.scalars(3, {"test/loss": 3})
    for run in (first, second):
        run.close()
    assert len(list(tmp_path.iterdir())) == 2
    read_back = EventMultiplexer().AddRun(str(tmp_path), "both").Reload()
    assert {event.step for event in read_back.Tensors("both", "train/loss")} == {1, 2}
    assert [event.step for event in read_back.Tensors("both", "test/loss")] == [3]


def test_a_killed_run_leaves_itself_and_earlier_runs_readable(tmp_path, compare):
    assert compare(tmp_path, 2)[0] == 0
    (earlier,) = tmp_path.iterdir()
    before = list_runs(earlier)
    with start(["compare", *OPTIONS, 100_000, "--logdir", tmp_path], tmp_path) as process:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        (killed,) = set(tmp_path.iterdir()) - {earlier}
        wait_for_training(killed)
        process.kill()
    assert list_runs(earlier) == before
    assert "a graph of" in list_runs(killed)["01_tf1_session"]
    assert all(count >= 1 for count in values(killed).values())
    assert compare(tmp_path, 2)[0] == 0  # and the next one is not disturbed


def assert_results_are_there(output):
    assert re.search(r"(?m)^ *tf1_session +\d+ ms", output)
    assert "Parity holds" in output


def test_a_folder_that_disappears_ends_the_log_and_not_the_comparison(tmp_path):
    listener = after_epochs(1, lambda: shutil.rmtree(tmp_path / "logs"))
    comparison, log = compare_with_log(plan_of(2), make_folder(tmp_path / "logs"), listener)
    assert comparison.holds
    assert log.failure == "No such file or directory"
    assert not (tmp_path / "logs").exists()


def test_a_folder_that_becomes_read_only_does_not_stop_a_log_that_was_begun(tmp_path):
    folder = make_folder(tmp_path / "logs")

    def forbid():
        for path in folder.iterdir():
            path.chmod(0o500)

    comparison, log = compare_with_log(plan_of(2), folder, after_epochs(1, forbid))
    assert comparison.holds
    assert log.failure is None
    assert set(values(folder).values()) == {2}


@contextlib.contextmanager
def small_files(size):
    """No file of this process grows beyond this size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_cannot_grow_ends_the_log_and_not_the_comparison(tmp_path, compare):
    with small_files(1_200_000):
        status, output, errors = compare(tmp_path / "logs", 150)
    assert_results_are_there(output)
    (folder,) = (tmp_path / "logs").iterdir()
    assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="File too large"), errors)
    assert status == 2
    assert "a graph of" in list_runs(folder)["01_tf1_session"]  # what was written before can still be read
    assert values(folder)


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of this size."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("size", ["16k", "64k"])
def test_a_full_temporary_folder_ends_the_log_and_not_the_comparison(size, tmp_path, compare, monkeypatch):
    with small_disk(tmp_path / "disk", size) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        status, output, errors = compare(tmp_path / "logs", 2)
    assert_results_are_there(output)
    (folder,) = (tmp_path / "logs").iterdir()
    assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="No space left on device"), errors)
    assert status == 2


def test_a_full_disk_ends_the_log_and_not_the_comparison(tmp_path, compare):
    with small_disk(tmp_path / "disk", "768k") as disk:
        status, output, errors = compare(disk, 2)
        assert (status, errors) == (0, "")
        (earlier,) = disk.iterdir()
        before = list_runs(earlier)
        status, output, errors = compare(disk, 60)
        assert_results_are_there(output)
        (folder,) = set(disk.iterdir()) - {earlier}
        assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="No space left on device"), errors)
        assert status == 2
        assert list_runs(earlier) == before
        assert values(folder)
        # The next finds it full from the start.
        status, output, errors = compare(disk, 2)
        assert_results_are_there(output)
        assert status == 2
        assert errors.count("\n") == 1
        assert "No space left on device" in errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path, compare):
    logdir = tmp_path / "logs"
    logdir.mkdir(mode=0o500)
    status, output, errors = compare(logdir, 1)
    assert (status, output) == (2, "")
    assert errors.startswith(f"graphs: logdir: got {logdir}")
    assert not holds_runs(logdir)
