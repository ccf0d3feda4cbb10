"""TensorFlow without its start-up chatter."""

import contextlib
import os
import sys
import tempfile


def import_tensorflow_quietly(keras=True):
    """Import TensorFlow without the log messages of its C++ code, unless TF_CPP_MIN_LOG_LEVEL is set.

    TensorFlow imports Keras if it can, which takes two fifths of the time. keras=False leaves that to the first use of
    tf.keras.

    TensorFlow prints some lines before it reads that variable, so standard error is held back during the import, and
    shown if the import fails. Errors are still raised.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _standard_error_held_back(), contextlib.nullcontext() if keras else _hidden("keras"):
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")


@contextlib.contextmanager
def _hidden(package):
    """Meanwhile, an import of a package that is not yet loaded fails, as if it were not installed."""
    hidden = package not in sys.modules
    if hidden:
        # None makes its import fail: Python's documentation of sys.modules; the type stubs do not know.
        sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules[package]


@contextlib.contextmanager
def _standard_error_held_back():
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            held_back.seek(0)
            os.write(original, held_back.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
