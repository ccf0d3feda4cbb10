"""What lands in the log folder, read back from the event files and from the real TensorBoard."""

import json
import re
import urllib.parse
import urllib.request

import numpy as np
import pytest
import tensorflow as tf
from log_files import compare_with_log, read
from samples import make_batch, make_parameters, make_spec
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.util.tensor_util import make_ndarray
from tensorflow.python.eager import context

from graphs.comparison import Plan
from graphs.comparison.events import EpochEnded, RoundTimed
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.event_file import RunLog
from graphs.event_log.folders import (
    RESULTS,
    board_folder,
    comparison_folder,
    comparisons_and_timings,
    holds_runs,
    make_folder,
    run_names,
)
from graphs.event_log.launch_tensorboard import launch
from graphs.event_log.listing import list_runs
from graphs.implementations import NAMES, load
from graphs.inspection.graph_def import loop_graph_def, step_graph_def
from graphs.inspection.node_map import MatchedOperation, node_map
from graphs.inspection.node_names import written_name
from graphs.inspection.numpy_lines import Line
from graphs.inspection.optimizer_changes import Changes, Fusion, changes
from graphs.reports.comparison_times_chart import FIRST, STEP, timing_chart
from graphs.reports.markdown import changes_text, lines_table, node_map_table, shapes_table

pytestmark = pytest.mark.xdist_group("one comparison")

NAMES_OF_RUNS = [
    *("01_tf1_session", "02_tf2_eager", "03_tf2_function", "04_tf2_xla", "05_numpy_manual"),
    *("06_tf1_session_executed", "07_tf2_function_executed"),
    *("08_tf1_session_loop", "09_tf2_function_loop", "10_tf2_xla_loop", "11_comparison"),
]
IMPLEMENTATIONS, STEPS, TIMED = NAMES_OF_RUNS[:5], NAMES_OF_RUNS[:4], [*NAMES_OF_RUNS[:3], *NAMES_OF_RUNS[5:7]]


@pytest.fixture(scope="module")
def comparison(compared):
    _, comparison, _, _ = compared
    return comparison


@pytest.fixture(scope="module")
def folder(compared):
    _, _, folder, _ = compared
    return folder


@pytest.fixture(scope="module")
def runs(folder):
    """The event files, read back."""
    return read(folder)


@pytest.fixture(scope="module")
def tensorboard(folder):
    """The address of the real TensorBoard on one comparison."""
    return launch(folder, port=0).removesuffix("#graphs")


def get(tensorboard, path, **query):
    with urllib.request.urlopen(f"{tensorboard}data/plugin/{path}?{urllib.parse.urlencode(query)}") as answer:
        return answer.read().decode()


def text(tensorboard, run, tag):
    return json.loads(get(tensorboard, "text/text", run=run, tag=tag))[0]["text"]


def outcome_of(comparison, run):
    (outcome,) = [outcome for outcome in comparison.outcomes if run.endswith(outcome.name)]
    return outcome


def test_runs_are_numbered_so_that_a_graph_opens_first(folder):
    assert sorted(run.name for run in folder.iterdir() if run.is_dir()) == NAMES_OF_RUNS


@pytest.mark.parametrize("run", [*STEPS, *NAMES_OF_RUNS[5:7]])
def test_tensorboard_serves_each_step_with_shapes(tensorboard, run):
    assert json.loads(get(tensorboard, "graphs/info"))[run]["run_graph"]
    graph = get(tensorboard, "graphs/graph", run=run, conceptual="false")
    for scope in ("layer1", "layer2", "layer3", "loss", "gradients", "update"):
        assert f'name: "{scope}/' in graph
    nodes = graph.split("node {")[1:]
    (node,) = [node for node in nodes if 'name: "gradients/layer2/matmul/MatMul"' in node]
    shape = node.split('"_output_shapes"')[1]
    assert re.findall(r"size: (-?\d+)", shape)[:2] == ["64" if "eager" in run else "-1", "64"]  # (N, H1)
    assert "train_steps" not in graph
    assert "While" not in graph


