"""Means and 95% intervals of what was measured in several processes, which count as independent."""

import numpy as np
from scipy.special import stdtrit

MISS = 0.05  # the share of intervals that may miss: 95% confidence


def geometric_mean(values):
    """The geometric mean of positive numbers, one for each process."""
    return float(np.exp(np.mean(np.log(values))))


def interval(values, miss=MISS):
    """(low, high): holds the value of a typical process, the median of all there could be, but for a share of misses.

    Student's t on the logarithms of a few processes. One process tells nothing about others: (0, inf).
    """
    if len(values) < 2:
        return 0.0, np.inf
    logs = np.log(values)
    reach = stdtrit(len(logs) - 1, 1 - miss / 2) * np.std(logs, ddof=1) / np.sqrt(len(logs))
    return float(np.exp(np.mean(logs) - reach)), float(np.exp(np.mean(logs) + reach))
