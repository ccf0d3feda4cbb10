"""The table of implementations: the only place that knows them all. A name's code is imported when it is loaded."""

from functools import partial
from importlib import import_module
from types import SimpleNamespace

from graphs.network import refusal

# name: (file, what its Network is always given)
TABLE = {
    "numpy_manual": ("numpy_manual", {}),
    "tf1_session": ("tf1_session", {}),
    "tf2_eager": ("tf2_eager", {}),
    "tf2_function": ("tf2_function", {}),
    "tf2_xla": ("tf2_function", {"jit_compile": True}),
}

NAMES = tuple(TABLE)


def load(name):
    """Something with a Network(spec, parameters, optimize_graph=True) in it. Raises ValueError for an unknown name."""
    if name not in NAMES:
        raise refusal("implementation", repr(name), ", ".join(NAMES))
    file, given = TABLE[name]
    module = import_module(f"{__name__}.{file}")
    return SimpleNamespace(Network=partial(module.Network, **given)) if given else module
