"""Two texts side by side as a page for the projector: each line with the operations that it becomes.

The page is one file that needs nothing else. It holds every node of both graphs, at the line that made it or in a list
of those that TensorFlow made by itself. Nodes that are the same on both sides carry the same number, that of the pair,
and nodes that one kernel ran carry the name of that kernel's node.
"""

from collections import Counter
from functools import cached_property
from typing import Any, NamedTuple

from graphs.implementations import file_of
from graphs.implementations.table import REFERENCE
from graphs.inspection.data_flow import KINDS
from graphs.inspection.node_map import node_map
from graphs.inspection.twins import twins
from graphs.reports.aligned_texts import CHANGED, LEFT_ONLY, MARKS, RIGHT_ONLY, differing_words, texts_of
from graphs.reports.coloured_code import coloured_lines, to_html
from graphs.reports.human_numbers import duration
from graphs.reports.text_side import COMPUTING, ReferenceSide, Side

SAME_IN_BOTH = "the same in both"
PAGE = "texts.html"  # its name in the folder of a comparison
SEVERAL = 3  # nodes; of more than that a card says less
REPEATED = "update/"  # what is made below it is made once for each parameter, by the same lines


class Chip(NamedTuple):
    """Nodes that the page shows as one: an operation, the same one for each parameter, or the nodes of a kind."""

    label: str
    nodes: tuple[str, ...]
    shape: str  # empty for a scalar, or if the nodes differ in it
    us: float | None  # None if nothing was measured
    alone: bool  # without a twin
    pairs: tuple[int, ...]  # the numbers of the pairs that its nodes belong to
    kernels: tuple[str, ...]  # the executed nodes that ran its nodes
    card: str  # what the page says of it, in lines

    @property
    def time(self):
        """Its time in words; empty if nothing was measured."""
        return "" if self.us is None else short(self.us)


class Chips(NamedTuple):
    """The Chips of a line, or of one line of the update rule that it called."""

    rule: str  # empty, or the line of the rule
    chips: list[Chip]


class Kernels(NamedTuple):
    """Kernels of one kind that ran the operations of a line."""

    operation: str
    several: int  # how many
    us: float
    computes: str  # the operations, if they are several
    lines: tuple[int, ...]  # the other lines whose operations they computed, too

    @property
    def time(self):
        """Their time in words."""
        return short(self.us)


class Cell(NamedTuple):
    """A line of one text and what it becomes."""

    number: int
    indent: int
    code: str
    groups: list[Chips]
    kernels: list[Kernels]
    not_run: list[str]  # operations
    card: str

    @property
    def chips(self):
        """All Chips."""
        return [chip for group in self.groups for chip in group.chips]

    @property
    def pairs(self):
        """The numbers of the pairs of its Chips."""
        return [number for chip in self.chips for number in chip.pairs]


