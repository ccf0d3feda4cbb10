"""Two texts laid side by side: function by function, by name, and line by line within a function.

Every line of both texts is in exactly one pair, and each text keeps its order.
"""

import ast
import re
from difflib import SequenceMatcher
from typing import NamedTuple

from graphs.implementations import NAMES, file_of
from graphs.implementations.table import BUILT, TRACED, names_of

SAME, INDENTED, CHANGED, LEFT_ONLY, RIGHT_ONLY = " ", ":", "|", "<", ">"
# {mark: what it says of a pair of lines}
MARKS = {
    CHANGED: "the lines differ",
    INDENTED: "only the indentation differs",
    LEFT_ONLY: "only on the left",
    RIGHT_ONLY: "only on the right",
}
OPENING = "imports"  # what stands before the first definition

ALIKE = 0.4  # lines with a smaller share of words in common are not a pair


class Line(NamedTuple):
    """A line of a text; the first has number 1."""

    number: int
    text: str


class Pair(NamedTuple):
    """Two lines that correspond, or a line without a counterpart."""

    left: Line | None
    right: Line | None

    @property
    def mark(self):
        """SAME, or a key of MARKS. A blank line more is no difference."""
        if self.left is None or self.right is None:
            blank = not any(line.text.strip() for line in self if line)
            return SAME if blank else LEFT_ONLY if self.right is None else RIGHT_ONLY
        if self.left.text == self.right.text:
            return SAME
        return INDENTED if self.left.text.strip() == self.right.text.strip() else CHANGED


class Part(NamedTuple):
    """A function, method or table, or what surrounds them, in both texts or in one."""

    name: str
    pairs: tuple[Pair, ...]

    @property
    def same(self):
        """Whether both texts have it, word for word."""
        return all(pair.mark == SAME for pair in self.pairs)

    @property
    def only(self):
        """LEFT_ONLY or RIGHT_ONLY if just one text has it, else None."""
        marks = {pair.mark for pair in self.pairs} - {SAME}
        both = any(pair.left and pair.right for pair in self.pairs)
        return None if both or len(marks) != 1 else marks.pop()


def pair_to_read(names=NAMES):
    """(left, right): an implementation whose graph is built and one whose graph is traced, if both are among the names;
    else the first two that have texts of their own; None if there are no two.
    """
    first_of = {file_of(name): name for name in reversed(NAMES) if name in names}
    texts = [name for name in NAMES if name in first_of.values()]
    wanted = [names_of(lambda each, origin=origin: each.graph == origin, texts)[:1] for origin in (BUILT, TRACED)]
    pair = [name for found in wanted for name in found]
    pair = pair if len(pair) == 2 else texts[:2]
    return (pair[0], pair[1]) if len(pair) == 2 else None


def texts_of(names):
    """The texts of two implementations, aligned: their Parts."""
    return align(*(file_of(name).read_text(encoding="utf-8") for name in names))


def align(left, right):
    """The Parts of two texts, in their order."""
    parts = []
    ours, theirs = _parts(left), _parts(right)
    our_names, their_names = [name for name, _ in ours], [name for name, _ in theirs]
    for tag, i, i_end, j, j_end in SequenceMatcher(None, our_names, their_names, autojunk=False).get_opcodes():
        if tag == "equal":
            both = zip(ours[i:i_end], theirs[j:j_end], strict=True)
            parts += [Part(name, tuple(_pairs(lines, others))) for (name, lines), (_, others) in both]
        else:
            parts += [Part(name, tuple(Pair(line, None) for line in lines)) for name, lines in ours[i:i_end]]
            parts += [Part(name, tuple(Pair(None, line) for line in lines)) for name, lines in theirs[j:j_end]]
    return parts


def differing_words(pair):
    """([(words, whether they differ)] of the left line, the same of the right line) of two lines that correspond.

    A line is its words, joined. Its indentation does not count as a word that differs.
    """
    indents = [line.text[: len(line.text) - len(line.text.lstrip())] for line in pair]
    left, right = (_words(line.text.lstrip()) for line in pair)
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    one = [("".join(left[i:i_end]), tag != "equal") for tag, i, i_end, _, _ in blocks if i < i_end]
    other = [("".join(right[j:j_end]), tag != "equal") for tag, _, _, j, j_end in blocks if j < j_end]
    return tuple([(indent, False), *line] if indent else line for indent, line in zip(indents, (one, other)))


def _parts(text):
    """[(name, Lines)]: each part with the comments just above it."""
    lines = [Line(number, line) for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1)]
    starts = [(OPENING, 1)]
    for node in ast.parse(text).body:
        if name := _name(node):
            starts.append((name, _first_line(node)))
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            starts += [(f"{node.name}.{method.name}", _first_line(method)) for method in methods]
    firsts = [_with_comments(lines, number) for _, number in starts[1:]]
    return [
        (name, lines[begin - 1 : end - 1])
        for (name, _), begin, end in zip(starts, [1, *firsts], [*firsts, len(lines) + 1], strict=True)
    ]


def _name(node):
    """The name of a definition or a table; None for any other statement."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _with_comments(lines, number):
    """The first of the comments that end just above a line."""
    while number > 1 and lines[number - 2].text.strip().startswith("#"):
        number -= 1
    return number


def _pairs(left, right):
    """The Pairs of two lists of Lines, chosen so that what they have in common is as much as possible."""
    # best[i][j]: the most that left[i:] and right[j:] can have in common.
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    common = {}
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            common[i, j] = _in_common(left[i].text, right[j].text)
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + common[i, j])
    i = j = 0
    while i < len(left) and j < len(right):
        if common[i, j] and best[i][j] == best[i + 1][j + 1] + common[i, j]:
            yield Pair(left[i], right[j])
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield Pair(left[i], None)
            i += 1
        else:
            yield Pair(None, right[j])
            j += 1
    yield from (Pair(line, None) for line in left[i:])
    yield from (Pair(None, line) for line in right[j:])


def _in_common(left, right):
    """How much two lines have in common: from 0 to 1 for a part of their words, more than that for all of them."""
    if left.strip() == right.strip():
        return (1.5 if left == right else 1.25) if left.strip() else 0.1
    if not (left.strip() and right.strip()):
        return 0
    # Two comments may correspond, a comment and a statement do not.
    if left.strip().startswith("#") != right.strip().startswith("#"):
        return 0
    ours, theirs = ([word for word in _words(line) if word.strip()] for line in (left, right))
    ratio = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return ratio if ratio >= ALIKE else 0


def _words(text):
    return re.findall(r"\w+|\s+|[^\w\s]", text)
