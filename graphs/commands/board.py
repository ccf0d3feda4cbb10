"""graphs board"""

from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.console import board_command, complain
from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, command_app, integer
from graphs.refusals import refusal
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def board(
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN", help="The folder of a comparison or timing, or its name. Default: the newest comparison."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all runs, also those of the lessons.")] = False,
    logdir: Logdir = DEFAULT_LOGDIR,
    port: Annotated[int, typer.Option(parser=integer, help="0 picks any free port.")] = 6006,
    list_only: Annotated[bool, typer.Option("--list", help="List what there is and what opens, then exit.")] = False,
):
    """Open TensorBoard on a comparison or a timing.

    A comparison opens at its graphs, a timing at its charts. The default is the newest complete comparison, or, if
    there is none, the newest complete timing.
    """
    from graphs.event_log.folders import board_folder
    from graphs.event_log.launch_tensorboard import launch, wait

    with ctrl_c_ends_at_once():
        folder = _everything(logdir, run) if everything else board_folder(logdir, run)
        if list_only:
            if not everything:
                _list_folders(logdir, folder)
            return _list_contents(folder)
        url = launch(folder, port)
        if not everything:
            _say_what_is_odd(logdir, run, folder)
    wait(folder, url)


def _everything(logdir, run):
    """The log folder, which must hold a run."""
    from graphs.event_log.folders import holds_runs

    if run is not None:
        raise refusal("run", f"{str(run)!r} and --all", "one of the two")
    if not holds_runs(logdir):
        raise refusal("logdir", f"{logdir}, which holds no runs", "a folder that graphs wrote")
    return logdir


def _say_what_is_odd(logdir, run, folder):
    """One line if the folder is incomplete, or if it opens by default and another is newer."""
    from graphs.event_log.folders import comparisons_and_timings, is_complete

    newest = comparisons_and_timings(logdir)[0] if run is None else folder
    if not is_complete(folder):
        complain(f"{folder} is incomplete: it was interrupted or is still running")
    elif newest != folder:
        state = "" if is_complete(newest) else " and incomplete"
        complain(f"{newest.name} is newer{state}; to open it: {board_command(logdir, newest.name)}")


def _list_folders(logdir, opens):
    from graphs.event_log.folders import comparisons_and_timings, is_complete

    print(logdir)
    found = comparisons_and_timings(logdir)
    width = max((len(folder.name) for folder in found), default=0)
    for folder in found:
        notes = ["incomplete"] * (not is_complete(folder)) + ["opens"] * folder.samefile(opens)
        print(f"  {folder.name:<{width}}  {', '.join(notes)}".rstrip())
    print()


def _list_contents(folder):
    from graphs.event_log.listing import list_runs, read_without_tensorflow

    read_without_tensorflow()
    runs = list_runs(folder)
    print(folder)
    width = max(map(len, runs), default=0)
    for run, words in runs.items():
        print(f"  {run:<{width}}  {words or 'nothing readable'}")
