"""graphs view"""

from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, command_app, integer
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def view(
    left: Annotated[str, typer.Argument(metavar="LEFT", help="A graph of the comparison.")] = "tf1_session",
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="Another one.")] = "tf2_function",
    run: Annotated[Path | None, typer.Option(help="A comparison's folder or name. Default: the newest.")] = None,
    logdir: Logdir = DEFAULT_LOGDIR,
    port: Annotated[int, typer.Option(parser=integer, help="0 picks any free port.")] = 6007,
):
    """Open two graphs of a comparison side by side, in Google's Model Explorer.

    A click on a node selects the same node on the other side. The graphs are those of the implementations, such as
    tf1_session, tf2_eager and tf2_function; as they were executed, such as tf1_session_executed; and their loops, such
    as tf1_session_loop.
    """
    from graphs.event_log.folders import comparison_folder

    with ctrl_c_ends_at_once():
        from graphs.explorer.launch import launch

        folder = comparison_folder(logdir, run)
        server, url = launch(folder, left, right, port)
    try:
        print(f"Model Explorer shows {left} beside {right}, of {folder}, at\n{url}")
        print("Ctrl-C stops it.", flush=True)
        server.serve_forever()
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        server.server_close()
