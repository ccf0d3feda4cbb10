"""At which size does the order of two implementations change?"""

import math
from itertools import combinations, pairwise
from typing import NamedTuple

from graphs.timing.plan import Cell, step_flops
from graphs.timing.verdict import FASTER


class Crossover(NamedTuple):
    """One implementation is faster up to a size, the other from a larger size on. In between, their ratio passes 1."""

    small: str  # the implementation that is faster on the smaller size
    large: str  # the implementation that is faster on the larger size
    steps_per_call: int
    below: Cell  # the last size at which small is shown to be faster
    above: Cell  # the first size at which large is shown to be faster
    flops: float  # of a step at break-even, if the ratio is a straight line on two logarithmic axes


def crossovers(timings, steps_per_call):
    """The Crossovers among the sizes of a Timings, in the order of implementations and sizes."""
    found = []
    for one, other in combinations(timings.plan.implementations, 2):
        shown = []
        for cell in timings.cells():
            rows = {row.series.implementation: row for row in timings.of_cell(cell, steps_per_call)}
            if one in rows and other in rows:
                verdict = timings.verdict(rows[one], rows[other])
                if verdict.outcome == FASTER:
                    shown.append((cell, verdict.ratio))
        for (below, before), (above, after) in pairwise(shown):
            if (before > 1) != (after > 1):
                small, large = (one, other) if before > 1 else (other, one)
                flops = even_at(step_flops(below), before, step_flops(above), after)
                found.append(Crossover(small, large, steps_per_call, below, above, flops))
    return found


def between(below, above):
    """The size between two sizes: each layer and the batch is a geometric mean."""

    def mean(one, other):
        return round(math.sqrt(one * other))

    layer_sizes = tuple(map(mean, below.layer_sizes, above.layer_sizes))
    return Cell(layer_sizes, mean(below.batch_size, above.batch_size))


def even_at(flops_below, ratio_below, flops_above, ratio_above):
    """The FLOP at which the ratio is 1, on a straight line through two points on logarithmic axes."""
    share = math.log(ratio_below) / (math.log(ratio_below) - math.log(ratio_above))
    return math.exp(math.log(flops_below) + share * (math.log(flops_above) - math.log(flops_below)))
