"""tf.random.set_seed alone gives other numbers in eager execution than in a graph, be it a function's or a session's.

Each operation draws with two seeds. Where the second is not given, a graph counts its operations, and eager execution
takes one from Python's random.Random(seed): function and session agree, eager does not. A seed for the operation, too,
closes the gap, if each operation has its own: two that share one draw the same numbers in a graph, and go on in eager
execution. XLA heeds none of these seeds: every call draws something new. A stateless operation has both seeds in its
arguments; XLA alone chooses another generator for it unless it is told which.
"""

import contextlib

import numpy as np
import tensorflow as tf

from divergences.finding import Finding

SEED, OPERATION_SEED = 7, 5


def normal(seed):
    return tf.random.normal((4,), seed=seed)


@contextlib.contextmanager
def seeded():
    """The seed is the process's: None gives it back as it was at the start."""
    tf.random.set_seed(SEED)
    try:
        yield
    finally:
        tf.random.set_seed(None)


def eager(seed):
    with seeded():
        return normal(seed).numpy()


def function(seed):
    with seeded():
        return tf.function(lambda: normal(seed))().numpy()


def session(seed):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as running:
        tf.random.set_seed(SEED)  # of this graph
        return running.run(normal(seed))


def stateless(algorithm="auto_select"):
    return tf.random.stateless_normal((4,), seed=(SEED, OPERATION_SEED), alg=algorithm)


def compiled(draw):
    with seeded():
        return tf.function(draw, jit_compile=True)().numpy()


def largest(a, b):
    return float(np.abs(np.asarray(a) - np.asarray(b)).max())


def experiment():
    set_seed = f"tf.random.set_seed({SEED})"
    return [
        *(
            Finding(
                f"{set_seed}, eager",
                f"the same in {name}",
                "four normal numbers",
                largest(eager(None), other(None)),
                "seed= of the operation, too",
                largest(eager(OPERATION_SEED), other(OPERATION_SEED)),
            )
            for name, other in (("tf.function", function), ("Session", session))
        ),
        *(
            Finding(
                f"{name}, eager",
                "the same in XLA",
                "four normal numbers",
                gap,
                setting,
                largest(stateless("philox"), compiled(lambda: stateless("philox"))),
            )
            for name, gap, setting in (
                (
                    f"{set_seed}, seed={OPERATION_SEED}",
                    largest(eager(OPERATION_SEED), compiled(lambda: normal(OPERATION_SEED))),
                    'tf.random.stateless_normal(alg="philox") instead; no seed does it',
                ),
                ("tf.random.stateless_normal", largest(stateless(), compiled(stateless)), 'alg="philox"'),
            )
        ),
    ]
