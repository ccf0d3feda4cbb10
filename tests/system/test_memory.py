"""Whether the memory that is measured is that which was taken."""

import subprocess
import sys

import pytest

from graphs.system.memory import MEASURED, added_peak_mb

# In a process of its own, in which nothing else takes or frees memory.
SCRIPT = """
import numpy as np
from graphs.system.memory import added_peak_mb

def small_arrays(number):
    # Of 80 kB each, which the C library keeps when they are freed.
    return [np.ones(10_000) for _ in range(number)]


*free, last = small_arrays(2500)  # 200 MB
del free


def peak_and_return():
    small_arrays(1250)  # 100 MB for a moment
    return np.ones(1_250_000)


peak_mb, kept = added_peak_mb(peak_and_return)
assert 95 < peak_mb < 105, peak_mb
again_mb, _ = added_peak_mb(lambda: kept + 1)
assert 9 < again_mb < 12, again_mb
nothing_mb, _ = added_peak_mb(lambda: None)
assert 0 <= nothing_mb < 1, nothing_mb
"""


@pytest.mark.skipif(not MEASURED, reason="only Linux tells the peak of a part of a run")
def test_a_peak_is_of_what_was_added_meanwhile():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_an_action_returns_comes_with_it():
    assert added_peak_mb(lambda: "result")[1] == "result"
