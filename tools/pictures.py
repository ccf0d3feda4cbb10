"""Makes the pictures of the docs again: TensorBoard, the two panes of graphs view and the two texts of graphs read, all
on one comparison, as Chromium shows them.

python tools/pictures.py

The comparison is the one that `graphs compare` makes without options. The window has the size of a projector's picture,
1280 x 720, and twice its dots. Model Explorer has to be installed (see the README).
"""

import contextlib
import sys
import tempfile
from pathlib import Path

from graphs.commands.shared_options import DEFAULT_LOGDIR
from graphs.comparison import Plan
from graphs.data.datasets import default_epochs, default_spec, load_dataset
from graphs.event_log.folders import make_folder
from graphs.event_log.launch_tensorboard import launch
from graphs.reports.texts_page import PAGE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))  # it looks at pages as the tests do
from browser import browser
from explorer_page import explorer_browser, served
from log_files import compare_with_log
from own_page import browser as texts_browser
from own_page import chip, opened

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH, HEIGHT, DOTS = 1280, 720, 2


def main():
    """Make a comparison, and the pictures of each page that shows it."""
    # TensorBoard's page shows the path of the folder, so it is the reader's.
    with tempfile.TemporaryDirectory() as home, contextlib.chdir(home):
        folder = make_folder(DEFAULT_LOGDIR)
        _, log = compare_with_log(plan(), folder)
        if log.failure:
            raise OSError(log.failure)
        for pictures in (tensorboard, explorer, texts):
            pictures(folder)
    print(*sorted(path.name for path in DOCS.glob("*.png")))


def plan():
    """The Plan of `graphs compare` without options."""
    data = load_dataset("digits")
    return Plan(default_spec(data), data, batch_size=64, epochs=default_epochs("digits"))


def tensorboard(folder):
    """The pictures of TensorBoard."""
    with browser(WIDTH, HEIGHT, DOTS) as page:
        page.open(launch(folder, port=0))
        page.picture_of_graph(DOCS / "tf1_session.png")
        page.choose("traced step")
        page.colour_by("compute-time")
        page.picture(DOCS / "compute_time.png")
        for run in ("02_tf2_eager", "03_tf2_function"):
            page.choose(run)
            page.picture_of_graph(DOCS / f"{run[3:]}.png")
        for name, run in (("written", "01_tf1_session"), ("executed", "06_tf1_session_executed")):
            page.choose(run)
            page.open_box("layer1")
            page.picture_of_graph(DOCS / f"layer1_{name}.png", ["layer1", "weights1", "biases1", "inputs"])
        page.choose("08_tf1_session_loop")
        page.picture_of_graph(DOCS / "loop.png")
        page.open_tab("text")
        page.picture(DOCS / "node_map.png")


def explorer(folder):
    """The pictures of graphs view."""
    with explorer_browser(WIDTH, HEIGHT, DOTS) as page:
        with served(folder, "tf1_session", "tf2_function") as url:
            page.open(url)
            page.picture(DOCS / "view.png")
            page.click(0, "layer1/matmul")
            page.picture(DOCS / "view_twin.png")
            page.choose("Nodes that only tf1_session has", "gradients/layer1/matmul/MatMul: unused")
            page.picture(DOCS / "view_only_here.png")
        for name, other in (("executed", "tf1_session_executed"), ("eager", "tf2_eager")):
            with served(folder, "tf1_session", other) as url:
                page.open(url)
                page.picture(DOCS / f"view_{name}.png")
        with served(folder, "tf1_session_loop", "tf2_function_loop") as url:
            page.open(url)
            page.picture(DOCS / "view_loops.png")


def texts(folder):
    """The picture of graphs read --html: one function, and an operation with its twin."""
    with texts_browser() as chromium, opened(chromium, folder / PAGE, dots=DOTS) as (page, _):
        page.evaluate("document.getElementById('forward').scrollIntoView()")
        chip(page, 0, "layer1/matmul").hover()
        page.screenshot(path=DOCS / "texts.png")


if __name__ == "__main__":
    main()
