"""The inspection of a step is the same after a way through the log."""

import json
import shutil
import subprocess
import sys

import pytest
from log_files import compare_and_inspect

from graphs.comparison import Plan
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.folders import COMPARISON, RESULTS, make_folder
from graphs.event_log.logged_inspection import check_texts, read_inspection, read_results, spec_of
from graphs.inspection.node_times import node_stats, node_times_us
from graphs.inspection.source_lines import lines_of, rules_of
from graphs.refusals import Refusal

pytestmark = pytest.mark.xdist_group("one comparison")


@pytest.fixture(scope="module", params=["all", "XLA"])
def logged(request, tmp_path_factory):
    """(the plan, the folder, the Inspection as it was before it was logged) of all implementations, or without a graph
    of TensorFlow but the one that XLA compiles.
    """
    if request.param == "all":
        plan, _, folder, live = request.getfixturevalue("compared")
        return plan, folder, live
    data = load_dataset("breast_cancer")
    plan = Plan(default_spec(data, optimizer="momentum"), data, 64, 1, implementations=("numpy_manual", "tf2_xla"))
    _, folder, live = compare_and_inspect(plan, make_folder(tmp_path_factory.mktemp("logs")))
    return plan, folder, live


def graphs_and_times(inspection):
    """{run: Drawn, or Compiled}"""
    found = {(name, "written"): each.written for name, each in inspection.optimized.items()}
    found |= {(name, "executed"): each.executed for name, each in inspection.optimized.items()}
    return found | inspection.recorded | inspection.compiled


def test_what_is_read_back_is_what_was_inspected(logged):
    plan, folder, live = logged
    assert spec_of(read_results(folder)) == plan.spec
    read = read_inspection(folder)
    assert read.rows == live.rows
    assert len(read.rows) > 30
    assert list(read.graph_defs()) == list(live.graph_defs())
    assert {name: each.changes for name, each in read.optimized.items()} == {
        name: each.changes for name, each in live.optimized.items()
    }
    before, after = graphs_and_times(live), graphs_and_times(read)
    assert list(after) == list(before)
    for key, drawn in after.items():
        # TensorBoard has message types of its own.
        graph_def = type(before[key].graph_def).FromString(drawn.graph_def.SerializeToString())
        assert graph_def == before[key].graph_def
        for node, same in zip(drawn.graph_def.node, before[key].graph_def.node, strict=True):
            assert (lines_of(node), rules_of(node)) == (lines_of(same), rules_of(same))
        if hasattr(drawn, "run_metadata"):
            assert node_times_us(drawn.run_metadata) == node_times_us(before[key].run_metadata)
            assert len(node_times_us(drawn.run_metadata)) > 30
            assert len(node_stats(drawn.run_metadata)) == len(node_stats(before[key].run_metadata))
        else:
            assert drawn.text == before[key].text


def test_tensorflow_is_not_needed(logged):
    code = (
        "import sys; from graphs.event_log.logged_inspection import read_inspection; "
        "print(len(read_inspection(sys.argv[1]).rows), 'tensorflow' in sys.modules)"
    )
    _, folder, live = logged
    read = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert read.stdout == f"{len(live.rows)} False\n"


def test_a_log_that_is_incomplete_is_refused(logged, tmp_path):
    _, folder, _ = logged
    broken = tmp_path / folder.name
    shutil.copytree(folder, broken)
    shutil.rmtree(next(broken.glob("01_*")))
    with pytest.raises(Refusal, match=f"logdir: got {broken}, whose log is incomplete; allowed: a folder"):
        read_inspection(broken)
    without = {**read_results(folder), "implementations": []}
    (broken / RESULTS[COMPARISON]).write_text(json.dumps(without), encoding="utf-8")
    with pytest.raises(Refusal, match="whose log is incomplete"):
        read_inspection(broken)
    (broken / RESULTS[COMPARISON]).unlink()
    with pytest.raises(Refusal, match=f"logdir: got {broken}, which holds no results; allowed: a folder of a finished"):
        read_inspection(broken)


def test_odd_results_and_other_texts_are_refused(logged, tmp_path):
    _, folder, _ = logged
    results = read_results(folder)
    names = [each["name"] for each in results["implementations"]]
    check_texts(folder, results, names)
    with pytest.raises(Refusal, match="which an older version wrote; allowed: a comparison of today's texts"):
        check_texts(folder, {**results, "texts": None}, names)
    with pytest.raises(Refusal, match=f"which compares another version of {names[0]}.py; allowed"):
        check_texts(folder, {**results, "texts": {**results["texts"], names[0]: "other"}}, names)
    odd: tuple = ([], {}, None, {**results, "implementations": "abc"}, {**results, "plan": {"spec": {"nonsense": 1}}})
    for content in odd:
        (tmp_path / RESULTS[COMPARISON]).write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(Refusal, match="which holds no results"):
            read_results(tmp_path)
