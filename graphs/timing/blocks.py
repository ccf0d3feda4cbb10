"""Short blocks of calls that take turns in a random order, so that what disturbs one of them disturbs the others, too.

A block takes about a millisecond: most blocks of that length end before another program takes the core.
benchmarks/estimators.py measures what that gains.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

try:
    import resource
except ImportError:  # Windows does not count switches
    resource = None  # type: ignore[assignment]

BLOCK_SECONDS = 0.001
LONG_SECONDS = 0.01  # a call this long has no cold start to speak of


class Turn(NamedTuple):
    """What is timed as one block."""

    call: Callable[[], object]
    calls: int  # how often it is called
    warm: bool  # whether a call that is not timed, and may find cold caches, comes first


class Block(NamedTuple):
    """What one block took, per call."""

    wall_us: float
    cpu_us: float  # of all threads of the process
    switches: (
        int  # in the whole block: how often a thread lost its core, to another program or another of its process's
    )
    # threads; 0 where the system does not count


def turn(call, seconds=BLOCK_SECONDS, roughly=None):
    """The Turn that fills a block. It tries the call a few times, unless it is long even roughly, in seconds."""
    long = (roughly or 0) > 2 * LONG_SECONDS
    fastest = roughly if long else min(block(Turn(call, 1, False)).wall_us / 1e6 for _ in range(3))
    return Turn(call, math.ceil(seconds / fastest), fastest < LONG_SECONDS)


def rounds(turns, number, seed):
    """Yields {name: Block} for each round of {name: Turn}: all take their turns, in a random order."""
    generator = np.random.default_rng(seed)
    names = list(turns)
    for _ in range(number):
        order = [names[index] for index in generator.permutation(len(names))]
        yield {name: block(turns[name]) for name in order}


def block(turn):
    """The Block of a Turn."""
    call, calls, warm = turn
    if warm:
        call()
    switches, cpu, start = _switches(), time.process_time(), time.perf_counter()
    for _ in range(calls):
        call()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return Block(wall / calls * 1e6, cpu / calls * 1e6, _switches() - switches)


def _switches():
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw if resource else 0
