"""What an experiment found: how far apart two things of one name are, and what brings them together."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Two sides, measured as they ship and with one setting changed."""

    left: str
    right: str
    measured: str  # what the numbers are
    gap: float  # as they ship
    setting: str  # the one that closes the gap
    remaining: float  # of the gap, with the setting
    needs_onednn: bool = False  # whether there is a gap only where TensorFlow uses oneDNN
