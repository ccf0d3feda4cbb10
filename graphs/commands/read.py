"""graphs read"""

from typing import Annotated

import typer

from graphs.commands.console import console
from graphs.commands.shared_options import command_app
from graphs.implementations import NAMES, file_of
from graphs.implementations.table import BUILT, TRACED, names_of
from graphs.refusals import check_choice, refusal
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def read(
    left: Annotated[str | None, typer.Argument(help=f"One of {', '.join(NAMES)}.")] = None,
    right: Annotated[str | None, typer.Argument(help="Another one.")] = None,
):
    """Print two implementations side by side, function by function.

    Without names: the session's text and the function's.
    """
    with ctrl_c_ends_at_once():
        names = _names(left, right)
        _print(names)


def _names(left, right):
    """The two names, or the default; refuses anything else."""
    if left is None:
        return default_pair()
    check_choice("left", left, NAMES)
    others = [name for name in NAMES if file_of(name) != file_of(left)]
    if right is None:
        raise refusal("right", "nothing", ", ".join(others))
    if right in NAMES and right not in others:
        got = repr(right) if right == left else f"{right!r}, whose text is that of {left}"
        raise refusal("right", got, ", ".join(others))
    check_choice("right", right, others)
    return left, right


def default_pair():
    """The implementations whose graph is built and whose graph is traced."""
    return tuple(names_of(lambda each, origin=origin: each.graph == origin)[0] for origin in (BUILT, TRACED))


def _print(names):
    from graphs.reports.aligned_texts import align
    from graphs.reports.side_by_side import side_by_side

    parts = align(*(file_of(name).read_text(encoding="utf-8") for name in names))
    with console() as page:
        for line in side_by_side(parts, names, page.width):
            page.print(line, soft_wrap=True)
