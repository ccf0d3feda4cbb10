"""graphs read, as it is typed."""

import subprocess
import sys

import pytest

from graphs.implementations import NAMES


def test_without_names_the_session_and_the_function(graphs_command):
    status, output, errors = graphs_command("read")
    assert (status, errors) == (0, "")
    assert output == graphs_command("read", "tf1_session", "tf2_function")[1]
    assert "only in tf1_session" in output
    assert "tf.Session(graph=self.graph, config=config)" in output
    assert "\x1b" not in output


def test_xla_has_the_text_of_the_function(graphs_command):
    function, xla = (graphs_command("read", "numpy_manual", name)[1] for name in ("tf2_function", "tf2_xla"))
    assert xla == function.replace("tf2_function", "tf2_xla").replace("tf2_xla.py", "tf2_function.py")


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["no"], f"left: got 'no'; allowed: {', '.join(NAMES)}"),
        (["tf2_eager"], "right: got nothing; allowed: numpy_manual, tf1_session, tf2_function, tf2_xla"),
        (
            ["tf2_eager", "tf2_eager"],
            "right: got 'tf2_eager'; allowed: numpy_manual, tf1_session, tf2_function, tf2_xla",
        ),
        (["tf2_eager", "no"], "right: got 'no'; allowed: numpy_manual, tf1_session, tf2_function, tf2_xla"),
        (
            ["tf2_function", "tf2_xla"],
            "right: got 'tf2_xla', whose text is that of tf2_function; allowed: numpy_manual, tf1_session, tf2_eager",
        ),
    ],
    ids=" ".join,
)
def test_names_that_are_refused(graphs_command, names, error):
    assert graphs_command("read", *names) == (2, "", f"graphs: {error}\n")


def test_reading_needs_no_tensorflow():
    code = (
        "import sys; sys.argv = ['graphs', 'read']; import atexit; "
        "atexit.register(lambda: print('tensorflow' in sys.modules, 'numpy' in sys.modules, file=sys.stderr)); "
        "from graphs.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split()[0] == "False"
