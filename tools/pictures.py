"""Makes all pictures of docs/tensorboard.md again: TensorBoard's pages on one comparison, as Chromium shows them.

python tools/pictures.py

The comparison is the one that `graphs compare` makes without options. The window has the size of a projector's picture,
1280 x 720, and twice its dots.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))  # it looks at pages as the tests do
from browser import browser
from log_files import compare_with_log

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
        for pictures in PAGES:
            with browser(WIDTH, HEIGHT, DOTS) as page:
                pictures(page, folder)
    print(*sorted(path.name for path in DOCS.glob("*.png")))


def plan():
    """The Plan of `graphs compare` without options."""
    data = load_dataset("digits")
    return Plan(default_spec(data), data, batch_size=64, epochs=default_epochs("digits"))


def tensorboard(page, folder):
    """The pictures of TensorBoard."""
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


# Each a function of a Page and the folder of the comparison.
PAGES = (tensorboard,)


if __name__ == "__main__":
    main()
