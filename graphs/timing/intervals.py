"""Means and 95% intervals of what was measured in several processes, which count as independent."""

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def geometric_mean(values):
    """The geometric mean of positive numbers, one for each process."""
    return float(np.exp(np.mean(np.log(values))))


def interval(values, looks=1):
    """(low, high): holds the value of a typical process, the median of all there could be, with 95% confidence.

    Student's t on the logarithms of a few processes. looks: after how many numbers of processes someone looks, and may
    stop; each look then gets its share of the 5%, so that all intervals together hold the value with 95% confidence
    (Bonferroni). One process tells nothing about others: (0, inf).
    """
    if len(values) < 2:
        return 0.0, np.inf
    logs = np.log(values)
    reach = stats.t.isf((1 - CONFIDENCE) / looks / 2, len(logs) - 1) * stats.sem(logs)
    return float(np.exp(np.mean(logs) - reach)), float(np.exp(np.mean(logs) + reach))
