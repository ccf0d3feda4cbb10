"""Sets the options of TensorFlow's graph optimizer, Grappler.

Each session has its own options. Functions use the options of the process, which
TensorFlow reads at each call.
"""

import contextlib
import threading

import tensorflow as tf

ON: dict[str, bool] = {}
OFF = {"disable_meta_optimizer": True}

# One thread at a time, or one could overwrite the options that another has set.
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
    """Within this context, functions run with these options of tf.config.optimizer."""
    with LOCK:
        before = tf.config.optimizer.get_experimental_options()
        tf.config.optimizer.set_experimental_options(options)
        try:
            yield
        finally:
            restored = {option: before.get(option) for option in options}
            tf.config.optimizer.set_experimental_options(restored)


def run_as_written(execution):
    """Switch the optimizer off whenever this Execution runs a function."""
    for name in ("predict", "evaluate", "train_step", "train_steps"):
        setattr(execution, name, function_options(OFF)(getattr(execution, name)))
