"""One three-layer network, executed four ways: NumPy, a TensorFlow 1 session, TensorFlow 2 eager and tf.function.

The public names load on first use, so that importing this package imports neither NumPy nor TensorFlow.
"""

from importlib import import_module

_HOMES = {
    "NetworkSpec": "graphs.network",
    "Parameters": "graphs.network",
    "Batch": "graphs.network",
    "Activations": "graphs.network",
    "StepResult": "graphs.network",
    "State": "graphs.network",
    "initial_parameters": "graphs.network",
    "NAMES": "graphs.implementations",
    "load": "graphs.implementations",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version

        return version("graphs")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__():
    return [*__all__, "__version__"]
