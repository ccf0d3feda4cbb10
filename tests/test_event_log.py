"""What lands in the log folder, read back from the event files and from the real TensorBoard."""

import json
import urllib.parse
import urllib.request

import numpy as np
import pytest
from samples import make_batch, make_parameters, make_spec
from tensorboard import program
from tensorboard.backend.event_processing.event_accumulator import TENSORS
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.util.tensor_util import make_ndarray

from graphs.comparison import Plan, compare
from graphs.datasets import default_spec, load_dataset
from graphs.event_log.folders import holds_runs, make_folder, newest_comparison, run_names
from graphs.event_log.graph_defs import loop_graph_def, step_graph_def
from graphs.event_log.run_log import RunLog
from graphs.event_log.tables import graph_table, shapes_table
from graphs.implementations import load

WITH_GRAPH = ("tf1_session", "tf2_function", "tf2_xla")


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    data = load_dataset("diabetes")
    plan = Plan(default_spec(data), data, batch_size=64, epochs=2, optimize_graph=False)
    return compare(plan, make_folder(tmp_path_factory.mktemp("logs")))


@pytest.fixture(scope="module")
def tensorboard(comparison):
    """The address of the real TensorBoard on one comparison."""
    server = program.TensorBoard()
    server.configure(logdir=str(comparison.folder), host="127.0.0.1", port=0, load_fast="false")
    return server.launch()


def get(tensorboard, path, **query):
    with urllib.request.urlopen(f"{tensorboard}data/plugin/{path}?{urllib.parse.urlencode(query)}") as answer:
        return answer.read().decode()


def test_runs_are_numbered_so_that_a_graph_opens_first(comparison):
    assert sorted(folder.name for folder in comparison.folder.iterdir()) == [
        *("01_tf1_session", "02_tf2_function", "03_tf2_xla", "04_numpy_manual", "05_tf2_eager"),
        *("06_tf1_session_loop", "07_tf2_function_loop", "08_tf2_xla_loop"),
    ]


@pytest.mark.parametrize("run", ["01_tf1_session", "02_tf2_function", "03_tf2_xla"])
def test_tensorboard_serves_each_step_with_shapes(tensorboard, run):
    assert json.loads(get(tensorboard, "graphs/info"))[run]["run_graph"]
    graph = get(tensorboard, "graphs/graph", run=run, conceptual="false")
    for scope in ("layer1", "layer2", "layer3", "loss", "update"):
        assert f'name: "{scope}/' in graph
    nodes = graph.split("node {")[1:]
    (product,) = [node for node in nodes if 'name: "layer1/matmul"' in node]
    # (N, H1), N unknown
    assert "_output_shapes" in product
    assert "size: -1" in product
    assert "size: 16" in product
    assert "train_steps" not in graph
    assert "While" not in graph


@pytest.mark.parametrize("run", ["06_tf1_session_loop", "07_tf2_function_loop", "08_tf2_xla_loop"])
def test_tensorboard_serves_each_loop(tensorboard, run):
    assert 'op: "While"' in get(tensorboard, "graphs/graph", run=run, conceptual="false")


def test_runs_without_a_graph_say_so(tensorboard):
    for run in ("04_numpy_manual", "05_tf2_eager"):
        assert run not in json.loads(get(tensorboard, "graphs/info"))
        assert "no graph" in json.loads(get(tensorboard, "text/text", run=run, tag="graph"))[0]["text"]


def test_scalars_of_every_implementation(comparison):
    multiplexer = EventMultiplexer(size_guidance={TENSORS: 0}).AddRunsFromDirectory(str(comparison.folder)).Reload()
    for run in ("01_tf1_session", "02_tf2_function", "03_tf2_xla", "04_numpy_manual", "05_tf2_eager"):
        (row,) = [row for row in comparison.rows if run.endswith(row.name)]

        def values(tag, run=run):
            events = multiplexer.Tensors(run, tag)
            return [event.step for event in events], [float(make_ndarray(event.tensor_proto)) for event in events]

        assert values("train/loss")[0] == values("test/loss")[0] == values("test/R2")[0] == [6, 12]
        np.testing.assert_allclose(values("train/loss")[1], [epoch.loss for epoch in row.training.epochs], rtol=1e-6)
        assert values("test/loss")[1][-1] == pytest.approx(row.test_loss, rel=1e-6)
        assert values("test/R2")[1][-1] == pytest.approx(row.test_score, rel=1e-6)
        np.testing.assert_allclose(values("step_time_us")[1], row.step_times.block_step_times_us, rtol=1e-6)


