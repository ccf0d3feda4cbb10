"""TensorBoard's page in a real browser: headless Chromium, driven by Playwright."""

import contextlib
import shutil

from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# What a page without network, graphics card and account needs; --no-sandbox, since tests may run as root.
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--disable-dev-shm-usage"]  # shared memory is small in many containers
MARGIN = 10  # pixels around a picture
SECONDS = 60_000  # milliseconds, in which anything has to appear


def wait_until_still(page, look):
    """Wait until what look() returns stays the same for 0.4 seconds."""
    same, before = 0, None
    while same < 4:
        page.wait_for_timeout(100)
        now = look()
        same, before = (same + 1 if now == before else 0), now


class Page:
    """A page, with everything that went wrong on it."""

    def __init__(self, page):
        self.troubles: list[str] = []
        self._page = page
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: self.troubles.extend([message.text] * (message.type == "error")))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("requestfailed", lambda request: self.troubles.append(f"{request.url}: {request.failure}"))
        page.on("response", lambda answer: self.troubles.extend([answer.url] * (answer.status >= 400)))

    def open(self, url):
        """Go there, and wait for a graph."""
        with self._drawing():
            self._page.goto(url)

    def choose(self, item):
        """A run or a tag by its name; waits until the graph is drawn again."""
        items = self._page.locator("tf-graph-controls paper-item")
        with self._drawing():
            # By its code, as the list is folded away.
            items.get_by_text(item, exact=True).first.evaluate("item => item.click()")

    def colour_by(self, what):
        """compute-time or memory, once it can be chosen."""
        button = f"#{what}-radio-button"
        self._page.wait_for_selector(f"{button}:not([disabled])", state="attached")
        self._page.eval_on_selector(button, "button => button.click()")

    def open_box(self, name):
        """Unfold a box of the graph."""
        self._page.locator(f'g.node[data-name="{name}"] > g.nodeshape').first.dblclick()
        self._page.wait_for_selector(f'g.node[data-name^="{name}/"]', state="attached")
        self._wait_until_still()  # the boxes move to their places
        self._page.locator("#svg").click(position={"x": 5, "y": 5})  # nothing is chosen any more
        self._page.get_by_text("Fit to screen").click()
        self._wait_until_still()

    def boxes(self):
        """The names of what is drawn."""
        return self._page.eval_on_selector_all("g.node", "nodes => nodes.map(node => node.getAttribute('data-name'))")

    def edges(self):
        """{(one box, the other): what stands on the edge between them}: a shape, or how many tensors."""
        name_and_label = "edge => [edge.getAttribute('data-edge'), edge.querySelector('textPath')?.textContent ?? '']"
        found = self._page.eval_on_selector_all("g.edge", f"edges => edges.map({name_and_label})")
        return {tuple(name.split("--")): label for name, label in found}

    def hatched(self):
        """The names of the boxes that are drawn hatched and without their names, since nothing in them has a time."""
        name = "node => node.getAttribute('data-name')"
        return set(self._page.eval_on_selector_all("g.node.faded", f"nodes => nodes.map({name})"))

    def colours(self):
        """{name of a box: its colour}."""
        shapes = "g.node > g.nodeshape > :is(rect, ellipse)"
        name_and_fill = "shape => [shape.closest('g.node').getAttribute('data-name'), getComputedStyle(shape).fill]"
        return dict(self._page.eval_on_selector_all(shapes, f"shapes => shapes.map({name_and_fill})"))

    def picture(self, path, of=None):
        """The page, or the first element that a selector finds, as a PNG file."""
        self._page.wait_for_timeout(1500)  # it still moves and fades in
        clip = self._page.locator(of).first.bounding_box() if of else None
        self._page.screenshot(path=path, clip=clip)

    def picture_of_graph(self, path, boxes=None):
        """The graph as a PNG file, without the empty space around it; or only some of its boxes, by their names."""
        self._page.wait_for_timeout(1500)
        names = [f'g.node[data-name="{name}"]' for name in boxes] if boxes else ["g.node", "g.edge"]
        places = self._page.eval_on_selector_all(
            ", ".join(f"#svg {name} :is(.nodeshape, text, .edgeline)" for name in names),
            """parts => parts.map(part => part.getBoundingClientRect()).filter(place => place.width && place.height)
                .map(place => [place.left, place.top, place.right, place.bottom])""",
        )
        left, top = (min(place[edge] for place in places) - MARGIN for edge in (0, 1))
        right, bottom = (max(place[edge] for place in places) + MARGIN for edge in (2, 3))
        self._page.screenshot(path=path, clip={"x": left, "y": top, "width": right - left, "height": bottom - top})

    def open_tab(self, name):
        """Go to another of TensorBoard's pages, by the name in its address, and wait until it has loaded."""
        self._page.goto(f"{self._page.url.partition('#')[0]}#{name}")
        self._page.wait_for_load_state("networkidle")
        self._page.wait_for_timeout(1500)

    def groups(self):
        """The names of the groups of texts or charts, from top to bottom: {name: whether it is unfolded}."""
        name_and_state = "group => [group.category.name, group.opened]"
        found = self._page.locator("tf-category-paginated-view:visible")
        return dict(found.evaluate_all(f"groups => groups.map({name_and_state})"))

    def broken_headers(self):
        """The table headers of one word that are spread over several lines."""
        return self._page.locator("th:visible").evaluate_all(
            """headers => headers.filter(header => {
                const text = document.createRange();
                text.selectNodeContents(header);
                const lines = new Set([...text.getClientRects()].map(box => box.top));
                return !header.textContent.trim().includes(" ") && lines.size > 1;
            }).map(header => header.textContent)"""
        )

    @contextlib.contextmanager
    def _drawing(self):
        """Waits until everything that is drawn has been replaced."""
        mark = "nodes => nodes.forEach(node => node.setAttribute('data-old', ''))"
        self._page.eval_on_selector_all("g.node", mark)
        yield
        self._page.locator("g.node[data-old]").first.wait_for(state="detached")
        self._page.wait_for_selector("g.node")
        self._wait_until_still()  # edges come after nodes

    def _wait_until_still(self):
        place = "one => { const box = one.getBoundingClientRect(); return [box.left, box.top, box.width]; }"
        wait_until_still(
            self._page, lambda: self._page.eval_on_selector_all("#svg g:is(.node, .edge)", f"all => all.map({place})")
        )


@contextlib.contextmanager
def browser(width=1600, height=1000, dots=1):
    """A Page in a browser of its own, with so many dots for each pixel of its width and height."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Page(chromium.new_page(viewport={"width": width, "height": height}, device_scale_factor=dots))
        finally:
            chromium.close()
