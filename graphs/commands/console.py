"""A command's output: text that is never truncated, a progress bar, and the command to type next."""

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

    found = Console(highlight=False, markup=False)
    # A terminal's lines wrap between words; those of a pipe or a file stay whole. Tables need 80 columns.
    found.soft_wrap = not found.is_terminal
    found.width = max(found.width, 80 if found.is_terminal else 100)
    # Rich ends the process when a pipe's reader is gone, but the exit status must still report parity.
    with contextlib.suppress(SystemExit):
        yield found


def print_indented(page, sentence):
    """Print a sentence on a console(), all its lines by two spaces to the right."""
    from rich.padding import Padding

    if page.is_terminal:
        page.print(Padding(sentence, (0, 0, 0, 2)))
    else:
        page.print(f"  {sentence}")


@contextlib.contextmanager
def progress(total):
    """Show a progress bar on standard error; yields the function to call after each piece, or with the amount done."""
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
    """Print one line on standard error."""
    print(f"graphs: {problem}", file=sys.stderr)


def board_command(logdir, run=None):
    """The command to type, with its path if graphs is not on PATH, as in a fresh virtual environment.

    run: the name of a comparison or timing in the log folder, if it is not the one that opens by default.
    """
    command = sys.argv[0] if Path(sys.argv[0]).name == "graphs" and not shutil.which("graphs") else "graphs"
    words = [command, "board", *([run] if run else [])]
    return shlex.join(words + ([] if logdir == DEFAULT_LOGDIR else ["--logdir", str(logdir)]))
