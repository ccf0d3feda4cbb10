"""What every lesson has: its options, its predictions, and what it leaves behind."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from graphs.lesson import Lesson, Prediction, fails, typed_command

import pytest
from matplotlib.figure import Figure

from graphs.event_log.folders import holds_runs
from graphs.event_log.listing import list_runs

EXAMPLES = Path(__file__).parents[1] / "examples"
NAME = "98_made_up"


class Terminal(io.StringIO):
    """Standard input or output that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def lesson(monkeypatch, tmp_path):
    """Makes the lesson that a command line with these options starts."""

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # puts back what a Lesson sets

    def start(*options):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [f"examples/{NAME}.py", *options])
        return Lesson(NAME, "What it is about.\n\n    $ .venv/bin/python examples/98_made_up.py\n    The answer.")

    return start


def test_the_options_have_defaults(lesson, tmp_path):
    started = lesson()
    assert started.seed == 0
    assert started.folder().parent == Path("logs")
    assert lesson("--seed", "4294967295").seed == 2**32 - 1
    assert lesson("--logdir", str(tmp_path / "elsewhere")).folder().parent == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sed", "3"], "option: got --sed; allowed: --help, --logdir, --seed, --quiz"),
        (["logs2"], "option: got logs2; allowed: --help, --logdir, --seed, --quiz"),
        (["--seed", "x"], "--seed: got 'x'; allowed: an integer from 0 to 4294967295"),
        (["--seed", "-1"], "--seed: got '-1'; allowed: an integer from 0 to 4294967295"),
        (["--seed", "4294967296"], "--seed: got '4294967296'; allowed: an integer from 0 to 4294967295"),
        (["--seed"], "--seed: expected one argument"),
        (["--quiz=yes"], "--quiz: ignored explicit argument 'yes'"),
    ],
)
def test_a_bad_option_ends_with_one_line_and_makes_nothing(lesson, tmp_path, capsys, options, message):
    with pytest.raises(SystemExit) as end:
        lesson(*options)
    assert end.value.code == 2
    assert capsys.readouterr().err == message + "\n"
    assert list(tmp_path.iterdir()) == []


def test_help_shows_what_the_lesson_is_about_and_not_the_answers(lesson, capsys):
    with pytest.raises(SystemExit) as end:
        lesson("--help")
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert "What it is about." in shown
    assert "The answer." not in shown


def test_a_notebooks_own_arguments_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel-1.json"])
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert Lesson(NAME, "").seed == 0


def test_a_copy_of_a_lesson_takes_options_too(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["examples/mine.py", "--seed", "7"])
    assert Lesson(NAME, "").seed == 7


def test_the_digits_follow_the_seed(lesson):
    spec, parameters, batch = lesson().digits()
    assert spec.layer_sizes == (64, 64, 32, 10)
    assert batch.inputs.shape == (64, 64)
    assert batch.inputs.dtype == "float32"
    _, others, other_batch = lesson("--seed", "1").digits(dtype="float64", batch_size=8)
    assert other_batch.targets.shape == (8, 10)
    assert others.weights1.dtype == "float64"
    assert (others.weights1 != parameters.weights1).any()


def test_a_lesson_writes_nothing_until_asked(lesson, tmp_path, capsys):
    started = lesson()
    started.end("more", follows=None)
    assert capsys.readouterr().out == "Try next: more\n"
    assert list(tmp_path.iterdir()) == []


def test_logs_and_pictures_lie_in_the_lessons_folder(lesson, tmp_path, capsys):
    started = lesson()
    started.log("first").text("about", "x")
    assert started.log("first") is started.log("first")
    started.figure(Figure(), "curve")
    started.end("more", follows="99_next")
    folder = started.folder()
    assert holds_runs(folder / "first")
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert list_runs(folder) == {"first": "text: about", "pictures": "images: curve"}
    assert capsys.readouterr().out.splitlines() == [
        f"Picture: {folder / 'curve.png'}",
        f"TensorBoard: {typed_command('tensorboard')} --logdir {folder}",
        "Try next: more",
        "Then: examples/99_next.py",
    ]


@pytest.mark.parametrize("logdir", ["file", "file/logs", "/dev/null", "x" * 5000])
def test_a_log_folder_that_cannot_be_made_is_refused_before_the_lesson_begins(lesson, tmp_path, capsys, logdir):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as end:
        lesson("--logdir", logdir)
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("logdir: got ") or "File name too long" in line


