"""Starts the server of a view of a comparison."""

import contextlib
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from graphs.event_log.logged_inspection import check_texts, compared, read_results
from graphs.explorer.files import write_files
from graphs.explorer.page import page
from graphs.explorer.pane import panes
from graphs.explorer.server import ViewServer
from graphs.explorer.side import read_sides
from graphs.implementations import NAMES
from graphs.refusals import check_choice, check_port, refusal
from graphs.reports.aligned_texts import pair_to_read

# Its dependencies, of which the page needs none, take 500 MB and do not exist for every machine.
INSTALL = "pip install --no-deps ai-edge-model-explorer==0.1.34"


@contextlib.contextmanager
def launched(folder, left, right, port):
    """(a server that does not serve yet, the address of the page) for two graphs of a finished comparison.

    left, right: their names; None for both stands for the graph of the session and that of the function. What the page
    reads is in a temporary folder, as long as the server is open.

    Raises ValueError if Model Explorer is not installed, if the comparison is not one of today's texts or lacks a
    graph, or if the port is not available.
    """
    web_app = _web_app()
    check_port(port)
    results = read_results(folder)
    check_texts(folder, results, compared(results))
    sides = read_sides(folder)
    if len(sides) < 2:
        raise refusal("run", f"{folder}, which holds {len(sides)} graphs", "a comparison with two graphs")
    if left is None:
        left, right = pair_to_read([name for name in NAMES if name in sides]) or list(sides)[:2]
    with tempfile.TemporaryDirectory() as files:
        page_of(sides, Path(files), {"left": left, "right": right})  # refuses now what it would refuse later
        try:
            server = ViewServer(port, web_app, files, partial(page_of, sides, Path(files)))
        except OSError as error:
            raise refusal("port", f"{port} ({error.strerror})", "a free port, or 0 for any") from None
        with server:
            yield server, f"{server.address}/view?left={left}&right={right}"


def page_of(sides, files, query):
    """The page for a query {left: name, right: name}, after writing what it reads into the folder files."""
    left, right = (query.get(field) for field in ("left", "right"))
    check_choice("left", left, tuple(sides))
    others = [name for name in sides if name != left]
    if right not in others:
        raise refusal("right", "nothing" if right is None else repr(right), ", ".join(others))
    name = f"{left}_beside_{right}"
    both = panes(sides[left], sides[right])
    write_files(both, files / name)
    return page(both, list(sides), name)


def _web_app():
    """The folder of Model Explorer's page."""
    package = find_spec("model_explorer")
    for place in package.submodule_search_locations or () if package else ():
        if (Path(place) / "web_app" / "index.html").is_file():
            return Path(place) / "web_app"
    raise refusal("model_explorer", "no such package", f"the one that this installs: {INSTALL}")
