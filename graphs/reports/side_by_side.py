"""Two aligned texts for the terminal: in two columns where there is room, and otherwise as one, line above line.

Common lines stand once in one column, twice in two. A mark says what colour says, so that nothing is lost in a pipe.
"""

import itertools

from rich.text import Text

from graphs.reports.aligned_texts import CHANGED, INDENTED, LEFT_ONLY, MARKS, RIGHT_ONLY, SAME, differing_words

ROOM = 140  # columns from which two texts fit beside each other
NUMBER = 4  # columns of a line's number
COLOURS = {LEFT_ONLY: "red", RIGHT_ONLY: "green"}
DEEPER = 4  # columns by which the rest of a line that is too long is indented


def side_by_side(parts, names, width):
    """The Texts to print: a legend, the parts, and which of them differ.

    names: (left, right). width: columns of the page; lines that are longer are wrapped.
    """
    two_columns = width >= ROOM
    yield from _legend(names, two_columns, width)
    for part in parts:
        yield from _heading(part, names)
        yield from (_two_columns if two_columns and not part.same else _one_column)(part, width)
    yield Text()
    yield from _summary(parts, names)


def _legend(names, two_columns, width):
    if two_columns:
        yield Text(f"{' ' * NUMBER} {names[0]:<{_column(width)}}   {' ' * NUMBER} {names[1]}", "bold")
        marks = MARKS
    else:
        marks = {LEFT_ONLY: f"only in {names[0]}", RIGHT_ONLY: f"only in {names[1]}"}
    yield Text("   ".join(f"{mark} {meaning}" for mark, meaning in marks.items()), "dim")


def _heading(part, names):
    where = {LEFT_ONLY: f": only in {names[0]}", RIGHT_ONLY: f": only in {names[1]}", None: ""}
    note = ": the same in both" if part.same else where[part.only]
    yield Text()
    yield Text(f"── {part.name}{note}", "dim" if part.same else "bold")


def _two_columns(part, width):
    column = _column(width)
    for pair in part.pairs:
        cells = [_cell(line, text, column) for line, text in zip(pair, _coloured(pair), strict=True)]
        for row in range(max(map(len, cells))):
            left, right = (cell[row] if row < len(cell) else Text() for cell in cells)
            left.pad_right(max(0, column + NUMBER + 1 - len(left)))
            yield _stripped(Text.assemble(left, f" {pair.mark if row == 0 else ' '} ", right))


def _one_column(part, width):
    style = "dim" if part.same else ""
    column = width - 2 * NUMBER - 4
    for mark, pairs in itertools.groupby(part.pairs, lambda pair: pair.mark):
        shown = []
        for pair in pairs:
            left, right = _coloured(pair)
            if mark == SAME:
                shown.append((pair.left, pair.right, SAME, Text((pair.left or pair.right).text, style)))
            if mark in (CHANGED, INDENTED, LEFT_ONLY):
                shown.append((pair.left, None, LEFT_ONLY, left))
            if mark in (CHANGED, INDENTED, RIGHT_ONLY):
                shown.append((None, pair.right, RIGHT_ONLY, right))
        if mark == INDENTED:  # a block reads better whole
            shown.sort(key=lambda each: each[2] == RIGHT_ONLY)
        for left, right, shown_mark, text in shown:
            numbers = f"{_number(left)} {_number(right)} {shown_mark} "
            for row, wrapped in enumerate(_wrap(text, column)):
                before = (numbers if row == 0 else " " * len(numbers), COLOURS.get(shown_mark, "dim"))
                yield _stripped(Text.assemble(before, wrapped))


def _summary(parts, names):
    differing = [part.name for part in parts if not part.same and not part.only]
    for title, found in (
        ("Differ", differing),
        ("The same in both", [part.name for part in parts if part.same]),
        (f"Only in {names[0]}", [part.name for part in parts if part.only == LEFT_ONLY]),
        (f"Only in {names[1]}", [part.name for part in parts if part.only == RIGHT_ONLY]),
    ):
        if found:
            yield Text(f"{title}: {', '.join(found)}")


def _column(width):
    """The columns of each of two texts, beside numbers and marks."""
    return (width - 2 * (NUMBER + 1) - 3) // 2


def _coloured(pair):
    """The two lines of a Pair as Texts: a line without a counterpart in colour, or the words that differ."""
    if pair.mark == CHANGED:
        both = zip(differing_words(pair), (LEFT_ONLY, RIGHT_ONLY), strict=True)
        return [
            Text.assemble(*((words, f"bold {COLOURS[side]}" if differs else "") for words, differs in line))
            for line, side in both
        ]
    return [Text(line.text, COLOURS.get(pair.mark, "")) if line else Text() for line in pair]


def _cell(line, text, column):
    numbers = itertools.chain([_number(line)], itertools.repeat(" " * NUMBER))
    return [Text.assemble((number, "dim"), " ", row) for number, row in zip(numbers, _wrap(text, column))]


def _number(line):
    return f"{line.number if line else '':>{NUMBER}}"


def _wrap(text, column):
    """The rows of a line; the rest of a line that is too long is indented more than its beginning."""
    indent = len(text.plain) - len(text.plain.lstrip())
    deeper = min(indent + DEEPER, column // 2)
    rows, rest = [], text
    while len(rest) > column:
        start = len(rest.plain) - len(rest.plain.lstrip())
        end = rest.plain.rfind(" ", start + 1, column)
        end = end if end > 0 else column
        rows.append(rest[:end])
        rest = rest[end:]
        rest = Text.assemble(" " * deeper, rest[len(rest.plain) - len(rest.plain.lstrip()) :])
    return [*rows, rest]


def _stripped(text):
    text.rstrip()
    return text
