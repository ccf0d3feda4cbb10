"""Every example runs as a reader would run it, and says what it promises."""

import subprocess
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


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    arguments = [] if path.stem in WITHOUT_LOG else [tmp_path]
    finished = subprocess.run(
        [sys.executable, path, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    for word in SAYS[path.stem]:
        assert word in finished.stdout
    assert holds_runs(tmp_path) or path.stem in WITHOUT_LOG


def test_the_atlas_takes_names_and_refuses_unknown_ones():
    command = [sys.executable, str(EXAMPLES[-1])]
    finished = subprocess.run([*command, "reciprocal"], capture_output=True, text=True, check=True)
    assert "reciprocal: " in finished.stdout
    assert "adam_epsilon: " not in finished.stdout
    refused = subprocess.run([*command, "adamw"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("name: got adamw; allowed: adagrad_epsilon, ")
