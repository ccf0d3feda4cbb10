"""The page of two texts: every node at its line, every twin marked, and a page that everyone can use."""

import importlib.util
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from samples import make_spec

from graphs.implementations import file_of
from graphs.inspection.data_flow import KINDS, kinds, mathematics
from graphs.inspection.inspect_step import inspect
from graphs.inspection.node_map import node_map
from graphs.inspection.source_lines import lines_of
from graphs.inspection.twins import twins
from graphs.reports.aligned_texts import pair_to_read
from graphs.reports.texts_page import Page, short, texts_page

pytestmark = pytest.mark.xdist_group("texts page")

SPEC = make_spec(optimizer="adam", output_activation="softmax", loss="categorical_crossentropy")
RESULTS = {
    "plan": {"data": "digits", "batch_size": 6, "optimize_graph": True},
    "environment": {"machine": "x86_64", "cores": 2, "device": "cpu", "tensorflow": "2.21.0"},
}
PAIRS = [
    *(("tf1_session", "tf2_function"), ("tf2_function", "tf1_session"), ("tf1_session", "tf2_eager")),
    *(("tf1_session", "tf2_xla"), ("numpy_manual", "tf1_session"), ("tf2_eager", "numpy_manual")),
]
every_pair = pytest.mark.parametrize("names", PAIRS, ids="-".join)


@pytest.fixture(scope="module")
def inspection():
    return inspect(SPEC, 6)


@pytest.fixture(scope="module")
def page_of(inspection):
    return lambda names: Page(inspection, names, SPEC, RESULTS)


@pytest.fixture(scope="module")
def html_of(inspection):
    return lambda names: texts_page(inspection, names, SPEC, RESULTS)


def graph_of(inspection, name):
    return (inspection.graph_defs() | {name: each.graph_def for name, each in inspection.compiled.items()})[name]


def cells(page, place):
    """{line number: Cell}"""
    rows = [row for _, _, _, rows in page.sections for row in rows]
    return {row[2 + place].number: row[2 + place] for row in rows if row[2 + place]}


def chips_of(page, place):
    """[(line number or None, Chip)]"""
    made = [(number, chip) for number, cell in cells(page, place).items() for chip in cell.chips]
    return made + [(None, chip) for group in page.without_line()[place] for chip in group.chips]


@every_pair
def test_every_node_is_on_the_page_once_at_the_line_that_made_it(names, page_of, inspection):
    page = page_of(names)
    for place, name in enumerate(names):
        shown = [(node, number) for number, chip in chips_of(page, place) for node in chip.nodes]
        if name == "numpy_manual":
            other = names[1 - place]
            (rows,) = [node_map(SPEC, {other: graph_of(inspection, other)}, {})]
            assert sorted(node for node, _ in shown) == sorted(row.nodes[other] for row in rows)
            lines = {row.nodes[other]: row.line for row in rows if row.line.file == name}
            assert all(number == lines[node].number for node, number in shown if node in lines)
            called = {number for node, number in shown if node not in lines}
            texts = {file_of(name).read_text(encoding="utf-8").splitlines()[number - 1].strip() for number in called}
            assert texts == {
                "rule = RULES[spec.optimizer](np, spec.learning_rate, step)",
                "amount, new_slots = rule(gradient, slots)",
            }
        else:
            expected = {
                node.name: next((line.number for line in lines_of(node)), None)
                for node in graph_of(inspection, name).node
            }
            assert sorted(shown, key=str) == sorted(expected.items(), key=str)


@every_pair
def test_every_line_of_both_texts_is_on_the_page(names, page_of):
    for place, name in enumerate(names):
        lines = file_of(name).read_text(encoding="utf-8").splitlines()
        shown = cells(page_of(names), place)
        for number, line in enumerate(lines, start=1):
            assert (
                not line
                or re.sub("<.*?>", "", shown[number].code)
                .replace("&#34;", '"')
                .replace("&#39;", "'")
                .replace("&gt;", ">")
                .replace("&lt;", "<")
                == line
            )


@every_pair
def test_the_same_number_means_the_same_operation(names, page_of, inspection):
    page = page_of(names)
    numbers: list[dict[int, str]] = []
    for place in (0, 1):
        found = [(number, chip) for _, chip in chips_of(page, place) for number in chip.pairs]
        counted = Counter(number for number, _ in found)
        assert set(counted.values()) == {1}
        numbers.append(
            {
                number: node
                for _, chip in chips_of(page, place)
                if len(chip.nodes) == len(chip.pairs)
                for number, node in zip(chip.pairs, chip.nodes, strict=True)
            }
        )
    assert set(numbers[0]) == set(numbers[1])
    pairs = {numbers[0][number]: numbers[1][number] for number in numbers[0]}
    if "numpy_manual" in names:
        assert all(left == right for left, right in pairs.items())
    else:
        left, right = (graph_of(inspection, name) for name in names)
        assert pairs == twins(left, right)
        ours, theirs = mathematics(left), mathematics(right)
        assert {left: right for left, right in pairs.items() if left in ours}.keys() == ours.keys()
        assert all(ours[left] == theirs[right] for left, right in pairs.items() if left in ours)


