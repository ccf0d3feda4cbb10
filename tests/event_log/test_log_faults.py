"""What happens to the logs, and to the results, when something goes wrong on the way to the disk."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest
from log_files import holds_training, read
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from graphs.event_log.event_file import RunLog
from graphs.event_log.folders import holds_runs
from graphs.event_log.listing import list_runs

COMPARE = "import sys; from graphs.commands import main; sys.argv[1:1] = ['compare', '--data', 'diabetes']; main()"
COMMAND = [sys.executable, "-c", COMPARE, "--implementations", "numpy_manual,tf1_session", "--epochs"]
ENDS_EARLY = r"graphs: the log in {folder} ends too early: {why}\n"


STARTED: list[subprocess.Popen] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running():
    yield
    while STARTED:
        STARTED.pop().kill()


def start(folder, epochs, **options):
    command = [*COMMAND, str(epochs), "--logdir", str(folder)]
    STARTED.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options))
    return STARTED[-1]


def finish(process):
    with process:
        output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


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


def test_two_comparisons_at_once_in_one_folder(tmp_path):
    processes = [start(tmp_path, 2), start(tmp_path, 2)]
    for status, _, errors in map(finish, processes):
        assert (status, errors) == (0, "")
    folders = sorted(tmp_path.iterdir())
    assert len(folders) == 2
    assert list_runs(folders[0]).keys() == list_runs(folders[1]).keys()
    assert set(values(tmp_path).values()) == {2}


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


def test_a_killed_run_leaves_itself_and_earlier_runs_readable(tmp_path):
    assert finish(start(tmp_path, 2))[0] == 0
    (earlier,) = tmp_path.iterdir()
    before = list_runs(earlier)
    process = start(tmp_path, 100_000)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    (killed,) = set(tmp_path.iterdir()) - {earlier}
    wait_for_training(killed)
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert list_runs(earlier) == before
    assert "a graph of" in list_runs(killed)["01_tf1_session"]
    assert all(count >= 1 for count in values(killed).values())
    assert finish(start(tmp_path, 2))[0] == 0  # and the next one is not disturbed


def assert_results_are_there(output):
    assert re.search(r"(?m)^ *tf1_session +\d+ ms", output)
    assert "Parity holds" in output


def test_a_folder_that_disappears_is_said_in_one_line(tmp_path):
    process = start(tmp_path / "logs", 300)
    wait_for_training(tmp_path / "logs")
    (folder,) = (tmp_path / "logs").iterdir()
    shutil.rmtree(tmp_path / "logs")
    status, output, errors = finish(process)
    assert_results_are_there(output)
    assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="No such file or directory"), errors)
    assert status == 2


def test_a_folder_that_becomes_read_only_does_not_stop_a_log_that_was_begun(tmp_path):
    process = start(tmp_path / "logs", 100)
    wait_for_training(tmp_path / "logs")
    (folder,) = (tmp_path / "logs").iterdir()
    for path in [folder, *folder.iterdir()]:
        path.chmod(0o500)
    try:
        status, output, errors = finish(process)
    finally:
        for path in [folder, *folder.iterdir()]:
            path.chmod(0o700)
    assert_results_are_there(output)
    assert (status, errors) == (0, "")
    assert set(values(folder).values()) == {100}


def test_a_file_that_cannot_grow_ends_the_log_and_not_the_comparison(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, 1_200_000))

    status, output, errors = finish(start(tmp_path / "logs", 300, preexec_fn=limit))
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
def test_a_full_temporary_folder_ends_the_log_and_not_the_comparison(size, tmp_path):
    with small_disk(tmp_path / "disk", size) as disk:
        status, output, errors = finish(start(tmp_path / "logs", 2, env={**os.environ, "TMPDIR": str(disk)}))
    assert_results_are_there(output)
    (folder,) = (tmp_path / "logs").iterdir()
    assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="No space left on device"), errors)
    assert status == 2


def test_a_full_disk_ends_the_log_and_not_the_comparison(tmp_path):
    with small_disk(tmp_path / "disk", "512k") as disk:
        status, output, errors = finish(start(disk, 2))
        assert (status, errors) == (0, "")
        (earlier,) = disk.iterdir()
        before = list_runs(earlier)
        status, output, errors = finish(start(disk, 300))
        assert_results_are_there(output)
        (folder,) = set(disk.iterdir()) - {earlier}
        assert re.fullmatch(ENDS_EARLY.format(folder=folder, why="No space left on device"), errors)
        assert status == 2
        assert list_runs(earlier) == before
        assert values(folder)
        # The next finds it full from the start.
        status, output, errors = finish(start(disk, 2))
        assert_results_are_there(output)
        assert status == 2
        assert errors.count("\n") == 1
        assert "No space left on device" in errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    status, output, errors = finish(start(tmp_path, 1))
    assert (status, output) == (2, "")
    assert errors.startswith(f"graphs: logdir: got {tmp_path}")
    assert not holds_runs(tmp_path)
