"""A page of our own in a real browser, opened from disk: what is on it, what goes wrong on it, and whether all can use
it.
"""

import contextlib

from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright

CHOSEN, TWIN, TOGETHER = ".chosen", ".twin", ".together"


@contextlib.contextmanager
def browser():
    """A Chromium for several pages."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


@contextlib.contextmanager
def opened(chromium, path, scheme="light", width=1280, height=720, dots=1):
    """(page, troubles): a file in Chromium; troubles grows by console errors, and by requests but that for the file."""
    troubles: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": height}, device_scale_factor=dots, color_scheme=scheme)
    try:
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.extend([request.url] * (request.url != path.resolve().as_uri())))
        page.goto(path.resolve().as_uri())
        yield page, troubles
    finally:
        page.close()


def violations(page):
    """What axe-core finds wrong: {rule: the elements}."""
    # To describe all that is right takes longer than to look at it.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return {each["id"]: [node["html"] for node in each["nodes"]] for each in found}


def nodes(page, selector):
    """{(side, node)} of the chips that a selector finds."""
    chips = page.eval_on_selector_all(
        f".chip{selector}", "all => all.map(one => [one.dataset.side, one.dataset.nodes])"
    )
    return {(int(side), node) for side, several in chips for node in several.split()}


def chip(page, side, node):
    """The chip of a node."""
    return page.locator(f'.chip[data-side="{side}"][data-nodes~="{node}"]')
