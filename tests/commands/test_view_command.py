"""graphs view, as a command."""

import importlib.util
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from graphs.explorer import launch as launching

pytestmark = pytest.mark.xdist_group("small comparison")
INSTALLED = importlib.util.find_spec("model_explorer") is not None
needs_model_explorer = pytest.mark.skipif(
    not INSTALLED, reason=f"Model Explorer is not installed ({launching.INSTALL})"
)
GRAPHS = "tf1_session, tf2_function, tf1_session_executed, tf2_function_executed, tf1_session_loop, tf2_function_loop"


@pytest.fixture
def logs(small_comparison):
    return small_comparison


@needs_model_explorer
@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["nonsense", "tf2_function"], f"left: got 'nonsense'; allowed: {GRAPHS}"),
        (["tf1_session", "tf2_eager"], f"right: got 'tf2_eager'; allowed: {GRAPHS.removeprefix('tf1_session, ')}"),
        (["tf1_session"], f"right: got nothing; allowed: {GRAPHS.removeprefix('tf1_session, ')}"),
        (["tf1_session", "tf1_session"], f"right: got 'tf1_session'; allowed: {GRAPHS.removeprefix('tf1_session, ')}"),
        (["--port", "65536"], "port: got 65536; allowed: 0 to 65535"),
        (["--port", "x"], "Invalid value for '--port': got 'x'; allowed: an integer"),
    ],
)
def test_bad_input_is_refused_in_one_line(logs, graphs_command, arguments, refused):
    assert graphs_command("view", *arguments, "--logdir", logs) == (2, "", f"graphs: {refused}\n")


@needs_model_explorer
def test_a_port_in_use_is_refused(logs, graphs_command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, output, errors = graphs_command("view", "--logdir", logs, "--port", port)
    assert (status, output) == (2, "")
    assert errors.startswith(f"graphs: port: got {port} (")
    assert errors.endswith("); allowed: a free port, or 0 for any\n")


def test_without_a_comparison_it_says_so(graphs_command, tmp_path):
    status, output, errors = graphs_command("view", "--logdir", tmp_path)
    assert (status, output) == (2, "")
    assert "allowed: a folder in which graphs compare has finished a comparison" in errors


def test_without_model_explorer_one_line_says_how_to_get_it(logs, graphs_command, monkeypatch):
    monkeypatch.setattr(launching, "find_spec", lambda name: None)
    told = f"model_explorer: got no such package; allowed: the one that this installs: {launching.INSTALL}"
    assert graphs_command("view", "--logdir", logs) == (2, "", f"graphs: {told}\n")


@needs_model_explorer
def test_it_serves_until_ctrl_c(logs):
    command = [sys.executable, "-m", "graphs", "view", "--logdir", str(logs), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = said.split()[-1]
        assert said == f"Two graphs of {next(logs.iterdir())} side by side: {address}\n"
        assert address.endswith("/view?left=tf1_session&right=tf2_function")
        assert process.stdout.readline() == "Ctrl-C stops it.\n"
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert "<title>tf1_session beside tf2_function</title>" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "\nStopped.\n", "")
