"""graphs time"""

import dataclasses
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.console import board_command, complain, console, progress
from graphs.commands.shared_options import (
    DEFAULT_LOGDIR,
    Logdir,
    Verbose,
    command_app,
    count,
    counts,
    integer,
    names,
    sizes,
)
from graphs.event_log.folders import RESULTS, TIMING, make_folder
from graphs.implementations import NAMES
from graphs.network import DTYPES, OPTIMIZERS
from graphs.refusals import Refusal, refusal
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def time(
    implementations: Annotated[str | None, typer.Option(help=f"One or more of {', '.join(NAMES)}.")] = None,
    layer_sizes: Annotated[str | None, typer.Option(help="Networks, such as 64-64-32-10,784-512-512-10.")] = None,
    batch_sizes: Annotated[str | None, typer.Option(help="Examples in a batch, such as 64,128.")] = None,
    steps_per_call: Annotated[str, typer.Option(help="Steps in one call, such as 1,10,100,1000.")] = "1",
    optimizer: Annotated[str, typer.Option(help=f"{', '.join(OPTIMIZERS)}.")] = "sgd",
    dtype: Annotated[str, typer.Option(help=f"{', '.join(DTYPES)}.")] = "float32",
    processes: Annotated[int, typer.Option(parser=integer, help="Fresh processes, one after the other.")] = 3,
    threads: Annotated[str, typer.Option(help="Threads; 'default' lets TensorFlow choose.")] = "1",
    rounds: Annotated[int, typer.Option(parser=integer, help="Maximum rounds of blocks in a process.")] = 15,
    seed: Annotated[int, typer.Option(parser=integer, help="Seed for parameters, batch and order.")] = 0,
    refine: Annotated[int, typer.Option(parser=integer, help="Extra passes between sizes that rank differently.")] = 0,
    anatomy: Annotated[bool, typer.Option("--anatomy", help="Split a step into Python, dispatch and kernels.")] = False,
    logdir: Logdir = DEFAULT_LOGDIR,
    json: Annotated[Path | None, typer.Option(help="Write every time to this file, for pyperf.")] = None,
    verbose: Verbose = False,
):
    """Time a step of every implementation and rank them.

    If no sizes are given, it times four networks, from 4-8-8-1 to 1024-1024-1024-1024.
    """
    with ctrl_c_ends_at_once():
        cells = _cells(layer_sizes, batch_sizes)
        plan = _plan(
            cells, implementations, steps_per_call, optimizer, dtype, processes, threads, rounds, seed, anatomy
        )
        _check(plan, refine, json)
    from graphs.timing.processes import in_fresh_process

    return time_and_show(plan, logdir, partial(in_fresh_process, quietly=not verbose), json, refine)


def time_and_show(plan, logdir, measured, json=None, refine=0):
    """Carry out a TimingPlan, show the results, and save them in a folder of logdir and in a json file.

    measured: as in graphs.timing.processes.time_plan. Returns the exit status.
    """
    folder = make_folder(logdir, TIMING)
    timings, ended = _measure(plan, refine, folder, measured)
    if timings is None:
        return _status(ended)
    failures = _keep_and_show(timings, folder, json)
    print(f"Times, charts and tables: {folder}. To see them in TensorBoard: {board_command(logdir, folder.name)}")
    for failure in failures:
        complain(failure)
    if ended:
        reason = "Interrupted" if isinstance(ended, KeyboardInterrupt) else f"graphs: {ended}"
        print(f"{reason}. The results above were measured before that.", file=sys.stderr)
        return 130 if isinstance(ended, KeyboardInterrupt) else 3
    return 2 if failures else 0


def _plan(cells, implementations, steps_per_call, optimizer, dtype, processes, threads, rounds, seed, anatomy):
    """The TimingPlan from the options given."""
    from graphs.timing.plan import TimingPlan

    return TimingPlan(
        cells,
        names(implementations),
        counts("steps_per_call", steps_per_call),
        optimizer,
        dtype,
        processes,
        None if threads == "default" else count("threads", threads, "default, or an integer from 1 up"),
        rounds,
        seed,
        anatomy,
    )


