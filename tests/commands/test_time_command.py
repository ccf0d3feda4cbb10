"""graphs time as a person meets it: what it prints, what it leaves behind, Ctrl-C, bad input, outputs that fail."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyperf
import pytest
from command import run
from fake_timings import SMALL

from graphs.event_log.event_file import RunLog
from graphs.event_log.folders import make_folder, newest
from graphs.timing import processes, worker
from graphs.timing.events import Failed, Round
from graphs.timing.plan import Series, TimingPlan

QUICK = ["time", "--layer-sizes", "4-8-8-1", "--batch-sizes", "8", "--rounds", "5", "--processes", "2"]
PLAN = TimingPlan(cells=[SMALL], implementations=["numpy_manual"], rounds=6, processes=2)

# Ctrl-C as soon as a process has reported its third round.
INTERRUPTED = """
import os, signal
from graphs.timing import processes, worker
from graphs.timing.events import Round
events = processes._events
def until_interrupted(*arguments):
    rounds = 0
    for event in events(*arguments):
        yield event
        rounds += isinstance(event, Round)
        if rounds == 3:
            os.kill(os.getpid(), signal.SIGINT)
processes._events = until_interrupted
from graphs.commands import main
main()
"""


def test_time_says_what_it_found_and_keeps_it(tmp_path):
    options = ["--steps-per-call", "1,10", "--anatomy", "--json", "times.json"]
    status, output, errors = run([*QUICK, *options], tmp_path)
    assert (status, errors) == (0, "")
    assert "1 thread; processes: 2; seed 0" in output
    assert max(map(len, output.split("4-8-8-1, 8: ")[0].splitlines())) <= 110
    for name in ("numpy_manual", "tf1_session", "tf2_eager", "tf2_function", "tf2_xla"):
        assert len(re.findall(rf"(?m)^ {name}  ", output)) == 3  # each step, once, anatomy
        assert len(re.findall(rf"(?m)^ {name} x10  ", output)) == 2
    assert "4-8-8-1, 8: 4.48 kFLOP a step" in output
    assert "control: tf2_function against itself, " in output
    assert "Where the ranking changes" not in output  # of one size there is nothing to say
    (folder,) = (tmp_path / "logs").iterdir()
    assert folder.name.startswith("time-")
    assert {path.name for path in folder.iterdir()} == {
        *("times.json", "times", "step_time.png", "first_call.png", "anatomy.png", "steps_per_call.png")
    }
    assert output.rstrip().endswith(f"{folder.relative_to(tmp_path)}. To see them in TensorBoard: graphs board")
    assert (tmp_path / "times.json").read_bytes() == (folder / "times.json").read_bytes()
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))
    assert len(suite.get_benchmark_names()) == 11
    assert {benchmark.get_nrun() for benchmark in suite} == {2}


def test_pyperf_compares_two_files(tmp_path):
    arguments = ["--implementations", "numpy_manual", "--processes", "1", "--json", "one.json"]
    assert run([*QUICK, *arguments], tmp_path)[0] == 0
    (kept,) = tmp_path.glob("logs/time-*/times.json")
    shutil.copy(kept, tmp_path / "two.json")

    def pyperf_says(*words):
        command = [sys.executable, "-m", "pyperf", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    compared = pyperf_says("compare_to", "--table", "one.json", "two.json")
    assert "numpy_manual, 4-8-8-1, 8" in compared or "hidden because not significant" in compared
    checked = pyperf_says("check", "one.json")
    assert "seem to be stable" in checked or "numpy_manual" in checked
    assert "shortest raw value" not in checked  # that of a block


def test_threads_reach_every_library(tmp_path, monkeypatch):
    for name in ("TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)  # the tests themselves run with few
    seen = {}
    for threads in (1, 2, None):
        plan = TimingPlan([SMALL], ["numpy_manual"], rounds=5, processes=1, threads=threads)
        timings, _ = processes.time_plan(plan, tmp_path)
        seen[threads] = timings.environment
    for threads in (1, 2):
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            assert seen[threads]["variables"][name] == str(threads)
        blas = [each for each in seen[threads]["blas"] if each["internal_api"] == "openblas"]
        assert {each["num_threads"] for each in blas} == {min(threads, os.cpu_count() or 1)}
    assert seen[1]["variables"]["XLA_FLAGS"] == "--xla_cpu_multi_thread_eigen=false"
    assert "XLA_FLAGS" not in seen[2]["variables"]
    assert "TF_NUM_INTRAOP_THREADS" not in seen[None]["variables"]
    assert "TF_NUM_INTRAOP_THREADS" not in os.environ  # nor is this process changed


def test_processes_are_fresh_and_take_turns_of_their_own(tmp_path):
    heard: list = []
    timings, ended = processes.time_plan(PLAN, tmp_path, heard.append)
    assert ended is None
    assert [event for events in timings.processes for event in events] == heard
    first, second = timings.processes
    assert len([event for event in first if isinstance(event, Round)]) == 6
    orders = [[list(event.step_times_us) for event in events if isinstance(event, Round)] for events in (first, second)]
    assert orders[0] != orders[1]


def test_interruption_keeps_what_was_measured(tmp_path):
    rounds = []

    def interrupt(event):
        if isinstance(event, Round):
            rounds.append(event)
            if len(rounds) == 8:
                raise KeyboardInterrupt

    timings, ended = processes.time_plan(PLAN, tmp_path, interrupt)
    assert isinstance(ended, KeyboardInterrupt)
    blocks = timings.rows[SMALL, Series("numpy_manual")].blocks
    assert [len(process) for process in blocks] == [6, 2]


def test_ctrl_c_shows_and_keeps_what_was_measured(tmp_path):
    command = [sys.executable, "-c", INTERRUPTED]
    status, output, errors = run([*QUICK, "--json", "times.json"], tmp_path, command)
    assert (status, errors) == (130, "Interrupted. The results above were measured before that.\n")
    assert "processes: 1" in output
    assert "no verdict: numpy_manual and " in output
    assert "one process only; two are needed" in output
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))
    assert {benchmark.get_nvalue() for benchmark in suite} == {3}


def test_a_wrong_result_is_told_in_a_line_and_nothing_is_left(tmp_path):
    code = (
        "from graphs.timing import processes\n"
        "from graphs.timing.first_step_check import WrongResultError\n"
        "from graphs.timing.events import Failed\n"
        "def fail(*_): raise WrongResultError('tf2_eager on 4-8-8-1, 8: its loss is off')\n"
        "processes._events = fail\n"
        "from graphs.commands import main\n"
        "main()\n"
    )
    status, output, errors = run(QUICK, tmp_path, [sys.executable, "-c", code])
    assert (status, output) == (1, "")
    assert errors == "graphs: tf2_eager on 4-8-8-1, 8: its loss is off\n"
    assert list((tmp_path / "logs").iterdir()) == []


def test_what_a_process_failed_with_is_raised(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "run", failing)
    with pytest.raises(ValueError, match=r"^layer_sizes: got too much$"):
        processes.time_plan(PLAN, tmp_path)


def test_a_killed_process_leaves_what_others_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "run", killed_the_second_time)
    timings, ended = processes.time_plan(PLAN, tmp_path)
    assert str(ended) == "a process that measures was ended by signal 9; memory may not have sufficed"
    assert len(timings.rows[SMALL, Series("numpy_manual")].blocks) == 1


def test_a_killed_process_is_told_in_a_line_and_costs_no_result(tmp_path):
    code = (
        "import os, signal\n"
        "from graphs.timing import processes\n"
        "from test_time_command import killed_the_second_time\n"
        "processes.run = killed_the_second_time\n"
        "from graphs.commands import main\n"
        "main()\n"
    )
    arguments = [*QUICK, "--implementations", "numpy_manual", "--json", "times.json"]
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "support")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{code}"]
    status, output, errors = run(arguments, tmp_path, command)
    assert status == 3
    assert errors.splitlines()[-1].startswith("graphs: a process that measures was ended by signal 9")
    assert "Traceback" not in errors
    assert "control: numpy_manual against itself" in output
    assert pyperf.BenchmarkSuite.load(str(tmp_path / "times.json"))


def failing(plan, number, connection, quietly):
    connection.send(Failed(ValueError("layer_sizes: got too much")))


def killed_the_second_time(plan, number, connection, quietly):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    worker.run(plan, number, connection, quietly)


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
        (["--rounds", "2"], "rounds"),
        (["--refine", "-1"], "refine"),
        (["--optimizer", "x"], "optimizer"),
        (["--dtype", "x"], "dtype"),
        (["--seed", "-1"], "seed"),
        (["--json", "missing/times.json"], "json"),
        (["--logdir", "file/logs"], "logdir"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(options, field, tmp_path):
    (tmp_path / "file").write_text("")
    status, output, errors = run(["time", *options], tmp_path)
    assert (status, output) == (2, "")
    assert re.fullmatch(rf"graphs: [^\n]*{field}[^\n]*got [^\n]+; allowed: [^\n]+\n", errors)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_more_threads_than_cores_is_a_warning(tmp_path):
    arguments = ["--implementations", "numpy_manual", "--processes", "1", "--threads", "999"]
    status, output, errors = run([*QUICK, *arguments], tmp_path)
    assert status == 0
    assert re.fullmatch(r"graphs: threads: got 999, more than the \d+ cores here\n", errors)
    assert "999 threads" in output


def test_an_output_that_fails_in_the_end_costs_no_result(tmp_path):
    code = (
        "from graphs.system import output_file as whole_file\n"
        "from graphs.refusals import refusal\n"
        "def fail(field, path, text): raise refusal(field, path, 'a file that can be written')\n"
        "whole_file.write_whole = fail\n"
        "from graphs.commands import main\n"
        "main()\n"
    )
    arguments = [*QUICK, "--implementations", "numpy_manual", "--processes", "1", "--json", "times.json"]
    status, output, errors = run(arguments, tmp_path, [sys.executable, "-c", code])
    assert status == 2
    assert "control: numpy_manual against itself" in output
    assert [line.partition(" got ")[0] for line in errors.splitlines()[:2]] == ["graphs: logdir:", "graphs: json:"]
    assert errors.splitlines()[2].startswith("graphs: the log in logs/time-")


def test_the_board_shows_the_newest_of_both_kinds(tmp_path):
    for kind in ("compare", "time", "compare", "time"):
        folder = make_folder(tmp_path, kind)
        RunLog(folder / "run").close()
    stamps = {folder: folder.name.partition("-")[2] for folder in tmp_path.iterdir()}
    assert stamps[newest(tmp_path)] == max(stamps.values())
