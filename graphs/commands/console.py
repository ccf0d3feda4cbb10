"""What a command shows: text that is not cut, a bar while it works, and the command to type next."""

import contextlib
import shlex
import shutil
import sys
from pathlib import Path

from graphs.commands.shared_options import DEFAULT_LOGDIR


@contextlib.contextmanager
def console():
    """A rich Console on standard output."""
    from rich.console import Console

    found = Console(highlight=False, markup=False, soft_wrap=True)
    found.width = max(found.width, 100)  # rather lines that wrap in a narrow terminal than figures that are cut
    # Rich ends the process when the reader of a pipe has gone; the exit status shall speak of parity even then.
    with contextlib.suppress(SystemExit):
        yield found


@contextlib.contextmanager
def progress(total):
    """A bar on standard error for so much work; gives the function to call after each piece, or with the sum."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    on_errors = Console(stderr=True)
    with Progress(*columns, console=on_errors, transient=True, disable=not on_errors.is_terminal) as bar:
        task = bar.add_task("building", total=total)
        yield lambda what, completed=None: bar.update(
            task, description=what, completed=completed, advance=1 if completed is None else None
        )


def complain(problem):
    """One line on standard error."""
    print(f"graphs: {problem}", file=sys.stderr)


def board_command(logdir):
    """As it can be typed here: with its path where the command is not on PATH, as in a fresh virtual environment."""
    command = sys.argv[0] if Path(sys.argv[0]).name == "graphs" and not shutil.which("graphs") else "graphs"
    return f"{command} board" + ("" if logdir == DEFAULT_LOGDIR else f" --logdir {shlex.quote(str(logdir))}")
