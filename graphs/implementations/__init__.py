"""Loads an implementation by name: its module, its Execution or its Network.

Importing this package imports no implementation.

The file of an implementation defines a class Execution(spec, state, ...), which does
not check its arguments:

    predict(inputs)         outputs
    evaluate(batch)         a StepResult
    train_step(batch)       the loss before the step
    train_steps(batch, n)   the loss before the last step
    state()                 the State; the Execution may still use its arrays
    restore(state)          nothing; the Execution keeps the arrays
    close()                 nothing; defined only if there is something to release

The code that draws its graph needs more. If the graph is BUILT: graph, session, batch,
result and train_op, which the session is fed and runs. If it is TRACED: outputs,
result, step and steps, each a function under @concrete. If it is RECORDED: variables,
and step(inputs, targets).
"""

import hashlib
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

from graphs import optimizers
from graphs.implementations.table import (
    CALL,
    IMPLEMENTATIONS,
    NAMES,
    REFERENCE,
    SESSION,
)
from graphs.refusals import check_choice, refusal

__all__ = ["NAMES", "digest_of", "execution", "file_of", "load", "text"]


def text(name):
    """The module of an implementation.

    Raises ValueError if the name is unknown or a package that it needs is missing.
    """
    if name not in NAMES:
        raise refusal("implementation", repr(name), ", ".join(NAMES))
    implementation = IMPLEMENTATIONS[name]
    missing = [each for each in implementation.requires if find_spec(each) is None]
    if missing:
        got = f"{name!r} without {', '.join(missing)}"
        raise refusal("implementation", got, "one whose packages are installed")
    return import_module(f"{__name__}.{implementation.module}")


def file_of(name):
    """The Path of an implementation's file. Imports nothing.

    Raises ValueError if the name is unknown.
    """
    check_choice("implementation", name, NAMES)
    return Path(__file__).parent / f"{IMPLEMENTATIONS[name].module}.py"


def digest_of(name):
    """What tells a text from any other, together with those shown beside it.

    These are the update rules and the reference.
    """
    files = (file_of(name), file_of(REFERENCE), Path(optimizers.__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def execution(name, spec, state, optimize_graph=True):
    """A new Execution, which checks nothing and may keep the arrays of the State."""
    implementation = IMPLEMENTATIONS[name]
    given = dict(implementation.given)
    if implementation.grappler == SESSION:
        given["optimize_graph"] = optimize_graph
    if implementation.compiled:
        from graphs.implementations.xla_options import compile_small_loops_whole

        compile_small_loops_whole()
    made = text(name).Execution(spec, state, **given)
    if implementation.grappler == CALL and not optimize_graph:
        from graphs.implementations.grappler_options import run_as_written

        run_as_written(made)
    return made


def load(name):
    """A namespace with a class Network(spec, parameters, optimize_graph=True).

    Raises ValueError as text() does.
    """
    text(name)
    return _load(name)


@lru_cache(maxsize=None)
def _load(name):
    from graphs.implementations import checked_network

    class Network(checked_network.Network):
        __doc__ = checked_network.Network.__doc__
        __module__ = __name__
        __qualname__ = f"load({name!r}).Network"
        implementation = IMPLEMENTATIONS[name]

    return SimpleNamespace(Network=Network)
