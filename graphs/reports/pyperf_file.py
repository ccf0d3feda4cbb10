"""A timing as a pyperf file, for `pyperf compare_to`, `check`, `stats` and `show`."""

import io

import numpy as np
import pyperf

from graphs.system.environment import blas_names


def to_json(timings):
    """The text of the file: a benchmark for each row, a run for each process, a value for each block, in seconds.

    The metadata of the runs holds one-time costs, the median CPU time, how often a thread lost its core, and the
    environment.
    """
    benchmarks = [_benchmark(timings, row) for row in timings.rows.values()]
    file = io.StringIO()
    pyperf.BenchmarkSuite(benchmarks).dump(file)
    return file.getvalue()


def name(row):
    """The name of a row's benchmark."""
    return f"{row.series}, {row.cell}"


def _benchmark(timings, row):
    return pyperf.Benchmark([_run(timings, row, *measured) for measured in row.measured])


def _run(timings, row, process, blocks):
    """A process. pyperf multiplies a value by loops, the calls in a block, and by inner_loops, the steps in a call."""
    _, started, built, calls = process
    once = {"build_ms": built.build_ms, "trace_ms": built.trace_ms, "first_step_ms": built.first_step_ms}
    if built.peak_mb is not None:
        once["peak_mb"] = built.peak_mb
    of_blocks = {"cpu_us": float(np.median(blocks[:, 1])), "switches": int(blocks[:, 2].sum())}
    counts = {"loops": calls, "inner_loops": row.series.steps_per_call}
    metadata = {"name": name(row), "unit": "second", **_metadata(timings, started), **counts, **once, **of_blocks}
    return pyperf.Run([us / 1e6 for us in blocks[:, 0]], metadata=metadata, collect_metadata=False)


def _metadata(timings, started):
    plan = timings.plan
    environment = started.environment
    own = {name: value for name, value in environment.items() if isinstance(value, str | int | float)}
    return {
        **environment["machine_metadata"],
        **own,
        "blas": ", ".join(blas_names(environment)),
        "onednn": "on" if environment["onednn"] else "off",
        "affinity": ",".join(map(str, environment["affinity"])),
        **environment["variables"],
        "threads": plan.threads or "default",
        "optimizer": plan.optimizer,
        "dtype": plan.dtype,
        "matmul_gflops": timings.limit_gflops,
    }
