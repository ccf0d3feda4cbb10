"""Ctrl-C while there is nothing to lose, and while TensorFlow computes."""

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

    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, press)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, handler)
