"""Which estimator of a ratio of step times survives other load? A known factor, measured in every way.

    python benchmarks/estimators.py [--load 0] [--windows 13] [--rounds 20] [--unbound]

In one process, ten calls of train_step are timed beside ten calls of a second network that is the same (the ratio is 1)
and eleven of the first (the ratio is 1.1), for every implementation at 4-8-8-1, 8; and a network with 563 units in its
first layer beside one with 512 (the ratio should be near that of their floating-point operations). Blocks of three
lengths take turns. A window is so many rounds; each estimator gives one ratio for each window. Printed are, over
implementations and windows, the largest error against 1, the range of what should be 1.1, and in how many blocks of
NumPy's, which has one thread, no other program took the core.

--load starts so many busy loops meanwhile. --unbound leaves the process on all its cores; otherwise it is bound to one.
"""

import argparse
import contextlib
import multiprocessing
import os
from functools import partial

import numpy as np

from graphs.implementations import NAMES, load
from graphs.implementations.table import REFERENCE
from graphs.system.environment import bind_to_idle_cores
from graphs.timing.blocks import rounds, turn
from graphs.timing.plan import SIZES, Cell, TimingPlan, step_flops
from graphs.timing.worker import set_threads

BLOCKS = {"one call": 1e-9, "1 ms": 1e-3, "10 ms": 1e-2}  # at least so many seconds
WALL, CPU = 0, 1
ESTIMATORS = {
    "ratio of medians": lambda ours, theirs: np.median(theirs[WALL]) / np.median(ours[WALL]),
    "ratio of minima": lambda ours, theirs: theirs[WALL].min() / ours[WALL].min(),
    "ratio of 10% quantiles": lambda ours, theirs: np.quantile(theirs[WALL], 0.1) / np.quantile(ours[WALL], 0.1),
    "median of a round's ratios": lambda ours, theirs: np.median(theirs[WALL] / ours[WALL]),
    "the same of CPU time": lambda ours, theirs: np.median(theirs[CPU] / ours[CPU]),
}
WIDE = {units: Cell((784, units, 512, 10), 128) for units in (512, 563)}


def calls(name, stack):
    """{what: a function without arguments} that is timed of an implementation at the smallest size."""
    plan, cell = TimingPlan(), SIZES[0]
    one, other = (
        stack.enter_context(load(name).Network(plan.spec(cell), plan.parameters(cell))).train_step for _ in range(2)
    )
    batch = plan.batch(cell)
    return {
        "ten": partial(repeat, one, batch, 10),
        "again": partial(repeat, other, batch, 10),
        "eleven": partial(repeat, one, batch, 11),
    }


def repeat(step, batch, number):
    for _ in range(number):
        step(batch)


def wide_calls(name, stack):
    """{units: a function without arguments}: a step of a network with so many units in its first layer."""
    plan = TimingPlan()
    networks = {units: load(name).Network(plan.spec(cell), plan.parameters(cell)) for units, cell in WIDE.items()}
    return {
        units: partial(stack.enter_context(network).train_step, plan.batch(WIDE[units]))
        for units, network in networks.items()
    }


def measured(functions, seconds, number, seed):
    """({what: times (wall and CPU, rounds)}, the share of blocks that no other program interrupted)."""
    turns = {what: turn(call, seconds) for what, call in functions.items()}
    found = list(rounds(turns, number, seed))
    times = {what: np.array([each[what][:2] for each in found]).T for what in turns}
    return times, np.mean([block.switches == 0 for each in found for block in each.values()])


def windows(functions, seconds, number, length):
    """[{what: times}] of so many windows, and the share of undisturbed blocks."""
    found = [measured(functions, seconds, length, seed) for seed in range(number)]
    return [times for times, _ in found], float(np.mean([share for _, share in found]))


def study(number, length):
    print(f"{'blocks of':<10}{'':<28}{'ratio 1: largest error':>24}{'ratio 1.1: found':>20}{'512, 563 units':>20}")
    flops = step_flops(WIDE[563]) / step_flops(WIDE[512])
    for blocks, seconds in BLOCKS.items():
        small, undisturbed, wide = [], [], []
        for name in NAMES:
            with contextlib.ExitStack() as stack:
                found, share = windows(calls(name, stack), seconds, number, length)
                small += found
                undisturbed += [share] * (name == REFERENCE)
                wide += windows(wide_calls(name, stack), seconds, max(number // 3, 1), length)[0]
        for estimator, ratio in ESTIMATORS.items():
            same = [ratio(each["ten"], each["again"]) for each in small]
            eleven = [ratio(each["ten"], each["eleven"]) for each in small]
            wider = [ratio(each[512], each[563]) for each in wide]
            error = max(abs(np.log(same)))
            ranges = (f"{min(found):.3f} to {max(found):.3f}" for found in (eleven, wider))
            print(f"{blocks:<10}{estimator:<28}{error:>24.1%}{next(ranges):>20}{next(ranges):>20}")
        print(f"{blocks:<10}{np.mean(undisturbed):.0%} of NumPy's blocks were not interrupted", flush=True)
    print(f"563 units take {flops:.3f} times the floating-point operations of 512")


def busy():
    while True:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", type=int, default=0, choices=range(65), metavar="{0..64}")
    parser.add_argument("--windows", type=int, default=13, choices=range(1, 1001), metavar="{1..1000}")
    parser.add_argument("--rounds", type=int, default=20, choices=range(1, 1001), metavar="{1..1000}")
    parser.add_argument("--unbound", action="store_true")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=busy, daemon=True) for _ in range(options.load)]
    for other in others:
        other.start()
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if not options.unbound:
        bind_to_idle_cores(1)
    set_threads(1)
    from graphs.system.quiet_tensorflow import import_tensorflow_quietly

    import_tensorflow_quietly(keras=False)
    study(options.windows, options.rounds)


if __name__ == "__main__":
    main()
