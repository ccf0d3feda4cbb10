"""The two panes of graphs view as a person sees them, in a real browser."""

import importlib.util

import pytest

from graphs.event_log.logged_inspection import read_inspection
from graphs.explorer.graph_json import colour
from graphs.explorer.launch import INSTALL
from graphs.explorer.pane import most_us, panes
from graphs.explorer.side import read_sides

pytestmark = [
    pytest.mark.xdist_group("one comparison"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="Playwright is not installed"),
    pytest.mark.skipif(
        importlib.util.find_spec("model_explorer") is None, reason=f"Model Explorer is not installed ({INSTALL})"
    ),
]
SESSION, FUNCTION = 0, 1


@pytest.fixture(scope="module")
def page():
    from explorer_page import CHROMIUM, explorer_browser

    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH (apt-get install chromium)")
    with explorer_browser() as page:
        yield page


@pytest.fixture
def untroubled(page):
    """The page, if nothing goes wrong on it and nothing leaves this machine."""
    page.troubles.clear()
    page.asked.clear()
    yield page
    assert page.troubles == []
    elsewhere = [url for url in page.asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert elsewhere == []
    assert page.asked


def test_session_beside_function_in_the_order_in_which_it_is_used(untroubled, comparison):
    from explorer_page import served

    page, rows, sides = untroubled, read_inspection(comparison).rows, read_sides(comparison)
    both = panes(sides["tf1_session"], sides["tf2_function"])
    with served(comparison, "tf1_session", "tf2_function") as url:
        page.open(url)
        boxes = {
            f"{name}___group___" for name in ("layer1", "layer2", "layer3", "loss", "gradients", "update", "variables")
        }
        in_layer1 = {"layer1/matmul", "layer1/BiasAdd", "layer1/Sigmoid"}
        for pane in (SESSION, FUNCTION):
            assert boxes | in_layer1 | {"inputs", "targets"} <= page.drawn(pane)
        # Every node of the node map has its twin under the same id.
        in_both = page.ids(SESSION) & page.ids(FUNCTION)
        for row in rows:
            known = both[SESSION].ids[row.nodes["tf1_session"]]
            assert known == both[FUNCTION].ids[row.nodes["tf2_function"]]
            assert known in in_both

        # Times are colours, on one scale for both panes.
        for number, pane in enumerate(both):
            for node in ("layer1/matmul", "layer1/BiasAdd"):
                share = pane.side.times_us[node] / most_us(both)
                painted = "#" + "".join(f"{part:02x}" for part in page.colour(number, node))
                assert painted == colour(share), node

        # A click selects the twin, from either side.
        assert page.selected() == ["", ""]
        page.click(SESSION, "layer1/BiasAdd")
        assert page.selected() == ["layer1/BiasAdd"] * 2
        page.click(FUNCTION, "layer1/matmul")
        assert page.selected() == ["layer1/matmul"] * 2
        assert "z1 = tf.nn.bias_add(inputs @ parameters.weights1, parameters.biases1)" in page.panel()

        page.choose("Nodes that only tf1_session has", "gradients/layer1/matmul/MatMul: unused")
        assert page.selected() == ["gradients/layer1/matmul/MatMul", ""]
        assert "gradients/layer1/matmul/MatMul" in page.drawn(SESSION)
        assert "unused: no result needs it" in page.panel()
        assert "none; tf2_function has no such node" in page.panel()


def test_loops_and_a_graph_as_executed(untroubled, comparison):
    from explorer_page import served

    page = untroubled
    with served(comparison, "tf1_session_loop", "tf2_function_loop") as url:
        page.open(url)
        for pane in (0, 1):
            assert {"body___group___", "body/layer1/matmul"} <= page.drawn(pane)
        page.click(0, "body/layer1/BiasAdd")
        assert page.selected() == ["body/layer1/BiasAdd"] * 2
        page.choose("The graph on the right", "tf1_session_executed")
        page.click(1, "body/layer1/Sigmoid")  # a fused kernel, where TensorFlow fuses
        assert page.selected() == ["body/layer1/Sigmoid"] * 2
