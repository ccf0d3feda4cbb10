"""Step times: the same step of several networks, timed in blocks that take turns in a random order.

Taking turns spreads other load on the machine over all networks. A block is long enough for the clock, and its first
call, which may find cold caches, is not timed.
"""

import dataclasses
import math
import time

import numpy as np

NOISY = 0.1  # interquartile range over median
BLOCK_SECONDS = 0.01
MARGIN = 1.2


@dataclasses.dataclass(frozen=True)
class StepTimes:
    """The step time of each block, in microseconds, in the order of measurement."""

    block_step_times_us: tuple[float, ...]
    steps_per_block: int

    @property
    def median_us(self):
        return float(np.median(self.block_step_times_us))

    @property
    def low_us(self):
        """The lower quartile."""
        return float(np.percentile(self.block_step_times_us, 25))

    @property
    def high_us(self):
        """The upper quartile."""
        return float(np.percentile(self.block_step_times_us, 75))

    @property
    def iqr_us(self):
        """The interquartile range: the middle half of the blocks lies within it."""
        return self.high_us - self.low_us

    @property
    def noisy(self):
        return self.iqr_us > NOISY * self.median_us


def time_steps(steps, blocks=20, block_seconds=BLOCK_SECONDS, seed=0, after_block=lambda: None):
    """{name: StepTimes} for {name: a function without arguments that takes one step}."""
    for step in steps.values():
        step()  # one-time work, such as a trace, is not part of a step
    counts = {
        name: steps_per_block(seconds_per_step(step, block_seconds), block_seconds) for name, step in steps.items()
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for found in rounds(steps, counts, blocks, seed):
        for name, step_time_us in found.items():
            times[name].append(step_time_us)
        after_block()
    return {name: StepTimes(tuple(times[name]), counts[name]) for name in steps}


def seconds_per_step(step, block_seconds):
    """The fastest of five steps, or of two if both are longer than a block."""
    fastest = min(_time_block(step, 1) / 1e6 for _ in range(2))
    return fastest if fastest > block_seconds else min(fastest, *(_time_block(step, 1) / 1e6 for _ in range(3)))


def steps_per_block(seconds, block_seconds):
    """How many steps of this length fill a block, with a margin: steps in a row are faster than one alone."""
    return math.ceil(MARGIN * block_seconds / seconds) if seconds < block_seconds else 1


def rounds(steps, counts, number, seed):
    """Yields {name: step time in microseconds} for each round. A round times a block of counts[name] steps per name,
    in a random order.
    """
    generator = np.random.default_rng(seed)
    names = list(steps)
    for _ in range(number):
        order = [names[index] for index in generator.permutation(len(names))]
        yield {name: _time_block(steps[name], counts[name]) for name in order}


def _time_block(step, count):
    if count > 1:  # a step as long as a block has no cold start to speak of
        step()
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count * 1e6


def timed_ms(action):
    """(milliseconds, result) of an action, run once."""
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1e3, result
