"""The command: graphs compare | read | view | time | board. Each one is imported only when it is called."""

import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup

from graphs.refusals import Refusal

COMMANDS = ("compare", "read", "view", "time", "board")


class Commands(TyperGroup):
    """Imports each command on demand, from the file of the same name."""

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"graphs.commands.{name}").app)
        command.name = name
        return command


app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main():
    """Run the command.

    Exit status: 0 parity holds, 1 it does not, 2 bad input or an output that cannot be written, 3 an internal error,
    130 interrupted.
    """
    try:
        status = app(sys.argv[1:] or ["--help"], prog_name="graphs", standalone_mode=False)
    except typer.TyperException as error:
        _fail(error.format_message())
    except Refusal as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except Exception:
        # Python would exit with 1, the status for parity that does not hold.
        traceback.print_exc()
        sys.exit(3)
    sys.exit(status or 0)


def _show_version(asked):
    if asked:
        print(f"graphs {version('graphs')}")
        raise typer.Exit


@app.callback()
def graphs(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
):
    """One three-layer network, executed by NumPy, a TensorFlow 1 session, TensorFlow 2 eager and tf.function."""


def _fail(message):
    print("graphs: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)
