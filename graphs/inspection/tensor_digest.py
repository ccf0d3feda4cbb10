"""What is kept of a tensor to recognise it: its shape and some of its entries, so that large networks cost no more."""

from typing import NamedTuple

import numpy as np

ENTRIES = 256


class Numbers(NamedTuple):
    """Some entries of a tensor, spread evenly."""

    shape: tuple[int, ...]
    entries: np.ndarray


def numbers(array):
    """The Numbers of an array."""
    stride = max(1, array.size // ENTRIES)
    return Numbers(array.shape, np.array(array.ravel()[::stride]))


def distance(one, other):
    """The largest difference relative to the largest entry of the other; infinite if they cannot be the same."""
    kinds = {one.entries.dtype == bool, other.entries.dtype == bool}
    scale = np.max(np.abs(other.entries), initial=0)
    if one.shape != other.shape or len(kinds) > 1 or not scale:
        return np.inf
    return float(np.max(np.abs(one.entries.astype(float) - other.entries.astype(float))) / scale)
