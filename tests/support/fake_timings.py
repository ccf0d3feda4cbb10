"""Timings that nobody measured, to see what is made of them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphs.implementations import NAMES
from graphs.timing.anatomy import Anatomy
from graphs.timing.blocks import Block
from graphs.timing.events import Built, Round, Split, Started, Timed
from graphs.timing.plan import Cell, Series, TimingPlan
from graphs.timing.results import Timings

SMALL, LARGE = Cell((4, 8, 8, 1), 8), Cell((64, 64, 32, 10), 64)
CALLS = dict.fromkeys(
    (Series(name, steps, control) for name in NAMES for steps in (1, 10, 100) for control in (False, True)), 50
)
ENVIRONMENT = {
    **{"python": "3.11.7", "tensorflow": "2.21.0", "numpy": "2.4.6", "machine": "x86_64", "onednn": True},
    "blas": [{"internal_api": "openblas", "version": "0.3", "architecture": "Haswell", "num_threads": 1}],
    **{"variables": {"TF_NUM_INTRAOP_THREADS": "1"}, "affinity": [0, 1]},
    "machine_metadata": {"cpu_model_name": "A processor", "load_avg_1min": 0.25, "cpu_count": 2},
}


def step_times(median_us, rounds=20, spread=0.02, seed=0):
    """Times around a median; the middle half of them spans about 0.67 times the spread, relative to it."""
    return median_us * (1 + spread * np.random.default_rng(seed).uniform(-0.67, 0.67, rounds))


def make_timings(medians, folder=Path(), drift=(1, 1, 1), spread=0.02, control=1.0, cpu=None, **fields):
    """Timings of {cell: {Series or name: median step time in us}}; the control takes so many times what it repeats.

    drift: what the times of each process are multiplied by, a number or {Series: number}. cpu: {name: CPU time over
    wall time}, 1 if left out.
    """
    medians = {
        cell: {Series(key) if isinstance(key, str) else key: median for key, median in found.items()}
        for cell, found in medians.items()
    }
    series = list(next(iter(medians.values())))
    plan = TimingPlan(
        cells=list(medians),
        implementations=sorted({one.implementation for one in series}),
        steps_per_call=sorted({one.steps_per_call for one in series}),
        **{"processes": len(drift), **fields},
    )
    processes = []
    for number, factor in enumerate(drift):
        events: list[NamedTuple] = [Started(ENVIRONMENT, 100.0 + number)]
        for cell in plan.cells:
            times = {}
            for index, one in enumerate(plan.series()):
                itself = one._replace(control=False)
                factors = factor if isinstance(factor, dict) else dict.fromkeys(plan.series(), factor)
                times[one] = (
                    step_times(medians[cell][itself], spread=spread, seed=(number, index))
                    * factors.get(itself, 1)
                    * (control if one.control else 1)
                )
                events.append(Built(cell, one, 10.0, 20.0 * number, 100.0, second_step_ms=5.0, peak_mb=2.0 + number))
            for turn in range(20):
                blocks = {
                    one: Block(us[turn], us[turn] * (cpu or {}).get(one.implementation, 1), 0)
                    for one, us in times.items()
                }
                events.append(Round(cell, blocks, CALLS))
            events.append(Timed(cell, 1.0 + plan.cells.index(cell)))
            if plan.anatomy:
                events += [Split(cell, name, Anatomy(10.0, 20.0, 70.0 + number)) for name in plan.implementations]
        processes.append(tuple(events))
    return Timings(plan, tuple(processes), Path(folder))
