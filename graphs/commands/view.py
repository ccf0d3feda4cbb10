"""graphs view"""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, command_app, integer
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def view(
    left: Annotated[str | None, typer.Argument(metavar="LEFT", help="A graph of the comparison.")] = None,
    right: Annotated[str | None, typer.Argument(metavar="RIGHT", help="Another one.")] = None,
    run: Annotated[Path | None, typer.Option(help="A comparison's folder or name. Default: the newest.")] = None,
    logdir: Logdir = DEFAULT_LOGDIR,
    port: Annotated[int, typer.Option(parser=integer, help="0 picks any free port.")] = 6007,
):
    """Open two graphs side by side in Model Explorer.

    A click on a node selects the same node on the other side. A graph is named by its implementation; add _executed for
    the graph that TensorFlow executed, and _loop for the loop over steps. The default is the session's graph beside the
    function's.
    """
    from graphs.event_log.folders import comparison_folder

    with contextlib.ExitStack() as stack:
        with ctrl_c_ends_at_once():
            from graphs.explorer.launch import launched

            folder = comparison_folder(logdir, run)
            server, url = stack.enter_context(launched(folder, left, right, port))
        try:
            print(f"Two graphs of {folder} side by side: {url}")
            print("Ctrl-C stops it.", flush=True)
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nStopped.")
