"""Output as a page or a docstring shows it, where "..." stands for whatever was printed there."""

import re


def matches(line, shown):
    """Whether a printed line is the one that is shown."""
    return re.fullmatch(re.escape(shown).replace(re.escape("..."), ".*"), line) is not None


def as_shown(printed, shown):
    """The printed lines, each replaced by the shown line that it matches, so that they equal those that are shown."""
    return [wanted if matches(line, wanted) else line for line, wanted in zip(printed, shown)] + printed[len(shown) :]
