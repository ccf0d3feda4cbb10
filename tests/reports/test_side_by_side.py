"""Two texts side by side: nothing is lost, what corresponds stands together, and marks say what colour says."""

import io
import itertools
import re

import pytest
from rich.console import Console

from graphs.implementations import NAMES, file_of
from graphs.reports.aligned_texts import CHANGED, INDENTED, LEFT_ONLY, RIGHT_ONLY, SAME, Line, Pair, align
from graphs.reports.aligned_texts import differing_words as words
from graphs.reports.side_by_side import ROOM, side_by_side

TEXTS = {name: file_of(name).read_text(encoding="utf-8") for name in NAMES if name != "tf2_xla"}
PAIRS = list(itertools.permutations(TEXTS, 2))
every_pair = pytest.mark.parametrize("names", PAIRS, ids="-".join)


def parts_of(names):
    return {part.name: part for part in align(*(TEXTS[name] for name in names))}


def marks(part):
    return "".join(pair.mark for pair in part.pairs)


def printed(names, width, **options):
    file = io.StringIO()
    page = Console(file=file, width=width, highlight=False, markup=False, soft_wrap=True, **options)
    for line in side_by_side(parts_of(names).values(), names, width):
        page.print(line, soft_wrap=True)
    return file.getvalue()


@every_pair
def test_every_line_of_both_texts_is_in_one_pair_and_in_order(names):
    for side, name in enumerate(names):
        lines = [pair[side] for part in parts_of(names).values() for pair in part.pairs if pair[side]]
        assert lines == list(itertools.starmap(Line, enumerate(TEXTS[name].splitlines(), start=1)))


@every_pair
def test_functions_of_one_name_are_one_part(names):
    found = [set(re.findall(r"(?m)^(?:    )?(?:def|class) (\w+)", TEXTS[name])) for name in names]
    parts = parts_of(names)
    for part in parts.values():
        name = part.name.rpartition(".")[2]
        if name in found[0] & found[1]:
            assert not part.only
            (start,) = [
                pair for pair in part.pairs if pair.left and re.match(rf" *(def|class) {name}\b", pair.left.text)
            ]
            assert start.right
            assert re.match(rf" *(def|class) {name}\b", start.right.text)


def test_what_is_the_same_word_for_word():
    same = [name for name, part in parts_of(("tf1_session", "tf2_function")).items() if part.same]
    assert same == [
        *("forward", "mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy"),
        *("ACTIVATIONS", "LOSSES"),
    ]
    differing = [name for name, part in parts_of(("tf2_eager", "tf2_function")).items() if not part.same]
    assert differing == ["imports", "train_steps", "Execution", "Execution.__init__"]


def test_lines_that_correspond_stand_together():
    parts = parts_of(("tf1_session", "tf2_function"))
    evaluate = [(pair.left and pair.left.text.split()[0], pair.mark) for pair in parts["evaluate"].pairs[:7]]
    assert evaluate == [
        ("def", SAME),
        (None, RIGHT_ONLY),
        *(("activations", INDENTED), ("with", INDENTED), ("loss", INDENTED), ("gradients", CHANGED)),
        ("return", SAME),
    ]
    targets = {
        tuple(line.text.strip().split("(")[0] for line in pair)
        for pair in parts["update"].pairs
        if pair.mark == CHANGED
    }
    assert ("counted = state.step.assign_add", "state.step.assign_add") in targets
    assert ("step = tf.cast", "step = tf.cast") in targets
    assert parts["make_placeholders"].only == parts["Execution.close"].only == LEFT_ONLY
    assert parts["to_numpy"].only == RIGHT_ONLY
    assert parts["update"].only is None


def test_comments_go_with_what_they_are_about():
    left = "# of b\n\n# about f\n@g\ndef f():\n    pass\n\n\nT = {}\n"
    (opening, function, table) = align(left, left)
    assert [pair.left.number for pair in opening.pairs] == [1, 2]
    assert [pair.left.number for pair in function.pairs] == [3, 4, 5, 6, 7, 8]
    assert (function.name, table.name) == ("f", "T")
    assert all(part.same for part in (opening, function, table))


