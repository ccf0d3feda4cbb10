"""Options that the commands share, and parsers for their values."""

from pathlib import Path
from typing import Annotated

import typer

from graphs.implementations import NAMES
from graphs.refusals import refusal

DEFAULT_LOGDIR = Path("logs")


def command_app():
    """A Typer for one command."""
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def integer(text):
    """The text as an integer. Raises BadParameter, worded like all refusals, if it is not one."""
    return _parse(int, text, "an integer")


def number(text):
    """The text as a number. Raises BadParameter, as above, if it is not one."""
    return _parse(float, text, "a number")


def _parse(parse, text, allowed):
    try:
        return parse(text)
    except ValueError:
        raise typer.BadParameter(f"got {text!r}; allowed: {allowed}") from None


Logdir = Annotated[Path, typer.Option(help="The folder that holds all runs.")]
Verbose = Annotated[bool, typer.Option(help="Show TensorFlow's messages.")]
Seed = Annotated[int, typer.Option(parser=integer, help="Seed for all random draws.")]


def names(implementations):
    """The implementations in a comma-separated list; all of them for None."""
    return NAMES if implementations is None else [name.strip() for name in implementations.split(",")]


def count(field, text, allowed="integers from 1 up, separated by commas"):
    """The text as an integer from 1 up."""
    if not (text.strip().isdecimal() and int(text) >= 1):
        raise refusal(field, repr(text), allowed)
    return int(text)


def counts(field, text):
    """The integers from 1 up in a comma-separated list."""
    return [count(field, part) for part in text.split(",")]


def sizes(field, text, separator, length, allowed):
    """The integers from 1 up in the text, as a tuple of the given length."""
    parts = [part.strip() for part in text.strip().split(separator)]
    if len(parts) != length or not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise refusal(field, repr(text), allowed)
    return tuple(map(int, parts))
