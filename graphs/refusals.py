"""The error for bad input, and checks of plain values. The message is one line: field: got ...; allowed: ..."""

import numpy as np


class Refusal(ValueError):
    """Bad input. The message is one line that names the field, the value received and the values allowed."""


def refusal(field, got, allowed):
    return Refusal(f"{field}: got {got}; allowed: {allowed}")


def check_count(n, field="n"):
    """Raises ValueError unless n is an integer from 1 to 2^31 - 1, the maximum of the loop's int32 counter."""
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


def check_port(port):
    """Raises ValueError unless the port is one of TCP's, or 0, which stands for any free one."""
    if not 0 <= port < 2**16:
        raise refusal("port", port, "0 to 65535")


def is_integer(value):
    """Whether a value is a Python or NumPy integer, and not a bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