class Page:
    """What the template shows.

    names: (left, right). results: those of the comparison, as graphs.reports.comparison.to_json writes them.
    """

    def __init__(self, inspection, names, spec, results):
        self.names, self.spec, self.results = names, spec, results
        self._parts = texts_of(names)
        self.sides = self._sides(inspection)
        left, right = self.sides
        if self.with_reference:
            found = {name: name for name in next(side for side in self.sides if side.name == REFERENCE).nodes}
        else:
            found = twins(left.graph_def, right.graph_def)
        self._pairs = [
            {name: number for number, name in enumerate(found)},
            {name: number for number, name in enumerate(found.values())},
        ]
        self._colours = [coloured_lines(file_of(name).read_text(encoding="utf-8")) for name in names]

    @cached_property
    def slowest_us(self):
        """The time of the slowest Chip; 0 if nothing was measured."""
        cells = [cell for *_, rows in self.sections for row in rows for cell in row[2:] if cell]
        loose = [chip for groups in self.without_line() for group in groups for chip in group.chips]
        return max((chip.us or 0 for chip in [*loose, *(chip for cell in cells for chip in cell.chips)]), default=0)

    @property
    def with_reference(self):
        """Whether one side has no graph."""
        return REFERENCE in self.names

    def _sides(self, inspection):
        with_graph: dict[str, Any] = {name: Side(inspection, name) for name in self.names if name != REFERENCE}
        if self.with_reference:
            (other,) = with_graph.values()
            with_graph[REFERENCE] = ReferenceSide(REFERENCE, other, self._lines_of_reference(other))
        return [with_graph[name] for name in self.names]

    def _lines_of_reference(self, other):
        """{node of the other side: line of the reference}; what a rule computes belongs to the line that calls it."""
        place = self.names.index(REFERENCE)
        beside = {
            pair[1 - place].number: pair[place].number for part in self._parts for pair in part.pairs if all(pair)
        }
        found = {}
        for row in node_map(self.spec, {other.name: other.graph_def}, {}):
            node = row.nodes[other.name]
            of_reference = row.line and row.line.file == REFERENCE
            found[node] = row.line.number if of_reference else beside.get(other.lines[node])
        return found

    @cached_property
    def sections(self):
        """[(name, note, whether it can be folded away, [(mark, meaning, left Cell, right Cell)])]"""
        left, right = self.sides
        notes = {LEFT_ONLY: f"only in {left.file}", RIGHT_ONLY: f"only in {right.file}", None: "differs"}
        found = []
        for part in self._parts:
            rows = [
                (pair.mark, MARKS.get(pair.mark, ""), *(self._cell(place, pair) for place in (0, 1)))
                for pair in part.pairs
            ]
            while rows and not any(cell and cell.code for cell in rows[-1][2:]):
                rows.pop()  # blank lines between two parts
            idle = not any(cell and cell.chips for row in rows for cell in row[2:])
            found.append((part.name, SAME_IN_BOTH if part.same else notes[part.only], part.same and idle, rows))
        return found

    def _cell(self, place, pair):
        line = pair[place]
        if line is None:
            return None
        side = self.sides[place]
        names = [name for name, number in side.lines.items() if number == line.number]
        segments = differing_words(pair)[place] if pair.mark == CHANGED else [(line.text, False)]
        code = to_html(self._colours[place][line.number], segments)
        groups = self.groups(place, names)
        what = [f"{chip.label}{_times(len(chip.nodes))} {chip.time}".rstrip() for _, chips in groups for chip in chips]
        card = f"{side.file}, line {line.number}: {line.text.strip()}\n{', '.join(what)}"
        indent = len(line.text) - len(line.text.lstrip())
        return Cell(
            line.number, indent, code, groups, self._kernels(side, names, line.number), _not_run(side, names), card
        )

    def without_line(self):
        """The list of Chips of each side for the nodes that no line of the text made."""
        return [
            self.groups(place, [name for name, number in side.lines.items() if number is None])
            for place, side in enumerate(self.sides)
        ]

    def groups(self, place, names):
        """The Chips of some nodes, rule by rule, operations first."""
        side = self.sides[place]
        by_rule: dict[str, dict[tuple, list[str]]] = {}
        for name in names:
            kind, alone, rule = side.kinds[name], self._alone(place, name), side.rule(name)
            if kind in COMPUTING and not name.startswith(REPEATED):
                key = (-1, alone, name)
            elif kind in COMPUTING:
                key = (-1, alone, side.label(name))
            else:
                key = (list(KINDS).index(kind), alone, side.nodes[name].op if alone else kind)
            group = by_rule.setdefault(f"{rule}: {rule.text()}" if rule else "", {})
            group.setdefault(key, []).append(name)
        return [
            Chips(rule, [self._chip(place, group[key], key[1]) for key in sorted(group, key=lambda key: key[:2])])
            for rule, group in by_rule.items()
        ]

    def _alone(self, place, name):
        return name not in self._pairs[place] and not self.with_reference

    def _chip(self, place, names, alone):
        side = self.sides[place]
        shapes = {side.shape(name) for name in names}
        measured = [side.us[name] for name in names if name in side.us]
        label = side.nodes[names[0]].op if alone else side.label(names[0])
        says = [side.says(name) for name in names]
        if len(names) > SEVERAL:
            each = [f"{name} {side.shape(name)}".rstrip() for name in names]
            kernels = Counter(side.kernels[side.runners[name]] for name in names if name in side.runners)
            ran = [f"{kernel}{_times(count)}" for kernel, count in kernels.items()]
            says = [f"{label}{_times(len(names))}: {', '.join(each)}", *([f"run by {', '.join(ran)}"] if ran else [])]
        if alone:
            kind = side.kinds[names[0]]
            says.append(f"No twin in {self.names[1 - place]}. {kind}: {KINDS[kind]}")
        return Chip(
            label,
            tuple(names),
            shapes.pop() if len(shapes) == 1 else "",
            sum(measured) if measured else None,
            alone,
            tuple(self._pairs[place][name] for name in names if name in self._pairs[place]),
            tuple(dict.fromkeys(side.runners[name] for name in names if name in side.runners)),
            "\n".join(says),
        )

    @staticmethod
    def _kernels(side, names, number):
        groups: dict[tuple, list[float]] = {}
        for runner in dict.fromkeys(side.runners[name] for name in names if name in side.runners):
            computed = side.computed[runner]
            computes = " + ".join(side.label(name) for name in computed) if len(computed) > 1 else ""
            lines = sorted({side.lines[name] for name in computed} - {number})
            groups.setdefault((side.kernels[runner], computes, tuple(lines)), []).append(
                side.executed_us.get(runner, 0.0)
            )
        return [Kernels(key[0], len(us), sum(us), *key[1:]) for key, us in groups.items()]

    def alone(self):
        """[(place, kind, [(operation, how many)], lines, why)]: the nodes without a twin."""
        found = []
        for place, side in enumerate(self.sides):
            for kind, why in KINDS.items():
                names = [name for name in side.nodes if side.kinds[name] == kind and self._alone(place, name)]
                if names:
                    operations = Counter(side.nodes[name].op for name in names)
                    lines = sorted({side.lines[name] for name in names if side.lines[name]})
                    found.append((place, kind, operations.items(), lines, why))
        return found

    def alone_counts(self):
        """(left, right): how many nodes have no twin."""
        return [sum(self._alone(place, name) for name in side.nodes) for place, side in enumerate(self.sides)]

    def with_kernels(self):
        """The places of the sides whose kernels are known."""
        return [place for place, side in enumerate(self.sides) if side.executed is not None]

    def fused(self):
        """[(operations, {place: (kernel, time, lines)})]: the kernels that compute several operations."""
        rows: dict[tuple, tuple[str, dict[int, tuple]]] = {}
        for place, side in enumerate(self.sides):
            for runner, computed in side.computed.items():
                if len(computed) > 1:
                    key = tuple(self._pairs[place].get(name, name) for name in computed)
                    operations = " + ".join(side.label(name) for name in computed)
                    lines = sorted({side.lines[name] for name in computed})
                    time = short(side.executed_us[runner]) if runner in side.executed_us else ""
                    rows.setdefault(key, (operations, {}))[1][place] = (side.kernels[runner], time, lines)
        return list(rows.values())


def texts_page(inspection, names, spec, results):
    """The page as HTML; arguments as for Page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("graphs.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    content = {
        "page": Page(inspection, names, spec, results),
        "marks": MARKS.items(),
        "reference": REFERENCE,
        "same": SAME_IN_BOTH,
    }
    return environment.get_template("texts.html").render(content, times=_times)


def short(us):
    """Microseconds in so few digits that they can be read from afar."""
    return f"{us:.1f} us" if us < 9.95 else duration(round(us))


def _not_run(side, names):
    """The operations among some nodes that no kernel ran."""
    if side.executed is None:
        return []
    return [side.label(name) for name in names if side.kinds[name] == "mathematics" and name not in side.runners]


def _times(count):
    return f" \u00d7{count}" if count > 1 else ""
