"""TensorFlow's file errors, turned into Python's."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def as_os_errors():
    """Turns TensorFlow's own errors into an OSError that says why."""
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(None, error.message.rpartition("; ")[2]) from error
