"""The command as a person meets it: its help, its exit status, its one line for bad input, Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from command import COMMAND, interrupt, read_until, start
from log_files import holds_training

import graphs
from graphs.event_log.event_file import RunLog
from graphs.event_log.folders import RESULTS, holds_runs, make_folder
from graphs.event_log.launch_tensorboard import launch
from graphs.implementations import numpy_manual
from graphs.reports.texts_page import PAGE

QUICK = ["compare", "--data", "diabetes", "--epochs", "2"]


HELP = [["--help"], ["compare", "--help"], ["time", "--help"], ["board", "--help"]]


@pytest.mark.parametrize(("arguments", "says"), [*((words, "Usage") for words in HELP), (["board", "--list"], "note")])
def test_what_is_answered_at_once_imports_nothing_large(arguments, says, folder_with_runs):
    code = (
        "import sys, contextlib\n"
        "from graphs.commands import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "assert not {'tensorflow', 'sklearn', 'scipy'} & set(sys.modules), sys.modules.keys()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder_with_runs, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    assert says in finished.stdout


def test_compare_says_what_it_found(tmp_path, graphs_command):
    status, output, errors = graphs_command(*QUICK, "--no-optimize-graph", "--json", "found.json")
    assert (status, errors) == (0, "")
    assert "diabetes: 331 examples to train on, 111 to test, seed 0" in output
    assert "graph optimisation off, device cpu" in output
    for name in ("numpy_manual", "tf1_session", "tf2_eager", "tf2_function", "tf2_xla"):
        assert re.search(rf"(?m)^ *{name} +\d+ ms", output)
    assert "Parity holds: 5 implementations agree" in output
    assert "tf1_session, tf2_eager and tf2_function are bit-identical, trained parameters included." in output
    (folder,) = (tmp_path / "logs").iterdir()
    assert f"Logs: logs/{folder.name}, where {PAGE} shows the texts side by side. To see" in output.splitlines()[-1]
    assert output.rstrip().endswith("graphs board")
    assert "<h1>tf1_session beside tf2_function</h1>" in (folder / PAGE).read_text(encoding="utf-8")
    assert holds_runs(folder)
    assert json.loads((tmp_path / "found.json").read_text())["parity"] is True


def test_every_option_reaches_the_network(tmp_path, graphs_command):
    options = {
        **{"--layers": "5,6", "--hidden-activation": "tanh", "--output-activation": "tanh", "--dtype": "float64"},
        **{"--loss": "mean_absolute_error", "--optimizer": "rmsprop", "--learning-rate": "0.002", "--batch-size": "50"},
        **{"--epochs": "3", "--seed": "7", "--implementations": "tf2_eager, numpy_manual", "--logdir": "elsewhere"},
    }
    arguments = [part for option in options.items() for part in option]
    status, output, _ = graphs_command("compare", "--data", "breast_cancer", *arguments, "--json", "found.json")
    assert status == 0
    assert "graphs board --logdir elsewhere" in output
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["plan"] == {
        "data": "breast_cancer",
        "spec": {
            **{"layer_sizes": [30, 5, 6, 1], "hidden_activation": "tanh", "output_activation": "tanh"},
            **{"loss": "mean_absolute_error", "optimizer": "rmsprop", "learning_rate": 0.002, "dtype": "float64"},
        },
        **{"batch_size": 50, "epochs": 3, "seed": 7, "optimize_graph": True},
    }
    assert [record["name"] for record in found["implementations"]] == ["numpy_manual", "tf2_eager"]
    assert holds_runs(tmp_path / "elsewhere")


def test_exit_status_1_when_parity_does_not_hold(graphs_command, monkeypatch):
    def wrong(*arguments, right=numpy_manual.backward):
        gradients = right(*arguments)
        return gradients._replace(biases1=-gradients.biases1)

    monkeypatch.setattr(numpy_manual, "backward", wrong)
    status, output, _ = graphs_command(*QUICK, "--implementations", "numpy_manual,tf2_eager")
    assert status == 1
    assert re.search(r"Parity does not hold: tf2_eager is off by \S+ in d_biases1 before training", output)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "--data", "iris"], "data: got 'iris'; allowed: digits, breast_cancer, diabetes"),
        (["compare", "--layers", "64"], "layers: got '64'; allowed: two integers"),
        (["compare", "--layers", "64,0"], "layers: got '64,0'; allowed: two integers"),
        (["compare", "--layers", "64,-3"], "layers: got '64,-3'; allowed: two integers"),
        (["compare", "--layers", "a,b"], "layers: got 'a,b'; allowed: two integers"),
        (["compare", "--layers", "6.5,3"], "layers: got '6.5,3'; allowed: two integers"),
        (["compare", "--hidden-activation", "swish"], "hidden_activation: got 'swish'; allowed: sigmoid, tanh"),
        (["compare", "--output-activation", "swish"], "output_activation: got 'swish'; allowed: identity"),
        (["compare", "--loss", "mse"], "loss: got 'mse'; allowed: mean_squared_error"),
        (
            ["compare", "--loss", "binary_crossentropy", "--output-activation", "softmax"],
            "output_activation: got 'softmax'; allowed: 'sigmoid' with the loss 'binary_crossentropy'",
        ),
        (
            ["compare", "--data", "breast_cancer", "--loss", "categorical_crossentropy"],
            "targets: got rows that are not one-hot",
        ),
        (["compare", "--data", "diabetes", "--loss", "binary_crossentropy"], "targets: got values from"),
        (
            ["compare", "--explain", "--implementations", "numpy_manual,tf2_eager"],
            "explain: got numpy_manual, tf2_eager; allowed: comparisons with tf1_session or tf2_function",
        ),
        (["compare", "--optimizer", "adamw"], "optimizer: got 'adamw'; allowed: sgd, momentum"),
        (["compare", "--learning-rate", "-1"], "learning_rate: got -1.0; allowed: a finite number above 0"),
        (["compare", "--learning-rate", "nan"], "learning_rate: got nan"),
        (["compare", "--learning-rate", "fast"], "'--learning-rate': got 'fast'; allowed: a number"),
        (["compare", "--dtype", "float16"], "dtype: got 'float16'; allowed: float32, float64"),
        (["compare", "--batch-size", "0"], "batch_size: got 0; allowed: an integer from 1 to 1347"),
        (["compare", "--batch-size", "2.5"], "'--batch-size': got '2.5'; allowed: an integer"),
        (["compare", "--epochs", "0"], "epochs: got 0; allowed: an integer from 1 up"),
        (["compare", "--seed", "-1"], "seed: got -1; allowed: an integer from 0"),
        (
            ["compare", "--implementations", "tf3,tf2_eager"],
            "implementations: got tf3, tf2_eager; allowed: two or more",
        ),
        (["compare", "--implementations", "tf2_eager"], "implementations: got tf2_eager; allowed: two or more of"),
        (["compare", "--device", "tpu"], "device: got 'tpu'; allowed: cpu, gpu"),
        (["compare", "--logdir", "file/logs"], "logdir: got file/logs"),
        (["compare", "--logdir", "file"], "logdir: got file"),
        (["compare", "--json", "nowhere/found.json"], "json: got nowhere/found.json"),
        (["compare", "--json", "."], "json: got ."),
        (
            ["compare", "--json", "/dev/null"],
            "json: got /dev/null (not a regular file); allowed: a file that can be written",
        ),
        (["compare", "--layers", "100000000,100000000"], "layers: got (64, 100000000, 100000000, 10); allowed: sizes"),
        (["compare", "--layers", f"{10**20},3"], f"layers: got (64, {10**20}, 3, 10); allowed: sizes"),
        (["board", "--port", "65536", "--all", "--logdir", "file"], "logdir: got file, which holds no runs"),
        (["compare", "--colour", "red"], "No such option: --colour"),
        (["compare", "extra"], "unexpected extra argument"),
        (["comapre"], "No such command 'comapre'"),
        (["board"], "logdir: got logs, which holds no runs"),
        (["board", "--list"], "logdir: got logs, which holds no runs"),
        (["board", "--all"], "logdir: got logs, which holds no runs"),
        (["board", "compare-1", "--all"], "run: got 'compare-1' and --all; allowed: one of the two"),
        (["board", "compare-1"], "run: got 'compare-1', which is neither a comparison nor a timing; allowed: a"),
        (["board", "--list", "file"], "run: got 'file', which is neither a comparison nor a timing; allowed: a"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing_behind(arguments, words, tmp_path, graphs_command):
    (tmp_path / "file").write_text("in the way")
    status, output, errors = graphs_command(*arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("graphs: ")
    assert errors.count("\n") == 1
    assert words in errors
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_link_to_a_json_file_stays_a_link(tmp_path, graphs_command):
    (tmp_path / "link.json").symlink_to("found.json")
    status, *_ = graphs_command(*QUICK, "--implementations", "numpy_manual,tf2_eager", "--json", "link.json")
    assert status == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "found.json").read_text())["parity"] is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.json", "link.json", "logs"]


def test_a_reader_that_goes_away_does_not_change_the_exit_status(tmp_path):
    with start([*QUICK, "--implementations", "numpy_manual,tf2_eager"], tmp_path) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, "")


def test_ctrl_c_while_the_command_itself_is_imported_ends_it_without_a_word(tmp_path):
    (tmp_path / "typer.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(60)\n")
    for command in (COMMAND, [sys.executable, "-c", "from graphs.__main__ import main; main()"]):
        with start([], tmp_path, command, env={**os.environ, "PYTHONPATH": str(tmp_path)}) as process:
            read_until(process.stdout, "importing")
            output, errors = interrupt(process)
        assert (process.returncode, output, errors) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.7])
def test_ctrl_c_while_libraries_load_ends_it_without_a_word(seconds, tmp_path):
    with start(["compare", "--epochs", "100000"], tmp_path) as process:
        time.sleep(seconds)
        _, errors = interrupt(process)
    assert process.returncode in (-signal.SIGINT, 130)
    assert "Traceback" not in errors


def test_an_error_of_ours_is_not_mistaken_for_a_verdict(graphs_command, monkeypatch):
    monkeypatch.delattr("graphs.comparison.Plan")
    status, _, errors = graphs_command("compare")
    assert status == 3
    assert "ImportError" in errors


def test_without_arguments_it_shows_its_help(graphs_command):
    status, output, errors = graphs_command()
    assert (status, errors) == (0, "")
    assert output.startswith("Usage: ")
    assert "..." not in output.replace("[ARGS]...", "")  # no line is cut


def test_it_tells_its_version(graphs_command):
    assert graphs_command("--version") == (0, f"graphs {graphs.__version__}\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_options(shell, graphs_command, monkeypatch):
    monkeypatch.setenv("_GRAPHS_COMPLETE", f"source_{shell}")
    status, output, _ = graphs_command()
    assert status == 0
    assert "_GRAPHS_COMPLETE" in output


def test_ctrl_c_leaves_readable_logs(tmp_path):
    endless = ["compare", "--data", "diabetes", "--implementations", "numpy_manual,tf1_session", "--epochs", "100000"]
    with start(endless, tmp_path) as process:
        deadline = time.monotonic() + 120
        while not holds_training(tmp_path / "logs") and time.monotonic() < deadline:
            time.sleep(0.2)  # the log is all that tells how far it is
        _, errors = interrupt(process)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Interrupted. To see what was logged: graphs board compare-" in errors
    assert holds_training(tmp_path / "logs")


@pytest.fixture
def folder_with_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", None)  # puts back what board --list sets
    for _ in range(2):
        run_log = RunLog(make_folder(tmp_path / "logs") / "01_run")
        run_log.text("note", "here")
        run_log.close()
    return tmp_path


def runs_at(url):
    with urllib.request.urlopen(f"{url}data/runs") as answer:
        return json.loads(answer.read())


def test_board_serves_the_comparison_that_is_named_until_ctrl_c(folder_with_runs):
    older, _ = sorted(folder.name for folder in (folder_with_runs / "logs").iterdir())
    RunLog(folder_with_runs / "logs" / older / "02_another").close()
    with start(["board", older, "--port", "0"], folder_with_runs) as process:
        line = read_until(process.stdout, "http")
        assert line.startswith(f"TensorBoard shows logs/{older} at ")
        (url,) = re.findall(r"(http://127\.0\.0\.1:\d+/)#graphs$", line.strip())
        assert runs_at(url) == ["01_run", "02_another"]
        read_until(process.stdout, "Ctrl-C")
        output, errors = interrupt(process)
    assert (process.returncode, output) == (0, "\nStopped.\n")
    assert "incomplete" in errors
    assert errors.count("\n") == 1


def test_the_board_can_show_all_runs(folder_with_runs):
    url = launch(folder_with_runs / "logs", port=0)
    assert len(runs_at(url.removesuffix("#graphs"))) == 2


@pytest.mark.usefixtures("folder_with_runs")
def test_board_lists_all_runs_and_what_they_hold(graphs_command):
    status, output, errors = graphs_command("board", "--list", "--all")
    assert (status, errors) == (0, "")
    folder, *lines = output.splitlines()
    assert folder == "logs"
    assert len(lines) == 2
    assert all(re.fullmatch(r"  compare-\S+/01_run +text: note", line) for line in lines)


def test_board_lists_what_there_is_and_what_opens(folder_with_runs, graphs_command):
    older, newer = sorted(folder.name for folder in (folder_with_runs / "logs").iterdir())
    width = max(len(older), len(newer))

    def listed(*arguments):
        status, output, errors = graphs_command("board", "--list", *arguments)
        assert (status, errors) == (0, "")
        overview, contents = output.split("\n\n")
        assert re.fullmatch(r"logs/\S+\n  01_run  text: note\n", contents)
        return overview.splitlines(), contents.splitlines()[0]

    notes = [f"  {newer:<{width}}  incomplete, opens", f"  {older:<{width}}  incomplete"]
    assert listed() == (["logs", *notes], f"logs/{newer}")
    (folder_with_runs / "logs" / older / RESULTS["compare"]).touch()
    notes = [f"  {newer:<{width}}  incomplete", f"  {older:<{width}}  opens"]
    assert listed() == (["logs", *notes], f"logs/{older}")
    notes = [f"  {newer:<{width}}  incomplete, opens", f"  {older}"]
    assert listed(newer) == listed(f"logs/{newer}") == (["logs", *notes], f"logs/{newer}")


def test_board_says_what_is_newer_or_incomplete(folder_with_runs, graphs_command, monkeypatch):
    older, newer = sorted(folder.name for folder in (folder_with_runs / "logs").iterdir())
    monkeypatch.setattr("graphs.event_log.launch_tensorboard.launch", lambda folder, port: "the address")
    monkeypatch.setattr("graphs.event_log.launch_tensorboard.wait", lambda folder, url: None)

    def said(*arguments):
        status, output, errors = graphs_command("board", *arguments)
        assert (status, output) == (0, "")
        return errors.splitlines()

    incomplete = "is incomplete: it was interrupted or is still running"
    assert said() == [f"graphs: logs/{newer} {incomplete}"]
    (folder_with_runs / "logs" / older / RESULTS["compare"]).touch()
    assert said() == [f"graphs: {newer} is newer and incomplete; to open it: graphs board {newer}"]
    assert said(older) == []
    assert said(newer) == [f"graphs: logs/{newer} {incomplete}"]
    run_log = RunLog(folder_with_runs / "logs" / "time-20990101-000000" / "times")
    run_log.close()
    (folder_with_runs / "logs" / "time-20990101-000000" / RESULTS["time"]).touch()
    assert said() == ["graphs: time-20990101-000000 is newer; to open it: graphs board time-20990101-000000"]
    assert said("--logdir", folder_with_runs / "logs")[0].endswith(f" --logdir {folder_with_runs / 'logs'}")
    assert said("--all") == []


@pytest.mark.usefixtures("folder_with_runs")
def test_board_says_that_the_port_is_taken(graphs_command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, output, errors = graphs_command("board", "--port", port)
    assert (status, output) == (2, "")
    assert re.fullmatch(
        rf"graphs: port: got {port} \(.* already in use\); allowed: a free port, or 0 for any\n", errors
    )


def test_a_gpu_that_is_not_there_is_refused(tmp_path, graphs_command):
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU here")
    status, output, errors = graphs_command(*QUICK, "--device", "gpu")
    assert (status, output) == (2, "")
    assert errors == "graphs: device: got 'gpu'; allowed: cpu, since TensorFlow finds no GPU here\n"
    assert list(tmp_path.iterdir()) == []