@pytest.mark.parametrize(
    ("error", "shown"), [(OSError(28, "No space left on device"), "The lesson stops: "), (KeyboardInterrupt(), "")]
)
def test_what_ends_a_lesson_from_outside_is_no_traceback(lesson, capsys, error, shown):
    lesson()
    sys.excepthook(type(error), error, None)
    errors = capsys.readouterr().err
    assert errors.startswith(shown)
    assert len(errors.splitlines()) == bool(shown)


def test_without_standard_input_nothing_is_asked(lesson, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    lesson("--quiz").predict("How many?", [1, 2]).answer(1)


def test_the_quiz_asks_and_counts(lesson, monkeypatch):
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("b\nx\nA\n\n"))
    monkeypatch.setattr(sys, "stdout", shown)
    started = lesson("--quiz")
    right = started.predict("How many?", [1, 2])
    wrong = started.predict("Which?", ["this", "that"])
    skipped = started.predict("Why?", ["so", "otherwise"])
    right.answer(2)
    wrong.answer("that")
    skipped.answer("so")
    started.end("more", follows=None)
    output = shown.getvalue()
    assert "? How many?\n  Right: 2" in output
    assert "guess: got x; allowed: a, b" in output
    assert "? Which?\n  You said this; it is: that" in output
    assert "Predictions: 1 of 2 right\n" in output


@pytest.mark.parametrize("terminals", ["neither", "input only", "output only"])
def test_without_a_terminal_nothing_is_asked(lesson, monkeypatch, terminals):
    shown = Terminal() if terminals == "output only" else io.StringIO()
    monkeypatch.setattr(sys, "stdin", Terminal("1\n") if terminals == "input only" else io.StringIO("1\n"))
    monkeypatch.setattr(sys, "stdout", shown)
    lesson("--quiz").predict("How many?", [1, 2]).answer(1)
    assert shown.getvalue() == ""


def test_without_quiz_nothing_is_asked(lesson, monkeypatch):
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("1\n"))
    monkeypatch.setattr(sys, "stdout", shown)
    lesson().predict("How many?", [1, 2]).answer(1)
    assert shown.getvalue() == ""


def test_the_end_of_the_input_skips_the_question(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    prediction = Prediction("How many?", ["1", "2"])
    prediction.ask()
    assert prediction.guess is None


def test_an_answer_that_is_no_choice_stops_the_lesson(lesson):
    with pytest.raises(AssertionError, match=r"How many\? measured 3; choices: \['1', '2'\]"):
        lesson().predict("How many?", [1, 2]).answer(3)


def test_a_command_is_named_as_it_can_be_typed(monkeypatch, tmp_path):
    folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(folder))
    assert typed_command("tensorboard") == "tensorboard"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(folder.parent)
    assert typed_command("tensorboard") == f"{folder.name}/tensorboard"
    monkeypatch.chdir(folder)
    assert typed_command("tensorboard") == "./tensorboard"
    assert typed_command("elsewhere") == "elsewhere"


def test_a_lesson_runs_in_another_folder_without_its_environment_activated(tmp_path):
    """Its log opens with the command that it prints there."""
    script = EXAMPLES / "00_graph_and_session.py"
    bare = {"PATH": os.defpath, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("TensorBoard: ")]
    typed = line.removeprefix("TensorBoard: ").replace("--logdir", "--inspect --logdir")
    opened = subprocess.run(typed, shell=True, cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert opened.returncode == 0
    assert re.search("^graph$", opened.stdout, re.MULTILINE), opened.stdout


def test_what_is_expected_to_fail_is_told_in_a_line(capsys):
    with fails(ZeroDivisionError, "zero"):
        raise ZeroDivisionError("division by zero")
    assert capsys.readouterr().out == "  ZeroDivisionError: division by zero\n"
    for error, words in [(ValueError("other"), "got ValueError: other"), (KeyError("that"), "got KeyError: 'that'")]:
        with (
            pytest.raises(AssertionError, match=rf"^expected ValueError with 'that', {words}$"),
            fails(ValueError, "that"),
        ):
            raise error
    with (
        pytest.raises(AssertionError, match=r"^expected ValueError with 'that'; nothing failed$"),
        fails(ValueError, "that"),
    ):
        pass
