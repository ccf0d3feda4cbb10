"""Writes the index by symptom in docs/migration.md from the pitfalls in examples/pitfalls/."""

import ast
import re
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "pitfalls"
PAGE = ROOT / "docs" / "migration.md"
BEGIN, END = "<!-- made by tools/pitfalls.py -->\n", "<!-- until here -->\n"
THEMES = ("Graphs and sessions", "Tracing", "Gradients", "Losses", "Optimizers", "Numbers", "Files and logs")


class Pitfall(NamedTuple):
    """What the docstring of a pitfall says, each text on one line, its command and output as lines."""

    title: str
    theme: str  # one of THEMES
    symptom: str
    answer: str
    threads: str  # of GitHub issues; empty if none is named
    command: str
    output: list[str]
    why: str


def paths():
    """The files of the pitfalls: those whose docstring names a symptom."""
    return [path for path in sorted(FOLDER.glob("*.py")) if "\nSymptom: " in path.read_text(encoding="utf-8")]


def read_pitfall(path):
    """The Pitfall of a file. Raises ValueError, naming the file, if a part of its docstring is missing."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    shape = r"(?P<title>[^\n]+)\n\nTheme: (?P<theme>.+?)\nSymptom: (?P<symptom>.+?)\nAnswer: (?P<answer>.+?)\n"
    shape += r"(Threads: (?P<threads>.+?)\n)?\n    \$ (?P<command>[^\n]+)\n(?P<output>.+?)\n\nWhy: (?P<why>.+?)"
    found = re.fullmatch(shape, text, re.DOTALL)
    if not found or found["theme"] not in THEMES:
        parts = f"Theme (one of {', '.join(THEMES)}), Symptom, Answer, a command with its output, Why"
        raise ValueError(f"{path.name}: the docstring needs a title, {parts}")
    texts: dict[str, Any] = {name: " ".join((part or "").split()) for name, part in found.groupdict().items()}
    texts["output"] = [line.removeprefix("    ") for line in found["output"].splitlines()]
    return Pitfall(**texts)


def index():
    """A table for each theme: symptom, answer and file."""
    pitfalls = [(path, read_pitfall(path)) for path in paths()]
    lines = []
    for theme in THEMES:
        lines += [f"### {theme}\n", "| symptom | answer | to run |", "|---|---|---|"]
        lines += [
            f"| {_cell(pitfall.symptom)} | {_cell(pitfall.answer)} | [{path.stem}](../examples/pitfalls/{path.name}) |"
            for path, pitfall in pitfalls
            if pitfall.theme == theme
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(text):
    """A text as it stands in a table; a sentence that begins with a word, not with code, begins with a capital."""
    first = text.split()[0]
    return (text[0].upper() + text[1:] if first.isalpha() else text).replace("|", "\\|")


def page():
    """docs/migration.md with its index made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{index()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
