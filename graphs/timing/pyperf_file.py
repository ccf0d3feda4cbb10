"""A timing as a file of pyperf's: what `pyperf compare_to`, `check`, `stats` and `show` read."""

import io

import pyperf

from graphs.environment import blas_names


def to_json(timings):
    """The text of the file: a benchmark for each row, a run for each process, a value for each block, in seconds.

    What is paid once stands in the metadata of the runs, and so does the environment.
    """
    benchmarks = [_benchmark(timings, row) for row in timings.rows.values()]
    file = io.StringIO()
    pyperf.BenchmarkSuite(benchmarks).dump(file)
    return file.getvalue()


def name(row):
    """What the benchmark of a row is called."""
    return f"{row.series}, {row.cell}"


def _benchmark(timings, row):
    metadata = {"name": name(row), "unit": "second", "inner_loops": row.series.steps_per_call, **_metadata(timings)}
    runs = [
        pyperf.Run(
            [us / 1e6 for us in blocks],
            metadata={
                **metadata,
                "build_ms": built.build_ms,
                "trace_ms": built.trace_ms,
                "first_step_ms": built.first_step_ms,
            },
            collect_metadata=False,
        )
        for blocks, built in zip(row.blocks, row.built, strict=True)
    ]
    return pyperf.Benchmark(runs)


def _metadata(timings):
    environment, plan = timings.environment, timings.plan
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
