"""graphs read"""

from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.console import console
from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, command_app
from graphs.implementations import NAMES, file_of
from graphs.refusals import check_choice, refusal
from graphs.reports.aligned_texts import pair_to_read, texts_of
from graphs.system.interrupt import ctrl_c_ends_at_once

app = command_app()


@app.command()
def read(
    left: Annotated[str | None, typer.Argument(metavar="LEFT", help=f"One of {', '.join(NAMES)}.")] = None,
    right: Annotated[str | None, typer.Argument(metavar="RIGHT", help="Another one.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page for the projector to this file.")] = None,
    run: Annotated[
        Path | None, typer.Option(help="For the page: a comparison's folder or name. Default: the newest.")
    ] = None,
    logdir: Logdir = DEFAULT_LOGDIR,
):
    """Print two implementations side by side, function by function.

    The default is the text of the session beside that of the function. With --html it writes a page instead, which
    also shows the operations that each line becomes, with the shapes, times and kernels of a comparison.
    """
    with ctrl_c_ends_at_once():
        names = _names(left, right)
        if html:
            return _write(html, names, logdir, run)
        if run is not None:
            raise refusal("run", repr(str(run)), "with --html only")
        _print(names or pair_to_read())


def _names(left, right):
    """The two names, or None; refuses anything but two texts."""
    if left is None:
        return None
    check_choice("left", left, NAMES)
    others = [name for name in NAMES if file_of(name) != file_of(left)]
    if right is None:
        raise refusal("right", "nothing", ", ".join(others))
    if right in NAMES and right not in others:
        got = repr(right) if right == left else f"{right!r}, whose text is that of {left}"
        raise refusal("right", got, ", ".join(others))
    check_choice("right", right, others)
    return left, right


def _print(names):
    from graphs.reports.side_by_side import side_by_side

    parts = texts_of(names)
    with console() as page:
        for line in side_by_side(parts, names, page.width):
            page.print(line)


def _write(path, names, logdir, run):
    """Write the page of a comparison: of two implementations, or of its first two, the session and function first."""
    from graphs.event_log.folders import comparison_folder
    from graphs.event_log.logged_inspection import check_texts, compared, read_inspection, read_results, spec_of
    from graphs.reports.texts_page import texts_page
    from graphs.system.output_file import check_writable, write_whole

    check_writable("html", path)
    folder = comparison_folder(logdir, run)
    results = read_results(folder)
    took_part = compared(results)
    names = names or pair_to_read(took_part)
    if names is None:
        raise refusal("run", f"{folder}, which compares {' and '.join(took_part)}", "a comparison of two texts")
    for field, name in zip(("left", "right"), names, strict=True):
        check_choice(field, name, took_part)
    check_texts(folder, results, names)
    write_whole("html", path, texts_page(read_inspection(folder), names, spec_of(results), results))
    print(f"{path}: {' beside '.join(names)}, with the operations of {folder}")
