"""Every example runs as a reader would run it, and says what it promises."""

import runpy
import sys
from pathlib import Path

import pytest

from graphs.event_log.folders import holds_runs

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
SAYS = {
    "01_numpy_manual": ["built", "run", "came back", "log"],
    "02_tf1_session": ["built", "run", "came back", "log"],
    "03_tf2_eager": ["at once", "built", "run", "log"],
    "04_tf2_function": ["traced", "run", "came back", "log"],
    "05_compare_all": ["Parity holds", "bit-identical", "log"],
    "06_time_all": ["tf2_xla", "log"],
    "07_divergence_atlas": ["RMSProp", "Adam", "ReLU", "apart"],
}
WITHOUT_LOG = ("07_divergence_atlas",)


def test_every_example_is_known_here():
    assert [path.stem for path in EXAMPLES] == list(SAYS)


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs an example in this process, as a reader does: a function of its file and arguments that returns (output,
    errors).
    """

    def run(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name="__main__")
        return capfd.readouterr()

    return run


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path, run):
    output, errors = run(path, *[] if path.stem in WITHOUT_LOG else [tmp_path])
    assert errors == ""
    for word in SAYS[path.stem]:
        assert word in output
    assert holds_runs(tmp_path) or path.stem in WITHOUT_LOG


def test_the_atlas_takes_names_and_refuses_unknown_ones(run):
    output, _ = run(EXAMPLES[-1], "reciprocal")
    assert "reciprocal: " in output
    assert "adam_epsilon: " not in output
    with pytest.raises(SystemExit, match=r"^name: got adamw; allowed: adagrad_epsilon, "):
        run(EXAMPLES[-1], "adamw")
