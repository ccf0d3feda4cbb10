"""graphs read, as it is typed."""

import json
import shutil
import subprocess
import sys

import pytest
from log_files import compare_with_log

from graphs.comparison import Plan
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.folders import COMPARISON, RESULTS, make_folder
from graphs.implementations import NAMES
from graphs.reports.texts_page import PAGE

pytestmark = pytest.mark.xdist_group("small comparison")


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


@pytest.fixture
def logs(small_comparison):
    return small_comparison


def test_the_page_is_the_one_that_the_comparison_wrote(graphs_command, logs, tmp_path):
    (folder,) = logs.iterdir()
    status, output, errors = graphs_command("read", "--html", "page.html", "--logdir", logs)
    assert (status, errors) == (0, "")
    assert output == f"page.html: tf1_session beside tf2_function, with the operations of {folder}\n"
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == (folder / PAGE).read_text(encoding="utf-8")


def test_a_page_of_other_texts(graphs_command, logs, tmp_path):
    (folder,) = logs.iterdir()
    names = ("tf2_function", "numpy_manual")
    assert graphs_command("read", *names, "--html", "a.html", "--logdir", logs)[0] == 0
    assert graphs_command("read", *names, "--html", "b.html", "--run", folder)[0] == 0
    assert graphs_command("read", *names, "--html", "c.html", "--logdir", logs, "--run", folder.name)[0] == 0
    pages = {(tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in "abc"}
    assert len(pages) == 1
    assert "<h1>tf2_function beside numpy_manual</h1>" in pages.pop()


def test_pages_that_are_refused(graphs_command, logs, tmp_path):
    (folder,) = logs.iterdir()

    def refused(error, *arguments):
        assert graphs_command("read", *arguments) == (2, "", f"graphs: {error}\n")
        assert list(tmp_path.glob("*.html")) == []

    page = ("--html", "p.html")
    refused("run: got 'x'; allowed: with --html only", "--run", "x")
    refused(
        "logdir: got no, which holds no complete comparison; allowed: a folder in which graphs compare has finished a "
        "comparison",
        *(*page, "--logdir", "no"),
    )
    refused(
        "html: got no/p.html (No such file or directory); allowed: a file that can be written",
        *("--html", "no/p.html", "--logdir", logs),
    )
    compared = "numpy_manual, tf1_session, tf2_function"
    refused(f"right: got 'tf2_eager'; allowed: {compared}", "tf1_session", "tf2_eager", *page, "--logdir", logs)

    other = tmp_path / folder.name
    shutil.copytree(folder, other)
    file = other / RESULTS[COMPARISON]
    results = json.loads(file.read_text(encoding="utf-8"))
    results["texts"]["tf1_session"] = "other"
    file.write_text(json.dumps(results), encoding="utf-8")
    refused(
        f"run: got {other}, which compares another version of tf1_session.py; allowed: a comparison of today's texts, "
        "made by graphs compare",
        *(*page, "--run", other),
    )
    results["implementations"] = [{"name": "tf2_function"}, {"name": "tf2_xla"}]
    file.write_text(json.dumps(results), encoding="utf-8")
    refused(
        f"run: got {other}, which compares tf2_function and tf2_xla; allowed: a comparison of two texts",
        *(*page, "--run", other),
    )


def test_a_comparison_of_one_text_has_no_page(graphs_command, tmp_path):
    """Two implementations with one text have nothing to lay side by side. Where a comparison says that there is a page
    is in test_commands.py.
    """
    options = ("--data", "diabetes", "--epochs", 1, "--implementations", "tf2_function,tf2_xla")
    status, output, _ = graphs_command("compare", *options)
    (folder,) = (tmp_path / "logs").iterdir()
    assert status == 0
    assert f"Logs: logs/{folder.name}" in output.splitlines()[-1]
    assert PAGE not in output
    assert not (folder / PAGE).exists()


def test_a_page_that_cannot_be_written_ends_the_log_and_not_the_comparison(tmp_path):
    data = load_dataset("diabetes")
    plan = Plan(default_spec(data), data, 64, 1, implementations=("numpy_manual", "tf1_session"))
    folder = make_folder(tmp_path)
    (folder / PAGE).mkdir()
    comparison, log = compare_with_log(plan, folder)
    assert comparison.holds
    assert log.failure == f"logdir: got {folder / PAGE} (Is a directory); allowed: a file that can be written"
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == []
