"""Every lesson runs, and prints what its docstring says; the notebooks and the table are made from the same text."""

import re

import course
import pytest

IDS = [path.stem for path in course.LESSONS]

# All in one process, one after the other: TensorFlow is imported once.
pytestmark = pytest.mark.xdist_group("lessons")


def as_expected(printed, expected):
    """The printed lines, where "..." of the expected line stands for whatever was printed there."""
    patterns = (re.escape(line).replace(re.escape("..."), ".*") for line in expected)
    return [
        wanted if re.fullmatch(pattern, line) else line for line, wanted, pattern in zip(printed, expected, patterns)
    ] + printed[len(expected) :]


@pytest.mark.parametrize("path", course.LESSONS, ids=IDS)
def test_a_lesson_prints_what_its_docstring_says(path, tmp_path, run):
    output, errors = run(path, "--logdir", tmp_path)
    assert errors == ""
    lesson = course.read_lesson(path)
    assert lesson.command == f".venv/bin/python examples/{path.name}"
    assert as_expected(output.splitlines(), lesson.output) == lesson.output


def test_what_differs_from_the_docstring_is_seen():
    assert as_expected(["a 12", "b", "c"], ["a ...", "b"]) == ["a ...", "b", "c"]
    assert as_expected(["a 12"], ["a ... us"]) != ["a ... us"]
    assert as_expected(["a"], ["a", "b"]) != ["a", "b"]
