"""The README and the pages in docs/: what they show is what is printed, what they name exists."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from shown_output import matches
from typer.testing import CliRunner

from graphs.commands import app
from graphs.implementations import NAMES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CHINESE = [ROOT / "README.zh-CN.md", ROOT / "examples" / "README.zh-CN.md"]
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "examples" / "README.md", *CHINESE]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A command of this project: variables, the program and its arguments.
COMMAND = re.compile(r"(?:\w+=\S+ )*(?:\.venv/bin/)?(graphs|python) ([^#]+)")


def fences(page, language):
    return [text for found, text in FENCE.findall(page.read_text(encoding="utf-8")) if found == language]


def commands(page):
    """(program, arguments) of each command that a page names, in its blocks or between backticks."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in fences(page, "sh") for line in re.split(r"\n|&&", block)]
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    found = (
        COMMAND.match(command.strip()) for command in lines + [part for each in inline for part in each.split("&&")]
    )
    return [(match[1], shlex.split(match[2])) for match in found if match]


def masked(line):
    """A line of output without its times, errors and shares, and without its width: they differ from run to run."""
    without_figures = re.sub(r"\+- *\d+%|[\d.]+%|\d[\d.]*e[-+]\d+|\d+ (us|ms|s)\b", "#", line)
    return " ".join(re.sub("─+", "─", without_figures).split())


def test_the_readme_is_a_door():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_first_lines_print_what_the_readme_shows(capfd):
    programs = fences(README, "python")
    assert len(programs) == 2
    for program, shown in zip(programs, fences(README, "text")):
        exec(compile(program, README, "exec"), {})
        assert capfd.readouterr().out == shown


def test_the_commands_of_the_readme_print_what_it_shows(graphs_command, run, monkeypatch):
    install, board, lesson, test = fences(README, "sh")
    assert install.endswith("&& .venv/bin/graphs compare\n")
    status, output, errors = graphs_command("compare")
    assert (status, errors) == (0, "")
    lines = iter(output.splitlines())
    for shown in fences(README, "text")[2].splitlines():
        assert shown == "..." or any(matches(masked(line), masked(shown)) for line in lines), shown  # in order

    # As printed, every implementation learns the digits.
    (results,) = Path("logs").glob("*/comparison.json")
    found = json.loads(results.read_text(encoding="utf-8"))
    assert [record["name"] for record in found["implementations"]] == list(NAMES)
    assert all(record["test_accuracy"] >= 0.95 for record in found["implementations"])

    assert board == ".venv/bin/graphs board\n"
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", None)  # puts back what --list sets
    assert "01_tf1_session" in graphs_command("board", "--list")[1]

    python, script, *options = shlex.split(lesson)
    assert python == ".venv/bin/python"
    output, errors = run(ROOT / script, *options)
    assert "session.run" in output
    assert errors == ""

    assert test.endswith(".venv/bin/python -m pytest\n")


@pytest.mark.parametrize("name", ["parity.md", "python.md"])
def test_the_python_of_a_page_runs_from_top_to_bottom(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for program in fences(ROOT / "docs" / name, "python"):
        if "import pandas" not in program:  # not a dependency, and the page says so
            exec(compile(program, name, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page):
    for program, arguments in commands(page):
        if program == "graphs":
            # --help comes last: an unknown command or option before it is refused.
            done = CliRunner().invoke(app, [*arguments, "--help"])
            assert done.exit_code == 0, (arguments, done.output)
        elif arguments[0] != "-m":
            assert (ROOT / arguments[0]).exists(), arguments


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
