"""graphs board"""

from typing import Annotated

import typer

from graphs.commands.console import complain
from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, command_app, integer
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def board(
    everything: Annotated[bool, typer.Option("--all", help="Show all runs, not only the newest.")] = False,
    logdir: Logdir = DEFAULT_LOGDIR,
    port: Annotated[int, typer.Option(parser=integer, help="0 picks any free port.")] = 6006,
    list_only: Annotated[bool, typer.Option("--list", help="List the runs and their contents, then exit.")] = False,
):
    """Open TensorBoard on the newest comparison or timing.

    A comparison opens at its graphs, a timing at its charts.
    """
    from graphs.event_log.folders import begun_later
    from graphs.event_log.launch_tensorboard import folder_to_show, launch, wait

    with ctrl_c_ends_at_once():
        folder = folder_to_show(logdir, everything)
        if not everything and (unfinished := begun_later(folder)):
            complain(f"{unfinished[-1]} began later but has not finished; --all shows it too")
        if list_only:
            return _list(folder)
        url = launch(folder, port)
    wait(folder, url)


def _list(folder):
    from graphs.event_log.listing import list_runs, read_without_tensorflow

    read_without_tensorflow()
    runs = list_runs(folder)
    print(folder)
    width = max(map(len, runs), default=0)
    for run, words in runs.items():
        print(f"  {run:<{width}}  {words or 'nothing readable'}")
