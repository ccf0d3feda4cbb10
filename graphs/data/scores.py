"""Scores for outputs: accuracy if targets are classes, the coefficient of determination if they are numbers."""

import math

import numpy as np


def score_name(targets):
    """The name of the score that suits the targets (N, C)."""
    return "accuracy" if np.isin(targets, (0, 1)).all() else "R2"


def score(outputs, targets):
    """The share of examples whose class is right if all targets are 0 or 1; else 1 - squared error / variance. NaN if
    any output is not finite.

    outputs and targets are (N, C). With one column, the class is whether the value is above 0.5; with more, it is the
    column of the largest value.
    """
    if not np.isfinite(outputs).all():
        return math.nan
    if score_name(targets) == "accuracy":
        return float(np.mean(_classes(outputs) == _classes(targets)))
    targets, outputs = targets.astype("float64"), outputs.astype("float64")
    residual = np.square(targets - outputs).sum()
    return float(1 - residual / np.square(targets - targets.mean(axis=0)).sum())


def _classes(values):
    return values.argmax(axis=1) if values.shape[1] > 1 else values[:, 0] > 0.5
