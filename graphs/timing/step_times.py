"""The step times of several networks in one process, for a comparison: steps timed in blocks that take turns."""

import dataclasses
import time

import numpy as np

from graphs.timing.blocks import rounds, turn

NOISY = 0.1  # interquartile range over median
BLOCK_SECONDS = 0.01


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
    turns = {name: turn(step, block_seconds) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for found in rounds(turns, blocks, seed):
        for name, taken in found.items():
            times[name].append(taken.wall_us)
        after_block()
    return {name: StepTimes(tuple(times[name]), turns[name].calls) for name in steps}


def timed_ms(action):
    """(milliseconds, result) of an action, run once."""
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1e3, result