def test_a_blank_line_more_is_no_difference():
    one = Line(1, "")
    assert Pair(one, None).mark == Pair(None, one).mark == SAME
    assert Pair(Line(1, "a"), Line(2, "  a")).mark == INDENTED


def test_the_words_that_differ():
    left, right = words(Pair(Line(1, "a = tf.b(c)"), Line(1, "a = np.b(c)  # d")))
    assert left == [("a = ", False), ("tf", True), (".b(c)", False)]
    assert right == [("a = ", False), ("np", True), (".b(c)", False), ("  # d", True)]


@every_pair
def test_in_one_column_every_line_stands_once_with_its_number(names):
    output = printed(names, 100)
    number = r"( {4}|[ \d]{3}\d)"
    shown = [re.match(rf"{number} {number} ([<> ]) (.*)$", f"{line:12}") for line in output.splitlines()]
    rows = [found.groups() for found in shown if found and (found[1].strip() or found[2].strip())]
    for side, name in enumerate(names):
        lines = [(int(row[side]), row[3]) for row in rows if row[side].strip()]
        assert lines == list(enumerate(TEXTS[name].splitlines(), start=1))
    # A mark says which text has the line; a line of both has none.
    for left, right, mark, text in rows:
        both = left.strip() and right.strip()
        assert mark == (" " if both or not text else LEFT_ONLY if left.strip() else RIGHT_ONLY)


@pytest.mark.parametrize("names", [("tf1_session", "tf2_function"), ("numpy_manual", "tf2_eager")], ids="-".join)
@pytest.mark.parametrize("width", [80, ROOM, 180])
def test_no_word_is_lost_and_nothing_is_wider_than_the_page(names, width):
    output = printed(names, width)
    assert max(map(len, output.splitlines()[1:-5])) <= width
    for name in names:
        for word in set(re.findall(r"\w+", TEXTS[name])):
            assert re.search(rf"\b{word}\b", output), word


def test_two_columns_hold_each_text():
    names, width = ("tf1_session", "tf2_function"), 190
    rows = printed(names, width).splitlines()
    column = (width - 13) // 2 + 5
    start = rows.index("── evaluate")
    left = [row[5:column].rstrip() for row in rows[start + 1 : start + 8]]
    right = [row[column + 8 :].rstrip() for row in rows[start + 1 : start + 8]]
    assert [line for line in left if line] == TEXTS["tf1_session"].splitlines()[44:50]
    assert [line for line in right if line] == TEXTS["tf2_function"].splitlines()[45:52]
    assert [row[column + 1] if len(row) > column else " " for row in rows[start + 1 : start + 8]] == list(" >:::| ")


def test_colour_only_adds():
    names = ("tf1_session", "tf2_function")
    coloured = printed(names, 100, force_terminal=True, color_system="standard")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == printed(names, 100)


def test_the_summary_names_every_part():
    names = ("tf1_session", "tf2_function")
    summary = printed(names, 100).splitlines()[-4:]
    assert summary[2:] == ["Only in tf1_session: make_placeholders, Execution.close", "Only in tf2_function: to_numpy"]
    named = {name for line in summary for name in line.partition(": ")[2].split(", ")}
    assert named == set(parts_of(names))


def test_a_very_long_line_and_odd_breaks_lose_nothing():
    long = "x = '" + "word " * 3000 + "'"
    parts = align(f"def f():\n    {long}\n\f\n    y = '\u2028'\n", "def f():\n    pass\n")
    for width in (80, 180):
        shown = [line.plain for line in side_by_side(parts, ("left", "right"), width)]
        assert "".join(shown).count("word") == 3000
        assert max(map(len, shown)) <= width
