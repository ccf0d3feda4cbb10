"""Imports go one way through the package: a room knows only rooms before it."""

import ast
from pathlib import Path

import graphs

ORDER = [
    *("refusals", "optimizers", "network", "input_checks", "training", "system", "data"),
    *("implementations", "parity", "inspection", "timing", "comparison", "explain", "reports", "event_log"),
    *("explorer", "commands"),
    *("lesson", "__main__"),
]


def imported(file):
    """The rooms of graphs that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "graphs":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("graphs."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("graphs."))


def test_a_room_imports_only_rooms_before_it():
    package = Path(graphs.__file__).parent
    found: dict[str, set[str]] = {}
    for file in package.rglob("*.py"):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room != "__init__":
            found.setdefault(room, set()).update(set(imported(file)) - {room})
    assert sorted(found) == sorted(ORDER)
    for room, others in found.items():
        assert {other for other in others if ORDER.index(other) >= ORDER.index(room)} == set(), room
