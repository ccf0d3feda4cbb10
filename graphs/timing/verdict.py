"""Which of two series is faster, from blocks that took turns in several processes."""

from typing import NamedTuple

import numpy as np

from graphs.timing.intervals import MISS, geometric_mean, interval

LEAST_RATIO = 1.05  # a smaller lead is not worth a name
WIDE_INTERVAL = 1.25  # the end of an interval over its beginning

FASTER, EQUAL, UNDECIDED, WITHHELD = "faster", "about equal", "undecided", "no verdict"


class Verdict(NamedTuple):
    """What can be said of two series."""

    ratio: float  # how many times faster the first is
    low: float  # low and high: its 95% interval
    high: float
    processes: tuple[float, ...]  # the ratio in each process
    outcome: str  # FASTER (either of the two), EQUAL, UNDECIDED or WITHHELD
    reason: str = ""  # why the outcome is WITHHELD


def judge(ours, theirs, miss=MISS, cpu=True):
    """The Verdict on two series. Each is a list with an array (rounds, 3) for each process, with a Block in each row;
    rounds and processes of the two correspond.

    Noise widens the interval; nothing is left out for being noisy. cpu: whether the CPU time may contradict the wall
    time, which it may where one thread does all the work. miss: as in intervals.interval.
    """
    wall, low, high = _ratio(ours, theirs, 0, miss)
    found = geometric_mean(wall)
    outcome, reason = _outcome(low, high), ""
    if outcome == FASTER and cpu and all(times[:, 1].all() for times in (*ours, *theirs)):  # a coarse clock shows 0
        cpu_ratios, cpu_low, cpu_high = _ratio(ours, theirs, 1, miss)
        if (found < 1 and cpu_low > LEAST_RATIO) or (found > 1 and cpu_high < 1 / LEAST_RATIO):
            outcome = WITHHELD
            reason = f"CPU time says the opposite, {geometric_mean(cpu_ratios):.2f} [{cpu_low:.2f}, {cpu_high:.2f}]"
    return Verdict(found, low, high, wall, outcome, reason)


def is_open(verdict, miss=MISS):
    """Whether more processes are worth their time: as many again, like those that there are, would decide the Verdict,
    or it is decided by an interval too wide to be of use.
    """
    if verdict.outcome in (FASTER, EQUAL):
        return verdict.high > WIDE_INTERVAL * verdict.low
    return _outcome(*interval(2 * verdict.processes, miss)) != UNDECIDED


def _outcome(low, high):
    if low > LEAST_RATIO or high < 1 / LEAST_RATIO:
        return FASTER
    return EQUAL if low >= 1 / LEAST_RATIO and high <= LEAST_RATIO else UNDECIDED


def _ratio(ours, theirs, column, miss):
    """(the ratio in each process: the median over its rounds; low; high)."""
    pairs = zip(ours, theirs, strict=True)
    ratios = tuple(float(np.median(their[:, column] / our[:, column])) for our, their in pairs)
    return ratios, *interval(ratios, miss)
