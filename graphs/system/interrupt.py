"""Handles Ctrl-C while there is nothing to lose, while TensorFlow computes, and while a process starts.

What a command says after a Ctrl-C, and its exit status, stand in graphs/commands.
"""

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
def ctrl_c_waits():
    """A Ctrl-C in this context is answered at its end. A process started in it never receives one."""
    pressed = []
    handler = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    # A process inherits this mask. Of this one's threads it stops the signal in the calling thread alone.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if pressed:
        signal.raise_signal(signal.SIGINT)


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