@pytest.mark.parametrize("run", TIMED)
def test_tensorboard_serves_the_times_of_each_node(tensorboard, run):
    tags = json.loads(get(tensorboard, "graphs/info"))[run]["tags"]
    assert [(tag["tag"], tag["profile"]) for tag in tags.values()] == [("traced step", True)]
    served = get(tensorboard, "graphs/run_metadata", run=run, tag="traced step")
    stats = served.split("node_stats {")[1:]
    (product,) = [node for node in stats if 'node_name: "gradients/layer2/matmul/MatMul"' in node]
    assert re.search(r"all_end_rel_micros: [1-9]", product)
    assert ("memory {" in product) == ("session" in run)
    # What was fused is gone from what was executed; elsewhere the product has its own time.
    assert ('node_name: "layer1/matmul"' in served) == ("executed" not in run)


@pytest.mark.parametrize("run", NAMES_OF_RUNS[7:10])
def test_tensorboard_serves_each_loop(tensorboard, run):
    assert 'op: "While"' in get(tensorboard, "graphs/graph", run=run, conceptual="false")


def test_scalars_of_every_implementation(comparison, runs):
    for run in IMPLEMENTATIONS:
        row = outcome_of(comparison, run)

        def values(tag, run=run):
            events = runs.Tensors(run, tag)
            return [event.step for event in events], [float(make_ndarray(event.tensor_proto)) for event in events]

        assert values("train/loss")[0] == values("test/loss")[0] == values("test/accuracy")[0] == [22, 44]
        np.testing.assert_allclose(values("train/loss")[1], [epoch.loss for epoch in row.training.epochs], rtol=1e-6)
        assert values("test/loss")[1][-1] == pytest.approx(row.test_loss, rel=1e-6)
        assert values("test/accuracy")[1][-1] == pytest.approx(row.test_score, rel=1e-6)
        times = row.step_times.block_step_times_us
        described = {tag: runs.SummaryMetadata(run, tag).summary_description for tag in ("train/loss", "test/accuracy")}
        assert all("on top of each other" in words for words in described.values())
        assert "These curves are apart" in runs.SummaryMetadata(run, "step_time_us").summary_description
        assert values("step_time_us")[0] == list(range(len(times)))
        np.testing.assert_allclose(values("step_time_us")[1], times, rtol=1e-6)


def test_histograms_of_parameters_and_gradients(comparison, runs):
    plan = comparison.plan
    for run in IMPLEMENTATIONS:
        row = outcome_of(comparison, run)
        with load(row.name).Network(plan.spec, plan.parameters()) as network:
            network.restore(row.training.state)
            gradients = network.evaluate(plan.sample()).gradients
        for kind, arrays in (("parameters", row.training.state.parameters), ("gradients", gradients)):
            for name, array in arrays._asdict().items():
                events = runs.Tensors(run, f"{kind}/{name}")
                assert [event.step for event in events] == [22, 44]
                buckets = make_ndarray(events[-1].tensor_proto)  # (left, right, count)
                assert buckets[:, 2].sum() == array.size
                assert buckets[0, 0] == pytest.approx(array.min(), rel=1e-4, abs=1e-7)
                assert buckets[-1, 1] == pytest.approx(array.max(), rel=1e-4, abs=1e-7)


def test_shapes_as_text(tensorboard):
    for cell in ("hidden1", "(N, H1)", "(64, 64)", "d_weights3", "(32, 10)"):
        assert f"<td>{cell}</td>" in text(tensorboard, "02_tf2_eager", "shapes/step")
    assert "<td>(?, 64)</td>" in text(tensorboard, "01_tf1_session", "shapes/graph")
    assert "<td>(64, 64)</td>" in text(tensorboard, "02_tf2_eager", "shapes/graph")


def test_every_run_says_what_it_is(tensorboard):
    for run in NAMES_OF_RUNS[:10]:
        about = text(tensorboard, run, "run_about")
        assert ("traced step" in about) == (run in TIMED)
        assert ("not among the steps that are trained or timed" in about) == (run in TIMED)
        assert ("<strong>Names</strong>" in about) == (run != "05_numpy_manual")
        assert ("<strong>Edges</strong>" in about) == (run != "05_numpy_manual")
        assert ("Open <code>body</code>" in about) == ("loop" in run)
        assert ("with the graph optimizer off" in about) == (run in ("01_tf1_session", "03_tf2_function"))
        assert about.count("Grappler, was on. On or off, TensorFlow drops") == ("executed" in run)
        assert about.count("Grappler") == ("executed" in run)
        assert ("colour by memory" in about) == (run in ("01_tf1_session", "06_tf1_session_executed"))