def test_the_session_has_six_operations_that_the_function_has_not(page_of):
    page = page_of(("tf1_session", "tf2_function"))
    alone = [(number, chip.label, len(chip.nodes)) for number, chip in chips_of(page, 0) if chip.alone]
    text = file_of("tf1_session").read_text(encoding="utf-8").splitlines()
    found = {(label, how_many, text[number - 1].split("=")[0].strip()) for number, label, how_many in alone}
    assert found == {
        *(("MatMul", 1, "gradients"), ("Const", 2, "gradients"), ("Fill", 1, "gradients")),
        *(("ZerosLike", 1, "gradients"), ("ReadVariableOp", 1, "counted")),
    }
    assert page.alone_counts() == [6, 2]
    listed = [(page.names[place], operation, n) for place, _, several, _, _ in page.alone() for operation, n in several]
    assert Counter(name for name, _, n in listed for _ in range(n)) == {"tf1_session": 6, "tf2_function": 2}
    assert all(why == KINDS[kind] for _, kind, _, _, why in page.alone())
    # Each also says so by itself, with the reason.
    (matmul,) = [chip for _, chip in chips_of(page, 0) if chip.alone and chip.label == "MatMul"]
    assert matmul.card.endswith(f"No twin in tf2_function. unused: {KINDS['unused']}")


@pytest.mark.parametrize("names", PAIRS[:2], ids="-".join)
def test_which_line_became_which_kernel(names, page_of, inspection):
    page = page_of(names)
    for place, name in enumerate(names):
        shown: dict[str, tuple] = {}
        for number, cell in cells(page, place).items():
            text = file_of(name).read_text(encoding="utf-8").splitlines()[number - 1]
            shown.setdefault(text.split(" = ")[0].strip(), (number, cell))
        (first, z1), (second, hidden1) = shown["z1"], shown["hidden1"]
        for cell, other in ((z1, second), (hidden1, first)):
            (kernels,) = cell.kernels
            assert "FusedMatMul" in kernels.operation
            assert (kernels.several, kernels.computes, kernels.lines) == (1, "MatMul + BiasAdd + Sigmoid", (other,))
            assert kernels.us > 0
        assert shown["outputs"][1].not_run == ["Softmax"]
        rows = {row.nodes[name]: row.kernels.get(name) for row in inspection.rows}
        for _, chip in chips_of(page, place):
            ran = {rows[node] for node in chip.nodes if rows.get(node)}
            assert {page.sides[place].kernels[runner] for runner in chip.kernels} == ran
    fused = [(operations, sorted(sides)) for operations, sides in page.fused()]
    assert fused[:3] == [("MatMul + BiasAdd + Sigmoid", [0, 1])] * 2 + [("MatMul + BiasAdd", [0, 1])]


def test_times_are_those_of_the_nodes(page_of, inspection):
    page = page_of(("tf1_session", "tf2_eager"))
    for place, side in enumerate(page.sides):
        total = sum(chip.us for _, chip in chips_of(page, place) if chip.us)
        assert total == pytest.approx(sum(side.us.values()))
    assert page.slowest_us == max(chip.us or 0 for place in (0, 1) for _, chip in chips_of(page, place))
    assert page.with_kernels() == [0]
    xla = page_of(("tf1_session", "tf2_xla"))
    assert all(chip.us is None and not chip.kernels for _, chip in chips_of(xla, 1))


def test_short_times():
    assert [short(us) for us in (0.04, 3.14, 9.96, 41.7, 1234)] == ["0.0 us", "3.1 us", "10 us", "42 us", "1.23 ms"]


def test_which_two_texts():
    assert pair_to_read() == ("tf1_session", "tf2_function")
    assert pair_to_read(("tf2_eager", "numpy_manual", "tf2_function")) == ("numpy_manual", "tf2_eager")
    assert pair_to_read(("tf1_session", "tf2_xla")) == ("tf1_session", "tf2_xla")
    assert pair_to_read(("numpy_manual", "tf2_function", "tf2_xla")) == ("numpy_manual", "tf2_function")
    assert pair_to_read(("tf2_function", "tf2_xla")) is None


@every_pair
def test_the_page_is_one_small_file_that_loads_nothing(names, html_of):
    html = html_of(names)
    assert len(html.encode()) < 1_000_000
    assert not re.search(r"https?:|<link|<img|@import|url\(|src=", html)
    assert "batch size 6; on x86_64 with 2 cores, cpu, TensorFlow 2.21.0" in html
    parser = HTMLParser()
    parser.feed(html)


