"""graphs time as a person meets it: what it prints, what it leaves behind, Ctrl-C, bad input, outputs that fail."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyperf
import pytest
from command import interrupt, start
from ending_processes import be_interrupted, be_killed, fail, sleep
from fake_timings import SMALL, make_timings

from graphs.commands.time import self_test_and_show, time_and_show
from graphs.reports.pyperf_file import to_json
from graphs.timing import worker
from graphs.timing.events import Round
from graphs.timing.first_step_check import WrongResultError
from graphs.timing.plan import Series, TimingPlan
from graphs.timing.processes import in_fresh_process, time_plan
from graphs.timing.self_test import self_test_plan

QUICK = ["time", "--layer-sizes", "4-8-8-1", "--batch-sizes", "8", "--rounds", "5", "--processes", "2"]
PLAN = TimingPlan(cells=[SMALL], implementations=["numpy_manual"], rounds=6, processes=2, threads=2)
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
MEASURED = make_timings({SMALL: {"numpy_manual": 50, "tf2_function": 300}})


def already_measured(plan, number, turns):
    """What each process would report, without one."""
    return iter(MEASURED.processes[number])


def test_time_says_what_it_found_and_keeps_it(tmp_path, graphs_command):
    names = ("numpy_manual", "tf2_function", "tf2_xla")
    options = [
        "--implementations",
        ",".join(names),
        "--steps-per-call",
        "1,10",
        "--anatomy",
        "--details",
        "--json",
        "times.json",
    ]
    status, output, errors = graphs_command(*QUICK, *options)
    assert (status, errors) == (0, "")
    first, *answer = output.splitlines()
    assert first.startswith("Fastest training step at each size (layers, batch)")
    assert answer[0].startswith("  4-8-8-1, 8: ")
    assert [line for line in answer[:4] if line.startswith("  How sure: ") and "in 2 fresh processes" in line]
    assert "1 thread on 1 core; seed 0" in output
    tables = output.split("seed 0")[1].split("\n4-8-8-1, 8: ")[0]
    assert max(map(len, tables.splitlines())) <= 110
    for name in names:
        assert len(re.findall(rf"(?m)^{name}  ", output)) == 3  # each step, once, anatomy
        assert len(re.findall(rf"(?m)^{name} x10  ", output)) == 2
    assert "4-8-8-1, 8: 4.48 kFLOP a step" in output
    assert "control: tf2_function against itself, " in output
    assert "Where the order changes" not in output  # of one size there is nothing to say
    (folder,) = (tmp_path / "logs").iterdir()
    assert folder.name.startswith("time-")
    assert {path.name for path in folder.iterdir()} == {
        *("times.json", "times", "step_time.png", "first_call.png", "anatomy.png", "steps_per_call.png")
    }
    assert output.rstrip().endswith(f"logs/{folder.name}. To see them in TensorBoard: graphs board {folder.name}")
    assert (tmp_path / "times.json").read_bytes() == (folder / "times.json").read_bytes()
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))
    assert len(suite.get_benchmark_names()) == 7
    assert {benchmark.get_nrun() for benchmark in suite} == {2}
    metadata = suite.get_benchmark("numpy_manual, 4-8-8-1, 8").get_metadata()
    assert {metadata[name] for name in THREADS} == {"1"}
    assert metadata["XLA_FLAGS"] == "--xla_cpu_multi_thread_eigen=false"
    if sys.platform == "linux":
        runs = [run.get_metadata() for run in suite.get_benchmark("numpy_manual, 4-8-8-1, 8").get_runs()]
        assert all("," not in str(run["affinity"]) for run in runs)  # one thread, one core
        assert all(run["peak_mb"] >= 0 for run in runs)


def test_pyperf_compares_two_files(tmp_path):
    for seed in ("one", "two"):
        (tmp_path / f"{seed}.json").write_text(to_json(MEASURED))

    def pyperf_says(*words):
        command = [sys.executable, "-m", "pyperf", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    compared = pyperf_says("compare_to", "--table", "one.json", "two.json")
    assert "numpy_manual, 4-8-8-1, 8" in compared or "hidden because not significant" in compared
    checked = pyperf_says("check", "one.json")
    assert "seem to be stable" in checked or "numpy_manual" in checked
    assert "shortest raw value" not in checked  # that of a block


@pytest.fixture(scope="module")
def heard():
    """What two fresh processes of two threads report."""
    events: list = []
    timings, ended = time_plan(PLAN, None, events.append)
    assert ended is None
    assert [event for process in timings.processes for event in process] == events
    return timings


@pytest.mark.xdist_group("fresh processes")
def test_threads_reach_every_library(heard):
    assert {heard.environment["variables"][name] for name in THREADS} == {"2"}
    blas = [each for each in heard.environment["blas"] if each["internal_api"] == "openblas"]
    assert {each["num_threads"] for each in blas} == {min(2, os.cpu_count() or 1)}
    assert "XLA_FLAGS" not in heard.environment["variables"]


def test_threads_by_default_are_left_to_each_library(monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)  # the tests themselves run with few
    before = dict(os.environ)
    worker.set_threads(None)
    assert os.environ == before


@pytest.mark.xdist_group("fresh processes")
@pytest.mark.usefixtures("heard")
def test_the_process_that_starts_the_others_keeps_its_own_threads():
    assert os.environ["TF_NUM_INTRAOP_THREADS"] != "2"


@pytest.mark.xdist_group("fresh processes")
def test_processes_are_fresh_and_take_turns_of_their_own(heard):
    first, second = heard.processes
    assert len([event for event in first if isinstance(event, Round)]) == 6
    orders = [[list(event.blocks) for event in events if isinstance(event, Round)] for events in (first, second)]
    assert orders[0] != orders[1]


def test_interruption_keeps_what_was_measured(tmp_path):
    rounds = []

    def interrupt(event):
        if isinstance(event, Round):
            rounds.append(event)
            if len(rounds) == 28:
                raise KeyboardInterrupt

    timings, ended = time_plan(MEASURED.plan, tmp_path, interrupt, already_measured)
    assert isinstance(ended, KeyboardInterrupt)
    blocks = timings.rows[SMALL, Series("numpy_manual")].blocks
    assert [len(process) for process in blocks] == [20, 8]


def wait_for_process(parent, number):
    """The id of the process of this number, from 1 up, that a timing has started, once it is there."""
    seen: list[int] = []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"spawn_main" in command and int(child) not in seen:
                seen.append(int(child))
        if len(seen) == number:
            return seen[-1]
        time.sleep(0.02)  # the list of processes is all that tells
    raise AssertionError(f"no process {number} was ever started")


NUMPY = ["--implementations", "numpy_manual", "--json", "times.json"]


def test_ctrl_c_shows_and_keeps_what_was_measured(tmp_path):
    with start([*QUICK, *NUMPY], tmp_path) as process:
        wait_for_process(process.pid, 2)
        output, errors = interrupt(process)
    assert (process.returncode, errors) == (130, "Interrupted. The results above were measured before that.\n")
    assert "in 1 fresh process. " in output
    assert "control: numpy_manual against itself" in output
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))
    assert {benchmark.get_nvalue() for benchmark in suite} == {5}


def test_a_killed_process_is_told_in_a_line_and_costs_no_result(tmp_path, capfd):
    def the_second_is_killed(plan, number, turns):
        return in_fresh_process(plan, number, turns, run=be_killed) if number else already_measured(plan, number, turns)

    assert time_and_show(MEASURED.plan, tmp_path / "logs", the_second_is_killed, tmp_path / "times.json") == 3
    output, errors = capfd.readouterr()
    why = "a measuring process was ended by signal 9; it may have run out of memory"
    assert errors == f"graphs: {why}. The results above were measured before that.\n"
    assert "in 1 fresh process. " in output
    assert "control: tf2_function against itself" in output
    assert pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))


def test_ctrl_c_is_the_starters_alone():
    assert [event for event in in_fresh_process(PLAN, 7, [], run=be_interrupted) if event is not None] == [7]


def test_a_process_that_reports_nothing_is_ended_in_time(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("graphs.timing.processes.REPORT_SECONDS", 17)  # so it ends after three seconds
    begun = time.monotonic()
    plan = dataclasses.replace(PLAN, seconds=20)
    assert time_and_show(plan, tmp_path, partial(in_fresh_process, run=sleep)) == 3
    assert 3 <= time.monotonic() - begun < 20
    assert capfd.readouterr().err == "graphs: nothing was timed within 20 seconds; --seconds allows more\n"
    assert list(tmp_path.iterdir()) == []


def test_the_self_test_says_whether_this_machine_can_be_trusted(tmp_path, capfd):
    def unfinished(plan, number, turns):
        if number:
            raise KeyboardInterrupt
        return in_fresh_process(plan, number, turns)

    plan = self_test_plan(implementations=["numpy_manual"], rounds=3)
    assert self_test_and_show(plan, unfinished) == 130
    assert self_test_and_show(dataclasses.replace(plan, processes=2), in_fresh_process, tmp_path / "times.json") in (
        0,
        1,
    )
    output, _ = capfd.readouterr()
    assert output.startswith("Known factors, timed as if they were unknown\n  numpy_manual, 11 steps against 10: ")
    assert "be trusted now" in output.splitlines()[-1]
    assert len(pyperf.BenchmarkSuite.load(str(tmp_path / "times.json")).get_benchmark_names()) == 4


def test_a_single_process_gives_no_verdict(tmp_path, capfd):
    def interrupted(plan, number, turns):
        if number:
            raise KeyboardInterrupt
        return already_measured(plan, number, turns)

    assert time_and_show(MEASURED.plan, tmp_path, measured=interrupted) == 130
    output, _ = capfd.readouterr()
    assert "undecided: numpy_manual and tf2_function" in output
    assert "[one process tells no interval]" in output


def test_a_wrong_result_is_told_in_a_line_and_nothing_is_left(tmp_path, capfd):
    def find_it_wrong(plan, number, turns):
        raise WrongResultError("tf2_eager on 4-8-8-1, 8: its loss is off")

    assert time_and_show(PLAN, tmp_path / "logs", measured=find_it_wrong) == 1
    assert capfd.readouterr() == ("", "graphs: tf2_eager on 4-8-8-1, 8: its loss is off\n")
    assert list((tmp_path / "logs").iterdir()) == []


def test_what_a_process_failed_with_is_raised(tmp_path):
    with pytest.raises(ValueError, match=r"^layer_sizes: got too much$"):
        time_plan(PLAN, tmp_path, measured=partial(in_fresh_process, run=fail))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--implementations", "tf3"], "implementations"),
        (["--layer-sizes", "4-8-8"], "layer_sizes"),
        (["--layer-sizes", "4-8-8-1,"], "layer_sizes"),
        (["--layer-sizes", "4-0-8-1"], "layer_sizes"),
        (["--batch-sizes", "many"], "batch_sizes"),
        (["--batch-sizes", "0"], "batch_sizes"),
        (["--steps-per-call", "1,x"], "steps_per_call"),
        (["--threads", "none"], "threads"),
        (["--threads", "0"], "threads"),
        (["--processes", "0"], "processes"),
        (["--processes", "x"], "--processes"),
        (["--self-test", "--steps-per-call", "10"], "self_test"),
        (["--self-test", "--layer-sizes", "4-8-8-1"], "self_test"),
        (["--rounds", "2"], "rounds"),
        (["--seconds", "5"], "seconds"),
        (["--seconds", "x"], "--seconds"),
        (["--optimizer", "x"], "optimizer"),
        (["--dtype", "x"], "dtype"),
        (["--seed", "-1"], "seed"),
        (["--json", "missing/times.json"], "json"),
        (["--logdir", "file/logs"], "logdir"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(options, field, tmp_path, graphs_command):
    (tmp_path / "file").write_text("")
    status, output, errors = graphs_command("time", *options)
    assert (status, output) == (2, "")
    assert re.fullmatch(rf"graphs: [^\n]*{field}[^\n]*got [^\n]+; allowed: [^\n]+\n", errors)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_more_threads_than_cores_is_a_warning(tmp_path, graphs_command):
    # What is refused after the warning costs no measurement.
    status, _, errors = graphs_command("time", "--threads", "999", "--logdir", "/dev/null/logs")
    warning, refused = errors.splitlines()
    assert re.fullmatch(r"graphs: threads: got 999, more than the \d+ cores here", warning)
    assert status == 2
    assert refused.startswith("graphs: logdir: got /dev/null/logs")


def test_an_output_that_fails_in_the_end_costs_no_result(tmp_path, capfd):
    logs, json = tmp_path / "logs", tmp_path / "elsewhere" / "times.json"
    json.parent.mkdir()

    def lose_both(plan, number, turns):
        for folder in (logs, json.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.touch()
        return already_measured(plan, number, turns)

    assert time_and_show(MEASURED.plan, logs, lose_both, json) == 2
    output, errors = capfd.readouterr()
    assert "control: tf2_function against itself" in output
    assert [line.partition(" got ")[0] for line in errors.splitlines()[:2]] == ["graphs: logdir:", "graphs: json:"]
    assert errors.splitlines()[2].startswith(f"graphs: the log in {logs}/time-")
