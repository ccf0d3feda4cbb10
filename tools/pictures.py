"""Makes the README's pictures: TensorBoard's pages on a comparison of the digits, as Chromium shows them.

python tools/pictures.py
"""

import sys
import tempfile
from pathlib import Path

from graphs.comparison import Plan
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.folders import make_folder
from graphs.event_log.launch_tensorboard import launch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))  # it looks at pages as the tests do
from browser import browser
from log_files import compare_with_log

FOLDER = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 1400, 660
GRAPH = "#svg"


def main():
    data = load_dataset("digits")
    with tempfile.TemporaryDirectory() as logs, browser(WIDTH, HEIGHT) as page:
        plan = Plan(default_spec(data, optimizer="sgd"), data, batch_size=64, epochs=1)
        folder = make_folder(logs)
        compare_with_log(plan, folder)
        page.open(launch(folder, port=0))
        page.picture(FOLDER / "tf1_session.png", GRAPH)
        for run in ("02_tf2_eager", "03_tf2_function"):
            page.choose(run)
            page.picture(FOLDER / f"{run[3:]}.png", GRAPH)
        page.choose("traced step")
        page.colour_by("compute-time")
        page.picture(FOLDER / "compute_time.png")
        for name, run in (("written", "01_tf1_session"), ("executed", "06_tf1_session_executed")):
            page.choose(run)
            page.open_box("layer1")
            page.picture(FOLDER / f"layer1_{name}.png", GRAPH)
        print(*sorted(path.name for path in FOLDER.glob("*.png")))


if __name__ == "__main__":
    main()
