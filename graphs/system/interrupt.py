"""Ctrl-C while there is nothing to lose, and while TensorFlow computes."""

import contextlib
import signal


def ctrl_c_ends_at_once():
    """Let Ctrl-C end the process without a traceback meanwhile.

    A library that is interrupted as it loads may make another error of that.
    """
    return _handled_by(signal.SIG_DFL)


@contextlib.contextmanager
def ctrl_c_stays_ctrl_c():
    """Raise KeyboardInterrupt for whatever ends what is within after a Ctrl-C.

    Where Ctrl-C meets C code that calls Python, as in an eager step, it may come out as a SystemError or a TypeError.
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
    """Let a handler answer Ctrl-C meanwhile, unless whoever started the process has Ctrl-C ignored."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
