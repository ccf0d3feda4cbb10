"""Ctrl-C while there is nothing to lose."""

import contextlib
import signal


@contextlib.contextmanager
def ctrl_c_ends_at_once():
    """Let Ctrl-C end the process without a traceback meanwhile, unless whoever started it has Ctrl-C ignored.

    A library that is interrupted as it loads may make another error of that.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