def test_what_the_optimizer_did_as_text(tensorboard, comparison):
    for run in ("06_tf1_session_executed", "07_tf2_function_executed"):
        changes = text(tensorboard, run, "run_changes")
        assert re.search(r"<strong>Fused</strong> into one kernel: [1-9]", changes)
        assert re.search(r"<strong>Folded</strong> into constants: [1-9]", changes)
        assert re.search(r"<strong>Removed</strong>: [1-9]", changes)
        assert "MatMul + BiasAdd" in changes


def test_the_logged_graphs_give_the_same_node_map_and_the_same_changes(runs, comparison):
    def logged(run, tag):
        (event,) = runs.Tensors(run, tag)
        return make_ndarray(event.tensor_proto).item().decode()

    written = {run[3:]: runs.Graph(run) for run in STEPS[:3]}
    executed = {run[3:].removesuffix("_executed"): runs.Graph(run) for run in NAMES_OF_RUNS[5:7]}
    rows = node_map(comparison.plan.spec, written, executed)
    assert node_map_table(rows) == logged("11_comparison", "node_map")
    for run in NAMES_OF_RUNS[5:7]:
        name = run[3:].removesuffix("_executed")
        assert changes_text(changes(written[name], executed[name])) == logged(run, "run_changes")


def test_numpy_as_text(tensorboard):
    lines = text(tensorboard, "05_numpy_manual", "run_lines")
    assert re.search(
        r"<code>d_hidden2 = .*</code></td>\s*<td>MatMul <code>gradients/layer3/matmul/MatMul</code></td>", lines
    )


def test_xla_as_text(tensorboard):
    assert "HloModule" in text(tensorboard, "04_tf2_xla", "run_compiled")


def test_the_comparison_as_text_and_picture(tensorboard, comparison):
    node_map = text(tensorboard, "11_comparison", "node_map")
    for cell in ("gradients/layer1/matmul/MatMul_1", "graphs of tf1_session, tf2_eager, tf2_function", "FusedMatMul"):
        assert cell in node_map
    operations = text(tensorboard, "11_comparison", "operations")
    assert re.search(r"<td>mathematics</td>\s*<td>(\d+)</td>\s*<td>\1</td>\s*<td>\1</td>", operations)
    assert "only set or return the variables" in operations
    assert "<td>(64, 64, 32, 10)</td>" in text(tensorboard, "11_comparison", "spec")
    assert "tensorflow" in text(tensorboard, "11_comparison", "versions")
    results = text(tensorboard, "11_comparison", "results")
    assert all(f"<td>{row.name}</td>" in results for row in comparison.outcomes)
    assert "Parity holds" in results
    (image,) = json.loads(get(tensorboard, "images/images", run="11_comparison", tag="timing", sample=0))
    with urllib.request.urlopen(f"{tensorboard}data/plugin/images/individualImage?{image['query']}") as answer:
        assert tf.image.decode_png(answer.read()).shape == (510, 680, 4)


def test_what_a_folder_holds_in_words(folder):
    listed = list_runs(folder)
    assert list(listed) == NAMES_OF_RUNS
    with_times = [run for run, words in listed.items() if "times of a traced step" in words]
    assert with_times == sorted(TIMED)
    rest = "times of a traced step; 4 scalars; 12 histograms; text: run_about, shapes/graph, shapes/step"
    assert re.fullmatch(rf"a graph of \d+ nodes; {rest}", listed["01_tf1_session"])
    assert listed["11_comparison"] == "text: node_map, operations, results, spec, versions; images: timing"