@pytest.fixture(scope="module")
def file(html_of, tmp_path_factory):
    """The page of the session and the function, as a file."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed")
    from browser import CHROMIUM

    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH (apt-get install chromium)")
    path = tmp_path_factory.mktemp("page") / "texts.html"
    path.write_text(html_of(("tf1_session", "tf2_function")), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(file):
    from own_page import browser

    with browser() as chromium:
        yield chromium


FUSED = {"layer1/BiasAdd", "layer1/Sigmoid"}


@pytest.mark.parametrize("way", ["hover", "keyboard", "tap"])
def test_an_operation_shows_its_twin_and_what_its_kernel_ran(way, file, inspection, chromium):
    from own_page import CHOSEN, TOGETHER, TWIN, chip, nodes, opened

    found = twins(graph_of(inspection, "tf1_session"), graph_of(inspection, "tf2_function"))
    with opened(chromium, file) as (page, troubles):
        for node in ("layer1/matmul", "gradients/layer1/matmul/MatMul_1", "update/AssignSubVariableOp", "weights2"):
            one = chip(page, 0, node)
            if way == "hover":
                one.hover()
            elif way == "tap":
                one.dispatch_event("click")
            else:
                buttons = "[...document.querySelectorAll('button')]"
                one.evaluate(f"one => {{ const all = {buttons}; all[all.indexOf(one) - 1].focus(); }}")
                page.keyboard.press("Tab")
            assert (0, node) in nodes(page, CHOSEN)
            assert {(1, found[name]) for _, name in nodes(page, CHOSEN)} == nodes(page, TWIN)
            together = {(place, name) for place in (0, 1) for name in FUSED} if node == "layer1/matmul" else set()
            assert nodes(page, TOGETHER) == together
            said = page.locator("#card p").all_inner_texts()
            assert all(name in said[side] for side, name in ((0, node), (1, found[node])))
        assert "run by" in page.locator("#card").inner_text() or node == "weights2"
        page.keyboard.press("Escape")
        assert not nodes(page, CHOSEN) | nodes(page, TWIN)
        assert not page.locator("#card").is_visible()
        assert troubles == []


def test_a_line_shows_the_twins_of_all_that_it_becomes(file, inspection, chromium):
    from own_page import TWIN, nodes, opened

    found = twins(graph_of(inspection, "tf1_session"), graph_of(inspection, "tf2_function"))
    with opened(chromium, file) as (page, troubles):
        lines = {node.name: lines_of(node) for node in graph_of(inspection, "tf1_session").node}
        number = lines["layer2/matmul"][0].number
        page.locator(f"#L{number} button").focus()
        own = {name for name, made in lines.items() if made and made[0].number == number}
        shown = nodes(page, TWIN)
        assert {(0, name) for name in own} <= shown
        assert {(1, found[name]) for name in own} <= shown
        assert f"line {number}: z2 = " in page.locator("#card").inner_text()
        assert troubles == []


def test_every_operation_of_the_node_map_is_on_both_sides(file, inspection, chromium):
    from own_page import nodes, opened

    with opened(chromium, file) as (page, _):
        shown = nodes(page, "")
    for row in inspection.rows:
        assert {(0, row.nodes["tf1_session"]), (1, row.nodes["tf2_function"])} <= shown
    for place, name in enumerate(("tf1_session", "tf2_function")):
        assert {node for side, node in shown if side == place} == set(kinds(graph_of(inspection, name)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_it(scheme, file, chromium):
    from own_page import chip, opened, violations

    with opened(chromium, file, scheme) as (page, troubles):
        # With all that can be opened open.
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
        chip(page, 0, "gradients/layer1/matmul/MatMul").focus()
        assert violations(page) == {}
        ground = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(ground)
        assert (sum(map(int, re.findall(r"\d+", before))) > 700) == (scheme == "light")
        page.locator("#theme").click()
        assert page.evaluate(ground) != before
        assert troubles == []


def test_the_check_finds_what_is_wrong(file, tmp_path, chromium):
    from own_page import opened, violations

    html = file.read_text(encoding="utf-8")
    broken = {
        "html-has-lang": ('<html lang="en">', "<html>"),
        "button-name": (re.findall(r"<b>Mul</b>[^<]*(?:<i>[^<]*</i>)?", html)[0], ""),
        "color-contrast": ("--quiet: #515b69;", "--quiet: #c5cbd3;"),
        "empty-table-header": ('<th scope="col">only in</th>', "<th></th>"),
    }
    for old, new in broken.values():
        assert old in html
        html = html.replace(old, new)
    (tmp_path / "broken.html").write_text(html, encoding="utf-8")
    with opened(chromium, tmp_path / "broken.html") as (page, _):
        assert set(broken) <= set(violations(page))


def test_the_first_tab_leads_to_the_texts(file, chromium):
    from own_page import opened

    with opened(chromium, file) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the texts"
        assert page.locator(".skip").bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('texts').contains(document.activeElement)")


def test_on_paper_nothing_is_folded_away(file, chromium):
    from own_page import opened

    with opened(chromium, file) as (page, _):
        folded = page.locator("details code").first
        assert not folded.is_visible()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        invisible = "all => all.filter((one) => !one.checkVisibility()).length"
        assert page.eval_on_selector_all("code, .chip, .kernels, .grid", invisible) == 0
        assert not page.locator("#card").is_visible()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        assert not folded.is_visible()


def test_at_the_size_of_a_projector_nothing_is_wider_than_the_page(file, chromium):
    from own_page import opened

    with opened(chromium, file) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        sizes = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
        assert min(page.eval_on_selector_all("code, .chip, .kernels, .rule, #card p", sizes)) >= 15
