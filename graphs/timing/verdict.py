"""Is one series faster than another? Only if noise, chance and differences between processes do not explain it."""

from typing import NamedTuple

import numpy as np

from graphs.timing.intervals import ratio, ratio_interval

LEAST_BLOCKS = 4
LEAST_RATIO = 1.05  # a smaller ratio is not worth a verdict
TOO_NOISY = 0.25  # interquartile range over median
DISAGREEMENT = 0.15  # by how much the ratios of two processes may differ

FASTER, NO_DIFFERENCE, REFUSED = "faster", "no difference shown", "no verdict"


class Verdict(NamedTuple):
    """What can be said of two series of blocks."""

    ratio: float  # how many times faster the first is
    low: float  # low and high: its 95% interval
    high: float
    processes: tuple[float, ...]  # the ratio in each process
    outcome: str  # FASTER (either of the two), NO_DIFFERENCE or REFUSED
    reason: str  # why the outcome is not FASTER


def judge(ours, theirs):
    """The Verdict on two series, each an array of step times per process; their rounds correspond."""
    found, (low, high) = ratio(ours, theirs), ratio_interval(ours, theirs)
    processes = tuple(ratio([our], [their]) for our, their in zip(ours, theirs, strict=True))
    noisiest, spread = max(noise(ours), noise(theirs)), max(processes) / min(processes) - 1
    fewest = min(map(len, ours))
    outcome, reason = FASTER, ""
    if len(processes) == 1:
        outcome, reason = REFUSED, "only one process; two are needed"
    elif fewest < LEAST_BLOCKS:
        outcome, reason = REFUSED, f"a process timed only {fewest} blocks; {LEAST_BLOCKS} are needed"
    elif noisiest > TOO_NOISY:
        outcome = REFUSED
        reason = f"too noisy: interquartile range {noisiest:.0%} of the median; at most {TOO_NOISY:.0%} is allowed"
    elif spread > DISAGREEMENT:
        outcome, reason = REFUSED, f"the processes differ by {spread:.0%}; at most {DISAGREEMENT:.0%} is allowed"
    elif low <= 1 <= high:
        outcome, reason = NO_DIFFERENCE, "the interval contains 1"
    elif max(found, 1 / found) < LEAST_RATIO:
        outcome, reason = NO_DIFFERENCE, f"the ratio is below {LEAST_RATIO}"
    return Verdict(found, low, high, processes, outcome, reason)


def noise(blocks):
    """The interquartile range over the median, in the median process.

    Differences between processes are judged by their ratios instead: a slower machine slows every series.
    """
    quartiles = [np.percentile(process, (25, 50, 75)) for process in blocks]
    return float(np.median([(high - low) / median for low, median, high in quartiles]))
