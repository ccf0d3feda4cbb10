"""Handles Ctrl-C while there is nothing to lose, and while TensorFlow computes."""

import contextlib
import signal


def ctrl_c_ends_at_once():
    """Within this context, Ctrl-C ends the process without a traceback.

    A library interrupted while it loads may turn the KeyboardInterrupt into another error.
    """
    return _handled_by(signal.SIG_DFL)


@contextlib.contextmanager
def ctrl_c_stays_ctrl_c():
    """Within this context, any exception that follows a Ctrl-C is raised as KeyboardInterrupt.

    If C code is calling Python at a Ctrl-C, as in an eager step, a SystemError or a TypeError may be raised instead.
    """
    pressed = False

    def press(*_):
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    with _handled_by(press):
        try:
            yield
        except Exception as error:
            if pressed:
                raise KeyboardInterrupt from error
            raise


@contextlib.contextmanager
def _handled_by(handler):
    """Within this context, the handler receives Ctrl-C, unless the parent process made this one ignore it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