def test_tables_say_what_was_found():
    nodes = {"tf1_session": "layer1/matmul", "tf2_eager": "other/matmul"}
    line = Line("numpy_manual", 7, "a = b @ c")
    rows = [
        MatchedOperation("MatMul", line, nodes, {"tf1_session": "_FusedMatMul"}),
        MatchedOperation("Neg", None, {"tf2_eager": "neg"}, {}),
    ]
    assert node_map_table(rows).splitlines() == [
        "**node**: the operation's name in the graphs of tf1_session, tf2_eager; below it, the kernel that ran it in "
        "tf1_session. A fused kernel runs several operations.",
        "",
        "| operation | numpy_manual | node |",
        "| --- | --- | --- |",
        "| MatMul | 7: `a = b @ c` | tf1_session: `layer1/matmul`<br>tf2_eager: `other/matmul`<br>_FusedMatMul |",
        "| Neg | - | tf1_session: -<br>tf2_eager: `neg`<br>not run |",
    ]
    same = [MatchedOperation("Neg", Line("optimizers", 3, "-g"), dict.fromkeys(nodes, "neg"), {})]
    assert node_map_table(same).splitlines()[-1] == "| Neg | optimizers.py 3: `-g` | `neg` |"
    assert lines_table(rows).splitlines()[2:] == ["| 7: `a = b @ c` | MatMul `layer1/matmul` |"]
    found = Changes((Fusion("n", ("MatMul", "BiasAdd"), "_Fused"),), (), ("f",), {"Const": 3, "Neg": 2}, {"Mul": 4}, 6)
    text = changes_text(found)
    for words in ("**Fused** into one kernel: 1", "**Rewritten**: 0", "**Folded** into constants: 1", "**Removed**: 5"):
        assert words in text
    for words in ("| _Fused | MatMul + BiasAdd | `n` |", "| Const | 3 |", "**Added**: 4", "other inputs: 6"):
        assert words in text


def test_the_chart_shows_every_row(comparison):
    png, width, height = timing_chart(comparison.outcomes)
    picture = tf.image.decode_png(png, channels=3).numpy()
    assert picture.shape == (height, width, 3)
    for colour in (STEP, FIRST):
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        places = np.flatnonzero((picture == rgb).all(axis=2).any(axis=1))
        # A mark for each implementation, one below the other, and one in the legend.
        assert np.count_nonzero(np.diff(places) > 10) == len(comparison.outcomes)


def test_nothing_is_written_or_recorded_while_steps_are_timed(tmp_path):
    """Whatever is written of the training is on disk before the first step is timed, and nothing follows until all
    are; no hook is left that would record or slow down the steps.
    """
    folder, sizes = make_folder(tmp_path), []

    def listen(event):
        if isinstance(event, (EpochEnded, RoundTimed)):
            sizes.append((type(event), sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())))
            assert not context.context().op_callbacks
        if isinstance(event, EpochEnded):  # a step that was traced or recorded would count
            assert event.network.state().step == event.epoch.steps

    data = load_dataset("diabetes")
    plan = Plan(default_spec(data), data, 64, 1, implementations=("numpy_manual", "tf2_eager"))
    compare_with_log(plan, folder, listen)
    *_, before = [size for event, size in sizes if event is EpochEnded]
    meanwhile = {size for event, size in sizes if event is RoundTimed}
    assert before > 0
    assert meanwhile == {before}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) > before


def test_histograms_leave_out_what_is_not_finite(tmp_path):
    run = RunLog(tmp_path)
    run.histograms(1, {"some": np.array([1, np.nan, 3]), "none": np.array([np.inf])})
    run.close()
    read = EventMultiplexer().AddRun(str(tmp_path)).Reload()
    (name,) = read.Runs()
    assert read.Runs()[name]["tensors"] == ["some"]
    assert make_ndarray(read.Tensors(name, "some")[0].tensor_proto)[:, 2].sum() == 2


def test_a_session_graph_is_cut_into_step_and_loop():
    spec = make_spec(optimizer="momentum")
    with load("tf1_session").Network(spec, make_parameters(spec)) as network:
        step, loop = step_graph_def(network.graph), loop_graph_def(network.loop_graph)
        whole = {written_name(op.name) for op in network.graph.get_operations()}
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
        assert step_graph_def(network.graph) is None
        assert loop_graph_def(network.loop_graph) is None
        assert "| loss | () | () | float32 |" in shapes_table(network, make_batch(spec))


def test_folders_of_one_second_get_different_names(tmp_path):
    folders = [make_folder(tmp_path) for _ in range(12)]
    assert len(set(folders)) == 12
    assert sorted(folders) == folders


def begun(folder):
    """A folder that holds a run."""
    RunLog(folder / "01_run").close()
    return folder


