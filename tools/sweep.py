"""Everything with everything: the proof of parity, in figures.

    python tools/sweep.py            all 480 combinations for 100 steps each, and 3,000 random networks (300 with XLA)
    python tools/sweep.py --quick    48 combinations for 3 steps, and 300 random networks (30 with XLA)

Exit status: 0 if every error is one of rounding and no bit differs where all should agree, 1 if not.
"""

import argparse
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))  # it judges as the tests do
from figures import Found, merge

NETWORKS_PER_PROCESS = 100  # TensorFlow keeps memory for each
COMBINATIONS_PER_PROCESS = 8
# Whose training is compared with whose. With the graph optimizer off the last two never part, or it is a failure.
RUNS = (
    ("tf1_session", "numpy_manual", False),
    ("tf1_session", "numpy_manual", True),
    ("tf2_xla", "numpy_manual", False),
    ("tf2_eager", "tf1_session", False),
    ("tf2_function", "tf1_session", False),
)


class Part(NamedTuple):
    """What one process found."""

    combinations: int
    networks: int
    with_xla: int
    found: Found
    drifts: list  # of (dtype, optimizer, index into RUNS, Drift)


def judge_matrix(indices, steps):
    from matrix import combinations, drift_of, judge_steps

    from graphs.implementations import NAMES

    specs = [combinations()[index] for index in indices]
    found = [judge_steps(spec, steps, NAMES) for spec in specs]
    drifts = [
        (spec.dtype, spec.optimizer, index, drift_of(spec, steps, name, reference, optimize_graph))
        for spec in specs
        for index, (name, reference, optimize_graph) in enumerate(RUNS)
    ]
    parted = tuple(
        f"{RUNS[index][0]} and {RUNS[index][1]} differ in bits after step {drift.first.step} with {optimizer}, {dtype}"
        for dtype, optimizer, index, drift in drifts
        if RUNS[index][1] == "tf1_session" and drift.first
    )
    return Part(len(specs), 0, 0, merge([*found, Found({}, parted)]), drifts)


def judge_networks(seed, count, xla_every):
    from random_networks import judge_random

    found = judge_random(seed, count, xla_every)
    with_xla = sum(any(who == "tf2_xla" for who, _, _ in one.errors) for one in found)
    return Part(0, len(found), with_xla, merge(found), [])


def tasks(quick):
    """(function, arguments) for each process to be."""
    if quick:
        indices, steps, networks = list(range(0, 480, 10)), 3, 300
    else:
        indices, steps, networks = list(range(480)), 100, 3000
    matrix = [
        (judge_matrix, (indices[start : start + COMBINATIONS_PER_PROCESS], steps))
        for start in range(0, len(indices), COMBINATIONS_PER_PROCESS)
    ]
    random = [
        (judge_networks, (seed, NETWORKS_PER_PROCESS, 10)) for seed in range(-(-networks // NETWORKS_PER_PROCESS))
    ]
    return matrix + random


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of it: 48 combinations, 300 random networks")
    quick = parser.parse_args().quick
    start = time.monotonic()
    parts = run(tasks(quick))
    found = merge([part.found for part in parts])
    show(parts, found)
    print(f"{(time.monotonic() - start) / 60:.0f} minutes")
    sys.exit(1 if found.failures else 0)


def run(all_tasks):
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    pool = ProcessPoolExecutor(
        os.cpu_count(),
        mp_context=get_context("spawn"),
        initializer=import_tensorflow_quietly,
        max_tasks_per_child=1,
    )
    with pool, Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("judging", total=len(all_tasks))
        futures = [pool.submit(function, *arguments) for function, arguments in all_tasks]
        parts = []
        for future in as_completed(futures):
            parts.append(future.result())
            progress.advance(bar)
    return parts


def show(parts, found):
    from rich.console import Console
    from rich.table import Table

    console = Console(width=120, highlight=False)
    counts = [sum(part[index] for part in parts) for index in range(3)]
    console.print(f"{counts[0]} combinations; {counts[1]} random networks, {counts[2]} of them with XLA")
    rows = ("activations", "loss", "gradients", "differences", "state")
    table = Table("implementation", "dtype", *rows, "of allowed", title="largest error against NumPy in float64")
    for who, dtype in sorted({key[:2] for key in found.errors}):
        worst = [found.errors.get((who, dtype, row)) for row in rows]
        cells = [f"{one.error:.1e}" if one else "-" for one in worst]
        table.add_row(who, dtype, *cells, f"{max(one.share for one in worst if one):.0%}")
    console.print(table)
    console.print(
        "numpy_manual in float64 is compared with itself; differences are central ones, for all gradients in float64"
    )
    drifts = [drift for part in parts for drift in part.drifts]
    if drifts:
        console.print(drift_table(drifts, Table))
        followers = [drift for *_, index, drift in drifts if RUNS[index][1] == "tf1_session"]
        parted = sum(drift.first is not None for drift in followers)
        console.print(
            f"trainings of eager and function that part from the session's in any bit: {parted} of {len(followers)}"
        )
    bits = [failure for failure in found.failures if "differ in bits" in failure]
    console.print(f"bit differences among session, eager and function with the graph optimizer off: {len(bits)}")
    console.print(f"errors beyond what rounding allows: {len(found.failures) - len(bits)}")
    for failure in found.failures[:20]:
        console.print(failure, soft_wrap=True)


def drift_table(drifts, Table):
    """At which step training that is left to itself drifts apart, and how far that goes: medians, and the largest."""
    table = Table("dtype", "optimizer", "implementation", "parts at", "in", "after 1", "10", "the end", "most")
    table.title = "training left to itself: how far the parameters drift from NumPy's, in parts of the largest"
    for dtype, optimizer in sorted({drift[:2] for drift in drifts}):
        for index, (name, reference, optimized) in enumerate(RUNS):
            if reference != "numpy_manual":
                continue
            some = [drift for *key, drift in drifts if key == [dtype, optimizer, index]]
            first = [drift.first for drift in some if drift.first]
            table.add_row(
                dtype,
                optimizer,
                name + (", optimized" if optimized else ""),
                f"{statistics.median(one.step for one in first):.0f}" if first else "never",
                statistics.mode(one.tensor for one in first) if first else "-",
                *(f"{statistics.median(errors):.0e}" if errors else "-" for errors in (_at(some, 1), _at(some, 10))),
                *(f"{value(drift.growth[-1].error for drift in some):.0e}" for value in (statistics.median, max)),
            )
    return table


def _at(drifts, step):
    return [apart.error for drift in drifts for apart in drift.growth if apart.step == step]


if __name__ == "__main__":
    main()
