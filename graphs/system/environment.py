"""The environment of a measurement: what it depends on besides the code."""

import os
import platform
from importlib.metadata import version

PACKAGES = ("tensorflow", "numpy", "tensorboard", "scikit-learn")
# Printed if the effects of oneDNN's kernels cannot be seen.
WITHOUT_ONEDNN = "TensorFlow runs without oneDNN here; TF_ENABLE_ONEDNN_OPTS=1 switches it on."
VARIABLES = (
    *("TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "XLA_FLAGS"),
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
)


def cores():
    """The numbers of the cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def bind_to_idle_cores(number):
    """Bind this process, and the threads it will start, to the given number of its cores: those that are idlest now.

    Does nothing where the system does not bind processes, and with number None. Call it before threads are started.
    """
    if number is None or not hasattr(os, "sched_setaffinity"):
        return
    import psutil

    busy = psutil.cpu_percent(interval=0.1, percpu=True)
    idlest_first = sorted(cores(), key=lambda core: busy[core] if core < len(busy) else 0.0)
    os.sched_setaffinity(0, idlest_first[:number])


def uses_onednn():
    """Whether TensorFlow uses oneDNN's kernels; by default it does so on some processors only."""
    # TensorFlow has no public function for this; a test checks that this private one still exists.
    from tensorflow.python.util import _pywrap_util_port

    return _pywrap_util_port.IsMklEnabled()


def environment(device):
    """Versions, cores, libraries and the variables that they read. Import TensorFlow first."""
    from threadpoolctl import threadpool_info

    return {
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "machine": platform.machine(),
        "cores": len(cores()),
        "device": device,
        "onednn": uses_onednn(),
        "blas": [
            {key: library.get(key) for key in ("internal_api", "version", "architecture", "num_threads")}
            for library in threadpool_info()
        ],
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def blas_names(environment):
    """The libraries that multiply NumPy's matrices, with the kernel that each chose for this processor."""
    found = [library for library in environment["blas"] if library["architecture"]]
    return sorted({f"{library['internal_api']} {library['version']} {library['architecture']}" for library in found})