def _cells(layer_sizes, batch_sizes):
    """The sizes to time: each given network with each given batch size, or the plan's default four."""
    from graphs.timing.plan import SIZES, Cell

    if layer_sizes is None and batch_sizes is None:
        return SIZES
    four = "four integers from 1 up, such as 64-64-32-10, with commas between networks"
    networks, batches = [SIZES[1].layer_sizes], [SIZES[1].batch_size]
    if layer_sizes is not None:
        networks = [sizes("layer_sizes", text, "-", 4, four) for text in layer_sizes.split(",")]
    if batch_sizes is not None:
        batches = counts("batch_sizes", batch_sizes)
    return [Cell(network, batch) for network in networks for batch in batches]


def _check(plan, refine, json):
    """Refuse bad options now instead of after the work."""
    from graphs.system.environment import cores
    from graphs.system.output_file import check_writable

    if refine < 0:
        raise refusal("refine", refine, "an integer from 0 up")
    if json:
        check_writable("json", json)
    if plan.threads and plan.threads > len(cores()):
        complain(f"threads: got {plan.threads}, more than the {len(cores())} cores here")


def _measure(plan, refine, folder, measured):
    """(Timings, why they are incomplete). Removes the folder if there are no Timings."""
    from graphs.timing.first_step_check import WrongResultError
    from graphs.timing.processes import ProcessError

    try:
        timings, ended = _time(plan, folder, measured)
        for _ in range(refine):
            cells = timings.midway()
            if cells and not ended:
                closer, ended = _time(dataclasses.replace(plan, cells=cells), folder, measured)
                timings = timings.with_more(closer)
        if not timings.rows:
            raise ended
    except BaseException as error:
        folder.rmdir()  # it is still empty
        if isinstance(error, (WrongResultError, ProcessError)):
            complain(error)
            return None, error
        raise
    return timings, ended


def _status(error):
    from graphs.timing.first_step_check import WrongResultError

    return 1 if isinstance(error, WrongResultError) else 3


def _time(plan, folder, measured):
    """(Timings, why they are incomplete), with a progress bar meanwhile."""
    from graphs.timing.processes import time_plan
    from graphs.timing.progress import expected_seconds, follow

    with progress(expected_seconds(plan)) as advance:
        followed = follow(plan)
        return time_plan(plan, folder, lambda event: advance(*followed(event)), measured)


def _keep_and_show(timings, folder, json):
    """Write every time, show the results, log charts and tables. Returns a message for each failure."""
    failures = [_write("logdir", folder / RESULTS[TIMING], timings)]
    if json:
        failures.append(_write("json", json, timings))
    _show(timings)
    failures.append(_log(timings))
    return [failure for failure in failures if failure]


def _write(field, path, timings):
    from graphs.reports.pyperf_file import to_json
    from graphs.system.output_file import write_whole

    try:
        write_whole(field, path, to_json(timings))
    except Refusal as error:
        return str(error)


def _log(timings):
    from graphs.system.quiet_tensorflow import import_tensorflow_quietly

    import_tensorflow_quietly()
    from graphs.event_log.timing_log import write_timing_log

    try:
        write_timing_log(timings)
    except (OSError, Refusal) as error:
        return f"the log in {timings.folder} is incomplete: {getattr(error, 'strerror', error)}"


def _show(timings):
    from graphs.reports import timing as report

    with console() as page:
        for line in report.setting_lines(timings):
            page.print(line)
        for title, header, sections in report.tables(timings):
            page.print(f"\n{title}", style="bold")
            page.print(report.rich_table(header, sections), soft_wrap=False, crop=False)
        for line in report.legend(timings):
            page.print(line, style="dim")
        for title, sentences in report.verdicts(timings):
            page.print(f"\n{title}", style="bold")
            for sentence in sentences:
                page.print(f"  {sentence}")
        if sentences := report.crossover_sentences(timings):
            page.print("\nWhere the ranking changes", style="bold")
            for sentence in sentences:
                page.print(f"  {sentence}")
        page.print()
