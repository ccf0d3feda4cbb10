"""95% intervals of a median, and of the ratio of two medians, from blocks timed in several processes."""

import numpy as np

DRAWS = 2000
LEVELS = (2.5, 97.5)  # percent


def median(blocks):
    """The median of the processes' medians. blocks: an array of step times for each process."""
    return float(np.median([np.median(process) for process in blocks]))


def median_interval(blocks):
    """(low, high) of median()."""
    return _interval(median(blocks), np.median(_drawn_medians(blocks), axis=1), len(blocks))


def ratio(ours, theirs):
    """How many times faster ours is: the ratio of the medians in each process, then the median of these ratios."""
    return float(np.median([np.median(their) / np.median(our) for our, their in zip(ours, theirs, strict=True)]))


def ratio_interval(ours, theirs):
    """(low, high) of ratio(). Blocks of one round are drawn together, since both ran under the same load."""
    return _interval(ratio(ours, theirs), np.median(_drawn_medians(theirs) / _drawn_medians(ours), axis=1), len(ours))


def _drawn_medians(blocks):
    """A bootstrap in two stages, one row per draw: it resamples the processes, then the rounds of each, and keeps the
    median of the rounds. The draws depend only on the numbers of processes and rounds. Source: Davison and Hinkley,
    "Bootstrap Methods and their Application", 1997, section 3.8.
    """
    lengths = np.array([len(process) for process in blocks])
    longest = lengths.max()
    padded = np.array([np.resize(process, longest) for process in blocks])
    generator = np.random.default_rng(0)
    processes = generator.integers(len(blocks), size=(DRAWS, len(blocks), 1))
    rounds = generator.random((DRAWS, len(blocks), longest)) * lengths[processes]
    drawn = padded[processes, rounds.astype(int)]
    return np.nanmedian(np.where(np.arange(longest) < lengths[processes], drawn, np.nan), axis=2)


def _interval(found, drawn, processes):
    """The percentiles of the draws, widened around the value found: P resampled processes vary less than P new ones, by
    a factor of sqrt((P - 1) / P) in their standard deviation. One process tells nothing about others.
    """
    low, high = np.percentile(drawn, LEVELS)
    factor = np.sqrt(processes / (processes - 1)) if processes > 1 else 1
    return float(found * (low / found) ** factor), float(found * (high / found) ** factor)
