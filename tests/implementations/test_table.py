"""The table of implementations says what is so, and adding a runtime is a file and a record."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from command import run
from samples import arrays_of, make_batch, make_parameters, make_spec

import graphs.implementations
from graphs import parity
from graphs.event_log.folders import comparison_folder
from graphs.event_log.listing import list_runs
from graphs.implementations import NAMES, execution, load, text
from graphs.implementations.table import (
    BUILT,
    CALL,
    IMPLEMENTATIONS,
    RECORDED,
    REFERENCE,
    SESSION,
    TRACED,
    Implementation,
    names_of,
)
from graphs.inspection.executed_graph import observe
from graphs.network import initial_state
from graphs.refusals import Refusal


def test_names_and_order():
    assert NAMES == ("numpy_manual", "tf1_session", "tf2_eager", "tf2_function", "tf2_xla")
    assert all(name == implementation.name for name, implementation in IMPLEMENTATIONS.items())
    assert REFERENCE in NAMES
    with pytest.raises(dataclasses.FrozenInstanceError):
        vars(Implementation)["__setattr__"](IMPLEMENTATIONS[REFERENCE], "color", "red")


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS.values(), ids=NAMES)
def test_a_record_says_what_is_so(implementation):
    spec = make_spec()
    with load(implementation.name).Network(spec, make_parameters(spec)) as network:
        before = network.trace_count
        assert (network.graph is not None) == implementation.has_graph
        assert (network.trace_count > before) == (implementation.graph == TRACED)
        assert (network.loop_graph is not None) == implementation.loop_graph
        assert (network.graph is network.loop_graph) == (not implementation.has_graph or implementation.graph == BUILT)
    assert re.fullmatch("#[0-9a-f]{6}", implementation.color)
    assert implementation.about.endswith(".")
    assert implementation.graph in (BUILT, TRACED, RECORDED, None)
    assert implementation.grappler in (SESSION, CALL, None)


def test_colors_tell_them_apart():
    assert len({implementation.color for implementation in IMPLEMENTATIONS.values()}) == len(NAMES)


def test_those_that_grappler_rewrites_are_those_whose_executed_graph_changes():
    spec = make_spec()
    batch, state = make_batch(spec), initial_state(spec, make_parameters(spec))
    assert names_of(lambda each: each.grappler) == ("tf1_session", "tf2_function")
    for name in names_of(lambda each: each.grappler):
        sizes = set()
        for options in ({"disable_meta_optimizer": True}, {}):
            with observe(name, spec, state) as observed:
                observed.use(options, state)
                sizes.add(len(observed.executed_graph(batch).node))
        assert len(sizes) == 2


def test_those_that_share_bits_do():
    spec = make_spec(optimizer="adam")
    parameters, batch = make_parameters(spec), make_batch(spec)
    states = []
    for name in names_of(lambda each: each.bits_of):
        with load(name).Network(spec, parameters, optimize_graph=False) as network:
            network.train_steps(batch, 3)
            states.append(arrays_of(network.state()))
    assert len(states) == 3
    assert all(map(parity.bit_identical, states[0], other) for other in states[1:])


def test_names_of_keeps_the_order_of_the_table():
    assert names_of(lambda each: each.loop_graph) == ("tf1_session", "tf2_function", "tf2_xla")
    assert names_of(lambda each: each.graph, ["tf2_xla", "numpy_manual", "tf2_eager"]) == ("tf2_eager", "tf2_xla")


def test_an_execution_checks_nothing_and_may_keep_what_it_is_given():
    spec = make_spec()
    state = initial_state(spec, make_parameters(spec))
    for name in NAMES:
        running = execution(name, spec, state)
        assert running.predict(make_batch(spec).inputs).shape == (6, 3)
        assert not hasattr(running, "closed")


EAGER_RECORD = """
        Implementation(
            name="{name}",
            module="{module}",
            about="Mine.",
            color="#123456",
            requires=("tensorflow",),
            graph=RECORDED,
            bits_of="my kernels",
        ),
"""
ADDED = EAGER_RECORD.format(name="mine", module="mine") + EAGER_RECORD.format(name="mine_too", module="tf2_eager")
ADDED += """
        Implementation(
            name="mine_compiled",
            module="tf2_function",
            about="Mine, compiled.",
            color="#654321",
            given=(("jit_compile", True),),
            requires=("tensorflow",),
            graph=TRACED,
            loop_graph=True,
            compiled=True,
        ),
"""


def test_adding_a_runtime_is_a_file_and_a_record(tmp_path):
    package = Path(graphs.__file__).parent
    copy = shutil.copytree(package, tmp_path / "graphs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(copy / "implementations" / "tf2_eager.py", copy / "implementations" / "mine.py")
    table = copy / "implementations" / "table.py"
    last = "\n    )\n}\n"  # of the table
    assert table.read_text(encoding="utf-8").count(last) == 1
    table.write_text(table.read_text(encoding="utf-8").replace(last, ADDED.rstrip() + last), encoding="utf-8")
    names = "tf2_eager,mine,mine_too,mine_compiled"
    options = ["compare", "--data", "diabetes", "--epochs", "1", "--implementations", names]
    status, output, errors = run(options, tmp_path)
    assert (status, errors) == (0, "")
    assert "Parity holds: 4 implementations agree" in output
    # Bits are compared with those of the same kind only.
    assert re.search("^mine and mine_too are bit-identical", output, re.MULTILINE)
    runs = list_runs(comparison_folder(tmp_path / "logs"))
    assert re.match("a graph of .* times of a traced step", next(runs[run] for run in runs if run.endswith("_mine")))
    assert re.match("a graph of .* run_compiled", next(runs[run] for run in runs if run.endswith("_mine_compiled")))


def test_a_runtime_that_is_not_installed_is_refused_in_one_line(monkeypatch):
    record = Implementation(name="theirs", module="theirs", about="Theirs.", color="#123456", requires=("no_such",))
    monkeypatch.setitem(IMPLEMENTATIONS, "theirs", record)
    monkeypatch.setattr(graphs.implementations, "NAMES", (*NAMES, "theirs"))
    for call in (text, load):
        with pytest.raises(Refusal, match=r"^implementation: got 'theirs' without no_such; allowed: one whose"):
            call("theirs")
