"""graphs time"""

import sys
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from graphs.commands.console import board_command, complain, console, print_indented, progress
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
    seconds: Annotated[int, typer.Option(parser=integer, help="How long it may take in all.")] = 90,
    processes: Annotated[int, typer.Option(parser=integer, help="Fresh processes at most, one after another.")] = 12,
    threads: Annotated[str, typer.Option(help="Threads; 'default' leaves them to each library.")] = "1",
    rounds: Annotated[int, typer.Option(parser=integer, help="Maximum rounds of blocks in a process.")] = 200,
    seed: Annotated[int, typer.Option(parser=integer, help="Seed for parameters, batch and order.")] = 0,
    anatomy: Annotated[bool, typer.Option("--anatomy", help="Split a step into Python, dispatch and kernels.")] = False,
    details: Annotated[bool, typer.Option("--details", help="Show what is paid once, too.")] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Time known factors instead: can this machine be trusted now?")
    ] = False,
    logdir: Logdir = DEFAULT_LOGDIR,
    json: Annotated[Path | None, typer.Option(help="Write every time to this file, for pyperf.")] = None,
    verbose: Verbose = False,
):
    """Time a step of every implementation and rank them.

    If no sizes are given, it times four networks, from 4-8-8-1 to 1024-1024-1024-1024.
    """
    with ctrl_c_ends_at_once():
        from graphs.timing.plan import TimingPlan
        from graphs.timing.self_test import self_test_plan

        if self_test:
            _check_self_test(layer_sizes, batch_sizes, steps_per_call, anatomy, details)
        given = {
            "cells": _cells(layer_sizes, batch_sizes),
            "steps_per_call": counts("steps_per_call", steps_per_call),
            "optimizer": optimizer,
            "dtype": dtype,
            "seconds": seconds,
            "processes": processes,
            "threads": None if threads == "default" else count("threads", threads, "default, or an integer from 1 up"),
            "rounds": rounds,
            "seed": seed,
            "anatomy": anatomy,
        }
        if implementations is not None:
            given["implementations"] = names(implementations)
        plan = self_test_plan(**given) if self_test else TimingPlan(**given)
        _check(plan, json)
    from graphs.timing.processes import in_fresh_process

    measured = partial(in_fresh_process, quietly=not verbose)
    return (
        self_test_and_show(plan, measured, json) if self_test else time_and_show(plan, logdir, measured, json, details)
    )


def self_test_and_show(plan, measured, json=None):
    """Carry out the plan of a self-test and show whether this machine can be trusted now. Returns the exit status."""
    from graphs.reports import timing as report
    from graphs.timing.self_test import trusted

    timings, ended = _measure(plan, None, measured)
    if timings is None:
        return _status(ended)
    if ended:
        complain("Interrupted" if isinstance(ended, KeyboardInterrupt) else ended)
        return 130 if isinstance(ended, KeyboardInterrupt) else 3
    failure = _write("json", json, timings) if json else None
    with console() as page:
        page.print("Known factors, timed as if they were unknown", style="bold")
        for sentence in report.self_test_sentences(timings):
            print_indented(page, sentence)
    if failure:
        complain(failure)
        return 2
    return 0 if trusted(timings) else 1


def time_and_show(plan, logdir, measured, json=None, details=False):
    """Carry out a TimingPlan, show the results, and save them in a folder of logdir and in a json file.

    measured: as in graphs.timing.processes.time_plan. Returns the exit status.
    """
    folder = make_folder(logdir, TIMING)
    timings, ended = _measure(plan, folder, measured)
    if timings is None:
        return _status(ended)
    failures = _keep_and_show(timings, folder, json, details)
    print(f"Times, charts and tables: {folder}. To see them in TensorBoard: {board_command(logdir, folder.name)}")
    for failure in failures:
        complain(failure)
    if ended:
        reason = "Interrupted" if isinstance(ended, KeyboardInterrupt) else f"graphs: {ended}"
        print(f"{reason}. The results above were measured before that.", file=sys.stderr)
        return 130 if isinstance(ended, KeyboardInterrupt) else 3
    return 2 if failures else 0


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


def _check_self_test(layer_sizes, batch_sizes, steps_per_call, anatomy, details):
    """Refuse what a self-test would ignore."""
    ignored = {
        "--layer-sizes": layer_sizes,
        "--batch-sizes": batch_sizes,
        "--steps-per-call": steps_per_call != "1",
        "--anatomy": anatomy,
        "--details": details,
    }
    for option, given in ignored.items():
        if given:
            raise refusal("self_test", option, "--implementations, --optimizer, --dtype, --seconds, --threads, --seed")


def _check(plan, json):
    """Refuse bad options now instead of after the work."""
    from graphs.system.environment import cores
    from graphs.system.output_file import check_writable

    if json:
        check_writable("json", json)
    if plan.threads and plan.threads > len(cores()):
        complain(f"threads: got {plan.threads}, more than the {len(cores())} cores here")


def _measure(plan, folder, measured):
    """(Timings, why they are incomplete). Removes the folder, if there is one, if there are no Timings."""
    from graphs.timing.first_step_check import WrongResultError
    from graphs.timing.processes import ProcessError

    try:
        timings, ended = _time(plan, folder, measured)
        if not timings.rows:
            raise ended or ProcessError(f"nothing was timed within {plan.seconds} seconds; --seconds allows more")
    except BaseException as error:
        if folder:
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
    from graphs.timing.events import Started
    from graphs.timing.processes import time_plan

    begun, process = monotonic(), 0
    with progress(plan.seconds) as advance:

        def heard(event):
            nonlocal process
            process += isinstance(event, Started)
            size = getattr(event, "cell", "starting")
            advance(f"process {process}: {size}", monotonic() - begun)

        return time_plan(plan, folder, heard, measured)


def _keep_and_show(timings, folder, json, details):
    """Write every time, show the results, log charts and tables. Returns a message for each failure."""
    failures = [_write("logdir", folder / RESULTS[TIMING], timings)]
    if json:
        failures.append(_write("json", json, timings))
    _show(timings, details)
    failures.append(_log(timings, details))
    return [failure for failure in failures if failure]


def _write(field, path, timings):
    from graphs.reports.pyperf_file import to_json
    from graphs.system.output_file import write_whole

    try:
        write_whole(field, path, to_json(timings))
    except Refusal as error:
        return str(error)


def _log(timings, details):
    from graphs.system.quiet_tensorflow import import_tensorflow_quietly

    import_tensorflow_quietly(keras=False)
    from graphs.event_log.timing_log import write_timing_log

    try:
        write_timing_log(timings, details)
    except (OSError, Refusal) as error:
        return f"the log in {timings.folder} is incomplete: {getattr(error, 'strerror', error)}"


def _show(timings, details):
    from graphs.reports import timing as report

    with console() as page:
        page.print(report.ANSWER_TITLE, style="bold")
        for sentence in report.answer(timings):
            print_indented(page, sentence)
        page.print()
        for line in report.setting_lines(timings):
            page.print(line)
        for title, header, sections in report.tables(timings, details):
            page.print(f"\n{title}", style="bold")
            page.print(report.rich_table(header, sections), soft_wrap=False, crop=False)
        for line in report.legend(timings, details):
            page.print(line, style="dim")
        turns = report.crossover_sentences(timings)
        for title, sentences in [*report.verdicts(timings), *([("Where the order changes", turns)] if turns else [])]:
            page.print(f"\n{title}", style="bold")
            for sentence in sentences:
                print_indented(page, sentence)
        page.print()
