"""TensorFlow's graph optimizer, Grappler, with other options.

A session has options of its own. Functions have those of the process, which are read at
each call.
"""

import contextlib
import threading

import tensorflow as tf

ON: dict[str, bool] = {}
OFF = {"disable_meta_optimizer": True}

# One at a time, or a thread could restore what another has set.
LOCK = threading.RLock()


def session_config(options):
    """A ConfigProto with these options, for one session."""
    config = tf.compat.v1.ConfigProto()
    rewriting = config.graph_options.rewrite_options
    for option, value in options.items():
        if not option.startswith("disable_"):
            value = rewriting.ON if value else rewriting.OFF
        setattr(rewriting, option, value)
    return config


@contextlib.contextmanager
def function_options(options):
    """Let functions run with these options of tf.config.optimizer meanwhile."""
    with LOCK:
        before = tf.config.optimizer.get_experimental_options()
        tf.config.optimizer.set_experimental_options(options)
        try:
            yield
        finally:
            restored = {option: before.get(option) for option in options}
            tf.config.optimizer.set_experimental_options(restored)
