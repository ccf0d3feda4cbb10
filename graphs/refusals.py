"""How bad input is refused, and the checks of plain values. The message is one line: field: got ...; allowed: ..."""

import numpy as np


class Refusal(ValueError):
    """Input that cannot be used; the message is one line that names the field, what came and what is allowed."""


def refusal(field, got, allowed):
    return Refusal(f"{field}: got {got}; allowed: {allowed}")


def check_count(n, field="n"):
    """Raises ValueError unless n is an integer from 1 to 2^31 - 1, the most that the loop's int32 counts."""
    if not (is_integer(n) and 1 <= n < 2**31):
        raise refusal(field, repr(n), "an integer from 1 to 2147483647")


def check_flag(field, value):
    """Raises ValueError unless the value is True or False."""
    if not isinstance(value, bool):
        raise refusal(field, repr(value), "True or False")


def check_choice(field, value, choices):
    """Raises ValueError unless the value is one of the choices."""
    if not (isinstance(value, str) and value in choices):
        raise refusal(field, repr(value), ", ".join(choices))


def is_integer(value):
    """Whether a value is an integer, Python's or NumPy's, and no bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
