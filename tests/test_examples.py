"""Every example runs as a reader would run it, and says what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

from graphs.event_log.folders import holds_runs

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
SAYS = {
    "01_numpy_manual": ["built", "run", "came back", "log"],
    "02_tf1_session": ["built", "run", "came back", "log"],
    "03_tf2_eager": ["at once", "built", "run", "log"],
    "04_tf2_function": ["traced", "run", "came back", "log"],
    "05_compare_all": ["Parity holds", "bit-identical", "log"],
    "06_time_all": ["tf2_xla", "log"],
}


def test_every_example_is_known_here():
    assert [path.stem for path in EXAMPLES] == list(SAYS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    finished = subprocess.run(
        [sys.executable, path, tmp_path], capture_output=True, text=True, timeout=300, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    for word in SAYS[path.stem]:
        assert word in finished.stdout
    assert holds_runs(tmp_path)
