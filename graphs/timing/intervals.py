"""How sure is a median, or a ratio of two? 95% intervals of blocks that were timed in several processes."""

import numpy as np

DRAWS = 2000
LEVELS = (2.5, 97.5)  # percent


def median_interval(blocks):
    """(low, high) of the median. blocks: an array of step times for each process."""
    return _interval(np.median(_drawn_again(blocks), axis=1))


def ratio(ours, theirs):
    """The median of theirs divided by that of ours: how many times faster ours is."""
    return float(np.median(np.concatenate(theirs)) / np.median(np.concatenate(ours)))


def ratio_interval(ours, theirs):
    """(low, high) of ratio(). Blocks of one round are drawn together, since both sides had the same machine then."""
    return _interval(np.median(_drawn_again(theirs), axis=1) / np.median(_drawn_again(ours), axis=1))


def _drawn_again(blocks):
    """The bootstrap in two stages, one row a draw: processes are drawn again, and in each of them its rounds. The draws
    depend on nothing but how many there are. Source: Davison and Hinkley, "Bootstrap Methods and their Application",
    1997, section 3.8.
    """
    lengths = np.array([len(process) for process in blocks])
    longest = lengths.max()
    padded = np.array([np.resize(process, longest) for process in blocks])
    generator = np.random.default_rng(0)
    processes = generator.integers(len(blocks), size=(DRAWS, len(blocks), 1))
    rounds = generator.random((DRAWS, len(blocks), longest)) * lengths[processes]
    return padded[processes, rounds.astype(int)].reshape(DRAWS, -1)


def _interval(values):
    low, high = np.percentile(values, LEVELS)
    return float(low), float(high)