def complete(folder):
    """The folder of a comparison or timing that has written its results."""
    begun(folder)
    (folder / RESULTS[folder.name.partition("-")[0]]).touch()
    return folder


def test_the_latest_comparison_or_timing_that_holds_a_run_comes_first(tmp_path):
    assert comparisons_and_timings(tmp_path / "none") == []
    older, newer = (begun(make_folder(tmp_path)) for _ in range(2))
    timing = begun(tmp_path / "time-20250101-000000")
    (tmp_path / "compare-20990101-000000").write_text("a file")
    empty = make_folder(tmp_path)
    begun(make_folder(tmp_path, "lesson"))
    assert comparisons_and_timings(tmp_path) == [newer, older, timing]
    assert holds_runs(tmp_path)
    assert not holds_runs(empty)


def test_the_newest_complete_comparison_opens_whatever_is_newer(tmp_path):
    with pytest.raises(ValueError, match=r"^logdir: got .*, which holds no runs; allowed: a folder that"):
        board_folder(tmp_path)
    older, newer = begun(tmp_path / "compare-20260101-000000"), begun(tmp_path / "compare-20260102-000000")
    assert board_folder(tmp_path) == newer  # nothing is complete
    timing = complete(tmp_path / "time-20251231-000000")
    assert board_folder(tmp_path) == timing
    complete(older)
    assert board_folder(tmp_path) == older
    complete(tmp_path / "time-20260103-000000")
    assert board_folder(tmp_path) == older
    complete(newer)
    assert board_folder(tmp_path) == newer


def test_a_comparison_or_timing_is_opened_by_its_name_or_its_path(tmp_path, monkeypatch):
    complete(tmp_path / "logs" / "compare-20260102-000000")
    monkeypatch.chdir(tmp_path)
    for name in ("compare-20260101-000000", "time-20260101-000000"):
        folder = begun(tmp_path / "logs" / name)
        assert board_folder("logs", name).samefile(folder)
        assert board_folder("elsewhere", folder) == folder
        assert board_folder("elsewhere", f"logs/{name}/").samefile(folder)
        with monkeypatch.context() as within:
            within.chdir(folder)
            assert board_folder("elsewhere", ".") == folder


@pytest.mark.parametrize("run", ["nothing", "compare-20270101-000000", "", "..", f"compare-{300 * 'x'}", "lesson-1"])
def test_what_is_neither_a_comparison_nor_a_timing_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begun(tmp_path / "lesson-1")
    begun(tmp_path / "compare-20260101-000000")
    allowed = "a comparison or timing that graphs board --list shows, such as compare-20260101-000000"
    with pytest.raises(ValueError, match=rf"^run: got '.*', which is neither .*; allowed: {allowed}$"):
        board_folder(tmp_path, run)
    with pytest.raises(ValueError, match=r"^run: got '.*', which is neither .*; allowed: a complete comparison$"):
        comparison_folder(tmp_path, run)


def test_whoever_needs_a_complete_comparison_gets_one_or_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^logdir: got .*, which holds no complete comparison; allowed: a folder in"):
        comparison_folder(tmp_path)
    oldest, older = (complete(tmp_path / f"compare-2026010{day}-000000") for day in (1, 2))
    begun(tmp_path / "compare-20260103-000000")
    complete(tmp_path / "time-20260104-000000")
    assert comparison_folder(tmp_path) == older
    assert comparison_folder(tmp_path, oldest.name) == oldest
    for run, what in (("compare-20260103-000000", "incomplete"), ("time-20260104-000000", "a timing")):
        message = rf"^run: got '{run}', which is {what}; allowed: a complete comparison .* such as {older.name}$"
        with pytest.raises(ValueError, match=message):
            comparison_folder(tmp_path, run)


def test_run_names_close_up():
    assert list(run_names(["numpy_manual", "tf2_xla"]).values()) == [
        *("01_tf2_xla", "02_numpy_manual", "03_tf2_xla_loop", "04_comparison"),
    ]


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/graphs", "new/" + 300 * "x"])
def test_a_logdir_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"logdir: got .*; allowed: a folder that can be written"):
        make_folder(tmp_path / place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_finished_comparison_leaves_its_results(folder):
    found = json.loads((folder / "comparison.json").read_text())
    assert found["parity"] is True
    assert [record["name"] for record in found["implementations"]] == list(NAMES)
