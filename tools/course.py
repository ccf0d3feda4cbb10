"""Makes the course from the lessons in examples/: their notebooks in docs/course/, executed, and examples/README.md.

It needs the extra "course".
"""

import argparse
import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

import jupytext
from nbformat.v4 import new_markdown_cell

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = ROOT / "docs" / "course"
LESSONS = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))
TIME_LIMIT_S = 120  # for a cell of a notebook

FIELDS = ("Question", "Claim of the notes", "Before you run it", "Found", "Asserted", "Minutes")


class LessonText(NamedTuple):
    """What a lesson's docstring says, each text on one line, its command and output as lines."""

    title: str
    question: str
    heading: str  # of the notes
    claim: str  # quoted from the notes, and translated
    before: str
    command: str
    output: list[str]
    found: str
    asserted: str
    minutes: str


def read_lesson(path):
    """The LessonText of a lesson's file. Raises ValueError, naming the file, if a part of its docstring is missing."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    shape = r"(?P<title>[^\n]+)\n\n"
    shape += "".join(rf"{field}: (?P<{_key(field)}>.+?)\n" for field in FIELDS[:3])
    shape += r"\n    \$ (?P<command>[^\n]+)\n(?P<output>.+?)\n\n"
    shape += "\n".join(rf"{field}: (?P<{_key(field)}>.+?)" for field in FIELDS[3:])
    found = re.fullmatch(shape, text or "", re.DOTALL)
    if not found:
        raise ValueError(
            f"{path.name}: the docstring needs a title, {', '.join(FIELDS)}, and a command with its output"
        )
    parts = {name: " ".join(part.split()) for name, part in found.groupdict().items()}
    heading, quote, claim = parts.pop("claim").partition('. "')
    if not quote:
        raise ValueError(
            f'{path.name}: Claim of the notes: got no quotation; allowed: HEADING. "QUOTATION" (translation)'
        )
    output = [line.removeprefix("    ") for line in found["output"].splitlines()]
    del parts["output"]
    return LessonText(heading=heading, claim=f'"{claim}', output=output, **parts)


def _key(field):
    return field.split()[0].lower()


def notebook(path):
    """The notebook of a lesson, not executed: its docstring and the titles of its cells become Markdown."""
    lesson = read_lesson(path)
    script = jupytext.read(path)
    made = script.copy()
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made.cells = [new_markdown_cell(_opening(path, lesson))]
    for cell in script.cells:
        if title := cell.metadata.pop("title", None):
            made.cells.append(new_markdown_cell(f"### {title.rstrip('.')}"))
        made.cells.append(cell)
    made.cells[1].source = without_docstring(made.cells[1].source)
    made.cells.append(new_markdown_cell(f"**Found:** {lesson.found}"))
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number:02}"  # the same each time it is made
    return made


def _opening(path, lesson):
    return "\n\n".join(
        [
            f"# {int(path.stem[:2])}. {lesson.title}",
            f"**Question:** {lesson.question}",
            f"**Claim of the notes** ({lesson.heading}): {lesson.claim}",
            f"**Before you run it:** {lesson.before}",
            f"*Made from `examples/{path.name}`. It needs this repository's package, `graphs`, in its environment.*",
        ]
    )


def without_docstring(source):
    """The source of a lesson's first cell, from its imports on."""
    docstring = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[docstring.end_lineno :]).strip()


def execute(made):
    """Run a notebook from top to bottom, as a reader in the project's folder would. Raises CellExecutionError."""
    from nbclient import NotebookClient

    NotebookClient(made, timeout=TIME_LIMIT_S, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # its times would differ each time


def table():
    """examples/README.md: a row for each lesson."""
    lessons = {path: read_lesson(path) for path in LESSONS}
    rows = [
        f"| [{path.stem[:2]}]({path.name}) | [{lesson.title}](../docs/course/{path.stem}.ipynb) | {lesson.question} |"
        f" {lesson.heading} | {lesson.minutes} | {lesson.asserted} | {lesson.found} |"
        for path, lesson in lessons.items()
    ]
    return TABLE_OPENING + "\n".join(rows) + "\n"


TABLE_OPENING = """# The course at a glance

Each lesson is a script to read from top to bottom; the code is the lesson. Its docstring asks for a prediction before
you run it, and shows what it prints. The number opens the script, the title its notebook. "The notes" are an
introduction to neural networks and TensorFlow in Chinese: each lesson quotes one of their claims, measures it, and says
what it found. Every lesson takes `--help`, `--logdir`, `--seed` and `--quiz`; the last asks for your predictions and
counts the right ones.

| | lesson | question | heading of the notes | minutes | what it asserts | what it found |
|---|---|---|---|---|---|---|
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    known = [path.stem[:2] for path in LESSONS]
    parser.add_argument("numbers", nargs="*", metavar="NN", help="Lessons, such as 13; all if none is named.")
    parser.add_argument("--table", action="store_true", help="Write examples/README.md alone.")
    options = parser.parse_args()
    if unknown := set(options.numbers) - set(known):
        sys.exit(f"lesson: got {', '.join(sorted(unknown))}; allowed: {', '.join(known)}")
    made_table = table()
    made = {}
    if not options.table:
        for path in LESSONS:
            if not options.numbers or path.stem[:2] in options.numbers:
                print(f"{path.stem}", flush=True)
                made[path] = notebook(path)
                execute(made[path])
    # Written only now, so that a lesson that fails leaves everything as it was.
    NOTEBOOKS.mkdir(parents=True, exist_ok=True)
    for path, executed in made.items():
        jupytext.write(executed, NOTEBOOKS / f"{path.stem}.ipynb")
    (EXAMPLES / "README.md").write_text(made_table, encoding="utf-8")


if __name__ == "__main__":
    main()
