"""The picture of the page of two texts, for docs/texts.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))  # it looks at pages as the tests do
from own_page import chip, opened

PART, NODE = "forward", "layer1/matmul"  # where the page is, and the operation that is chosen


def texts_picture(file, png):
    """Save what a projector shows of a page that graphs read wrote: one function, and an operation with its twin.

    Takes a browser of its own, so call it while no other one runs.
    """
    with opened(file) as (page, _):
        page.evaluate(f"document.getElementById('{PART}').scrollIntoView()")
        chip(page, 0, NODE).hover()
        page.screenshot(path=png)
