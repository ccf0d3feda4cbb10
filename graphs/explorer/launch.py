"""Starts the server of a view of a comparison."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from graphs.explorer.files import write_files
from graphs.explorer.page import page
from graphs.explorer.pane import panes
from graphs.explorer.server import ViewServer
from graphs.explorer.side import read_sides
from graphs.implementations import NAMES
from graphs.refusals import Refusal, check_choice, check_port, refusal
from graphs.reports.aligned_texts import pair_to_read

# Its dependencies, of which the page needs none, take 500 MB and do not exist for every machine.
INSTALL = "pip install --no-deps ai-edge-model-explorer==0.1.34"
FOLDER = "model_explorer"  # in the folder of the comparison


def launch(folder, left, right, port):
    """(a server that does not serve yet, the address of the page) for two graphs of a finished comparison.

    left, right: their names; None for both stands for the graph of the session and that of the function.

    Raises ValueError if Model Explorer is not installed, if the comparison lacks a graph, if its folder cannot be
    written, or if the port is not available.
    """
    package = find_spec("model_explorer")
    if package is None or not package.submodule_search_locations:
        raise Refusal(f"model_explorer: got no such package; allowed: the one that this installs: {INSTALL}")
    check_port(port)
    sides = read_sides(folder)
    if left is None:
        left, right = _default(sides)
    page_of(sides, folder / FOLDER, {"left": left, "right": right})  # refuses now what it would refuse later
    try:
        server = ViewServer(
            port,
            Path(package.submodule_search_locations[0]) / "web_app",
            folder / FOLDER,
            partial(page_of, sides, folder / FOLDER),
        )
    except OSError as error:
        raise refusal("port", f"{port} ({error.strerror})", "a free port, or 0 for any") from None
    return server, f"{server.address}/view?left={left}&right={right}"


def _default(sides):
    """The names of the two sides that are shown if none are named; the second is empty if there is no second."""
    return pair_to_read([name for name in NAMES if name in sides]) or [*sides, ""][:2]


def page_of(sides, files, query):
    """The page for a query {left: name, right: name}, after writing what it reads into the folder files."""
    left, right = (query.get(field) for field in ("left", "right"))
    for field, name in (("left", left), ("right", right)):
        check_choice(field, name, tuple(sides))
    if left == right:
        raise refusal("right", repr(right), ", ".join(name for name in sides if name != left))
    name = f"{left}_beside_{right}"
    both = panes(sides[left], sides[right])
    write_files(both, files / name)
    return page(both, list(sides), name)
