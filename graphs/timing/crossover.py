"""At which size does the order of two implementations change, or a lead end?"""

import math
from collections import Counter
from itertools import combinations, pairwise
from typing import NamedTuple

from graphs.timing.plan import Cell, step_flops
from graphs.timing.verdict import EQUAL, FASTER, LEAST_RATIO

MOST_MIDWAY = 2  # sizes at a time, since each costs a few seconds in every process


class Crossover(NamedTuple):
    """Two implementations that do not compare alike on two sizes; on sizes between these, if any, it is undecided."""

    pair: tuple[str, str]
    steps_per_call: int
    below: Cell
    above: Cell
    small: str | None  # the implementation that is faster on the smaller size; None if they are about equal there
    large: str | None  # the implementation that is faster on the larger size; None likewise
    flops: float  # of a step where they are even or, next to a size where they are about equal, the lead is lost


def crossovers(timings, steps_per_call):
    """The Crossovers among the sizes of a Timings, in the order of implementations and sizes."""
    found = []
    for pair in combinations(timings.plan.implementations, 2):
        decided = []
        for cell in timings.cells():
            rows = {row.series.implementation: row for row in timings.of_cell(cell, steps_per_call)}
            if rows.keys() >= set(pair):
                verdict = timings.verdict(*(rows[name] for name in pair))
                if verdict.outcome in (FASTER, EQUAL):
                    decided.append((cell, verdict))
        for (below, before), (above, after) in pairwise(decided):
            small, large = (_faster(pair, verdict) for verdict in (before, after))
            if small != large:
                # The lead of a tenth, say, is lost where 1.05 is left of it.
                least = 1.0 if small and large else LEAST_RATIO if pair[0] in (small, large) else 1 / LEAST_RATIO
                flops = crossing(step_flops(below), before.ratio / least, step_flops(above), after.ratio / least)
                found.append(Crossover(pair, steps_per_call, below, above, small, large, flops))
    return found


def _faster(pair, verdict):
    return None if verdict.outcome == EQUAL else pair[0] if verdict.ratio > 1 else pair[1]


def midway(found, known):
    """New sizes halfway between the two of Crossovers: the few where most changes lie, if there is room for them."""
    halfway = (between(each.below, each.above) for each in found if room(each.below, each.above))
    sizes = Counter(cell for cell in halfway if cell not in known)
    return [cell for cell, _ in sizes.most_common(MOST_MIDWAY)]


def room(below, above):
    """Whether there is a size between two, and a factor of two in FLOP to it and from it."""
    middle = step_flops(between(below, above))
    return 2 * step_flops(below) <= middle <= step_flops(above) / 2


def between(below, above):
    """The size between two sizes: each layer and the batch is a geometric mean."""

    def mean(one, other):
        return round(math.sqrt(one * other))

    layer_sizes = tuple(map(mean, below.layer_sizes, above.layer_sizes))
    return Cell(layer_sizes, mean(below.batch_size, above.batch_size))


def crossing(flops_below, ratio_below, flops_above, ratio_above):
    """The FLOP at which the ratio is 1, on a straight line through two points on logarithmic axes; one of the two if
    the line does not pass 1 between them.
    """
    before, after = math.log(ratio_below), math.log(ratio_above)
    share = min(max(before / (before - after), 0.0), 1.0)
    return math.exp(math.log(flops_below) + share * (math.log(flops_above) - math.log(flops_below)))
