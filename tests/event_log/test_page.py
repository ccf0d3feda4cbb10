"""TensorBoard's page as a person sees it, in a real browser."""

import importlib.util

import pytest

from graphs.event_log.launch_tensorboard import launch

pytestmark = [
    pytest.mark.xdist_group("one comparison"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="Playwright is not installed"),
]

STEPS = ["01_tf1_session", "02_tf2_eager", "03_tf2_function", "04_tf2_xla"]
EXECUTED = ["06_tf1_session_executed", "07_tf2_function_executed"]
TIMED = [*STEPS[:3], *EXECUTED]
LOOPS = ["08_tf1_session_loop", "09_tf2_function_loop", "10_tf2_xla_loop"]
VARIABLES = {f"{kind}{layer}" for kind in ("weights", "biases") for layer in (1, 2, 3)}
BOXES = {"layer1", "layer2", "layer3", "loss", "gradients", "update", "inputs", "targets", "step", *VARIABLES}
OF_ADAM = {"first_moment", "second_moment"}


@pytest.fixture(scope="module")
def page(comparison):
    """The page that graphs board opens, on a comparison of all implementations."""
    from browser import CHROMIUM, browser

    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH (apt-get install chromium)")
    with browser() as page:
        page.open(launch(comparison, port=0))
        yield page


# The tests use one page, in this order.


def test_it_opens_on_a_graph_and_each_run_has_the_same_boxes(page):
    # What is seen first is a graph, that of the first run.
    assert set(page.boxes()) == BOXES | OF_ADAM

    for run in [*STEPS, *EXECUTED]:
        if run != STEPS[0]:
            page.choose(run)
        assert set(page.boxes()) == BOXES | OF_ADAM, run
        hidden1 = "64\u00d764" if run == "02_tf2_eager" else "?\u00d764"  # (N, H1), with a multiplication sign
        edges = page.edges()
        assert hidden1 in edges.values(), run
        # A variable's edge shows the shape of its value: (D, H1) and (H1,).
        assert (edges["weights1", "layer1"], edges["biases1", "layer1"]) == ("64\u00d764", "64"), run
        if run in TIMED:
            page.choose("traced step")
            page.colour_by("compute-time")
            assert page.hatched() == set(), run
            colours = page.colours()
            # From nearly white for no time to red for the slowest box.
            reds = {box: colours[box] for box in ("layer1", "layer2", "layer3", "loss", "gradients", "update")}
            assert all(colour.startswith("rgb(") for colour in reds.values()), (run, reds)
            assert "rgb(251, 106, 74)" in reds.values(), (run, reds)
            assert len(set(reds.values())) > 2, (run, reds)
        assert page.troubles == [], run


def test_a_loop_opens_on_its_circle(page):
    for run in LOOPS:
        page.choose(run)
        # The loop is what is seen first: what it is given, and its two functions around it.
        assert set(page.boxes()) == {"inputs", "targets", "n", "variables", "train_steps", "cond", "body"}, run
        circle = {("train_steps", "cond"), ("cond", "train_steps"), ("train_steps", "body"), ("body", "train_steps")}
        assert circle < set(page.edges()), run
        assert page.troubles == [], run


def test_layer1_as_executed_and_as_written(page):
    for run in EXECUTED:
        page.choose(run)
        page.open_box("layer1")
        inside = {box for box in page.boxes() if box.startswith("layer1/")}
        # One kernel where there were three boxes, and the reads of the variables.
        assert inside == {"layer1/Sigmoid", "layer1/weights1", "layer1/biases1"}, run

    page.choose("01_tf1_session")
    page.choose("traced step")
    page.colour_by("memory")
    assert len(set(page.colours().values())) > 2
    page.open_box("layer1")
    assert {"layer1/matmul", "layer1/BiasAdd", "layer1/Sigmoid"} <= set(page.boxes())
    assert page.troubles == []


def test_text_begins_with_the_node_map(page):
    # TEXT begins with what a reader looks for, and its tables fit the page.
    page.open_tab("text")
    unfolded = [name for name, opened in page.groups().items() if opened]
    assert unfolded == ["node_map", "operations"]
    assert list(page.groups())[:3] == [*unfolded, "results"]
    assert page.broken_headers() == []
    assert page.troubles == []