def test_shapes_as_text(tensorboard):
    text = json.loads(get(tensorboard, "text/text", run="05_tf2_eager", tag="shapes/step"))[0]["text"]
    for cell in ("hidden1", "(N, H1)", "(64, 16)", "d_weights3", "(8, 1)"):
        assert f"<td>{cell}</td>" in text
    text = json.loads(get(tensorboard, "text/text", run="01_tf1_session", tag="shapes/graph"))[0]["text"]
    assert "<td>(?, 16)</td>" in text


@pytest.mark.parametrize("name", WITH_GRAPH)
def test_nearly_every_tensor_of_a_step_has_a_shape(name):
    spec = make_spec(optimizer="adam")
    with load(name).Network(spec, make_parameters(spec)) as network:
        graph_def = step_graph_def(network)
    carrying = [
        node for node in graph_def.node if node.op not in ("NoOp", "AssignVariableOp") and "Assign" not in node.op
    ]
    shaped = [node for node in carrying if node.attr["_output_shapes"].list.shape]
    assert len(shaped) >= 0.95 * len(carrying)
    assert "layer1/matmul | MatMul | (?, 7)" in graph_table(graph_def)


def test_a_session_graph_is_cut_into_step_and_loop():
    spec = make_spec(optimizer="momentum")
    with load("tf1_session").Network(spec, make_parameters(spec)) as network:
        step, loop = step_graph_def(network), loop_graph_def(network)
        whole = {op.name for op in network.graph.get_operations()}
    step_names, loop_names = ({node.name for node in part.node} for part in (step, loop))
    assert {name.split("/")[0] for name in step_names} == {
        *("inputs", "targets", "layer1", "layer2", "layer3", "loss", "gradients", "update", "velocity", "step"),
        *("weights1", "biases1", "weights2", "biases2", "weights3", "biases3"),
    }
    assert "n" in loop_names
    assert not {name for name in step_names if name.startswith("train_steps")}
    left_out = {name.split("/")[-1] for name in whole - step_names - loop_names if not name.startswith("initial/")}
    assert left_out == {"init", "VarIsInitializedOp", "Assign", "ReadVariableOp"}
    assert not step.library.function
    assert loop.library.function


@pytest.mark.parametrize("name", ["numpy_manual", "tf2_eager"])
def test_no_graph_no_picture(name):
    spec = make_spec()
    with load(name).Network(spec, make_parameters(spec)) as network:
        assert step_graph_def(network) is None
        assert loop_graph_def(network) is None
        assert "| loss | () | () | float32 |" in shapes_table(network, make_batch(spec))


def test_folders_of_one_second_get_different_names(tmp_path):
    folders = [make_folder(tmp_path) for _ in range(12)]
    assert len(set(folders)) == 12
    assert sorted(folders) == folders


def test_the_newest_comparison_is_the_one_begun_last_that_holds_a_run(tmp_path):
    assert newest_comparison(tmp_path / "none") is None
    assert newest_comparison(tmp_path) is None
    older, newer, empty = (make_folder(tmp_path) for _ in range(3))
    for folder in (older, newer):
        run = RunLog(folder / "01_run")
        run.text("note", "here")
        run.close()
    make_folder(tmp_path, "other")
    assert newest_comparison(tmp_path) == newer
    assert holds_runs(tmp_path)
    assert not holds_runs(empty)


def test_run_names_need_no_graph():
    assert run_names([], ["tf2_eager"]) == {"tf2_eager": "01_tf2_eager"}


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/graphs", "new/" + 300 * "x"])
def test_a_log_folder_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"log_folder: got .*; allowed: a folder that can be written"):
        make_folder(tmp_path / place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
