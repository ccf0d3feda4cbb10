"""Model Explorer's two panes in a real browser: what they draw, and a click into them."""

import contextlib
import io
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

from browser import CHROMIUM, FLAGS, SECONDS, wait_until_still
from PIL import Image
from playwright.sync_api import Error, sync_playwright

from graphs.explorer.launch import launched

# The panes are drawn with WebGL, here by the processor.
WEBGL = ["--enable-unsafe-swiftshader"]

READY = """() => {
  const panes = Object.values(window.me_test?.renderers ?? {});
  return !window.old && panes.length == 2 && panes.every(each => each.nodesToRender?.length > 0);
}"""
# What changes as long as the panes move or something is being selected.
STATE = """() => [location.href, ...Object.values(window.me_test.renderers).map(each => {
  const camera = each.webglRendererThreejsService.camera;
  return [each.nodesToRender.length, camera.projectionMatrix.elements, camera.matrixWorldInverse.elements];
})]"""
DRAWN = "pane => window.me_test.renderers[pane].nodesToRender.map(each => each.node.id)"
# Where a part of a node, such as 0.5 of its width, is on the screen: a camera looks at what the page draws.
PLACE = """([pane, id, across]) => {
  const renderer = window.me_test.renderers[pane];
  const node = renderer.curModelGraph.nodesById[id];
  const point = [
    renderer.getNodeX(node) + renderer.getNodeWidth(node) * across, 0,
    renderer.getNodeY(node) + renderer.getNodeHeight(node) / 2,
  ];
  const camera = renderer.webglRendererThreejsService.camera;
  const applied = (matrix, [x, y, z]) => [0, 1, 2].map(row =>
    matrix.elements[row] * x + matrix.elements[row + 4] * y + matrix.elements[row + 8] * z + matrix.elements[row + 12]);
  const [x, y] = applied(camera.projectionMatrix, applied(camera.matrixWorldInverse, point));
  const canvas = renderer.canvas.nativeElement.getBoundingClientRect();
  return [canvas.left + (x + 1) / 2 * canvas.width, canvas.top + (1 - y) / 2 * canvas.height];
}"""
IDS = "pane => Object.keys(window.me_test.renderers[pane].curModelGraph.nodesById)"


class ExplorerPage:
    """The page that graphs view opens, with everything that went wrong on it and everything that it asked for."""

    def __init__(self, page):
        self._page = page
        self.troubles: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.troubles.extend([message.text] * (message.type == "error")))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, url):
        """Go there, and wait for both panes."""
        self._page.goto(url)
        self.wait()

    def wait(self):
        """Until both panes are drawn, and at rest."""
        deadline = time.monotonic() + SECONDS / 1e3
        while not self._is_ready():
            assert time.monotonic() < deadline, "the panes are never drawn"
            self._page.wait_for_timeout(100)
        self._wait_until_still()

    def _is_ready(self):
        try:
            return self._frame().evaluate(READY)
        except (IndexError, Error):  # the frame is being replaced
            return False

    def _wait_until_still(self):
        wait_until_still(self._page, lambda: self._frame().evaluate(STATE))

    def drawn(self, pane):
        """The ids of the nodes and boxes that a pane shows. pane: 0 or 1."""
        return set(self._frame().evaluate(DRAWN, pane))

    def ids(self, pane):
        """The ids of everything that a pane could show."""
        return set(self._frame().evaluate(IDS, pane))

    def click(self, pane, node):
        """Click on a node in a pane that is not selected, and wait until it is."""
        self._wait_until_still()
        before = self.selected()
        self._page.mouse.click(*self._place(pane, node))
        deadline = time.monotonic() + SECONDS / 1e3
        while self.selected() == before:
            assert time.monotonic() < deadline, f"a click on {node} selects nothing"
            self._page.wait_for_timeout(100)
        self._wait_until_still()

    def colour(self, pane, node):
        """The colour of a node beside its label, (red, green, blue)."""
        x, y = self._place(pane, node, across=0.08)
        with Image.open(io.BytesIO(self._page.screenshot())) as picture:
            return picture.convert("RGB").getpixel((round(x), round(y)))

    def selected(self):
        """The ids of the nodes that are selected in the left and in the right pane, as the address says."""
        data = json.loads(parse_qs(urlsplit(self._frame().url).query)["data"][0])
        return [pane["selectedNodeId"] for pane in data["uiState"]["paneStates"]]

    def choose(self, list_name, option):
        """Choose from one of the lists above the panes."""
        self._frame().evaluate("window.old = true")  # the frame is loaded anew
        self._page.get_by_label(list_name).select_option(label=option)
        self.wait()

    def panel(self):
        """What stands in the panel of the selected node."""
        return self._frame().locator("info-panel.float:not(.hide)").first.inner_text()

    def picture(self, path):
        """The page as a PNG file."""
        self._page.screenshot(path=path)

    def _place(self, pane, node, across=0.5):
        x, y = self._frame().evaluate(PLACE, [pane, node, across])
        frame = self._page.locator("iframe").bounding_box()
        return frame["x"] + x, frame["y"] + y

    def _frame(self):
        return self._page.frames[1]


@contextlib.contextmanager
def served(folder, left, right):
    """The address of the page, as long as it is served."""
    with launched(folder, left, right, port=0) as (server, url):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def explorer_browser(width=1280, height=720, dots=1):
    """An ExplorerPage in a browser of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS + WEBGL)
        try:
            page = chromium.new_page(viewport={"width": width, "height": height}, device_scale_factor=dots)
            page.set_default_timeout(SECONDS)
            yield ExplorerPage(page)
        finally:
            chromium.close()
