"""How much memory each implementation keeps of a network that was closed: XLA keeps what it compiled.

    python benchmarks/memory.py [networks]

Builds networks of different sizes, calls every method of each once, and closes it. Compares resident memory before and
after, in a fresh process for each implementation. Runs on Linux only.
"""

import gc
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from graphs.implementations import NAMES, load
from graphs.network import Batch, NetworkSpec, initial_parameters
from graphs.system.quiet_tensorflow import import_tensorflow_quietly

WARM_UP = 5  # networks, for what is loaded at a first use


def kept_mb(name, networks):
    """Megabytes for each network that was closed."""
    import_tensorflow_quietly()
    for number in range(WARM_UP + networks):
        if number == WARM_UP:
            before = resident_mb()
        use(name, hidden=8 + number)
    return (resident_mb() - before) / networks


def use(name, hidden):
    spec = NetworkSpec((4, hidden, 8, 1))
    batch = Batch(np.ones((8, 4), "float32"), np.ones((8, 1), "float32"))
    with load(name).Network(spec, initial_parameters(spec, seed=0)) as network:
        network.predict(batch.inputs)
        network.evaluate(batch)
        network.train_step(batch)
        network.train_steps(batch, 2)


def resident_mb():
    gc.collect()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


def main(networks="100"):
    print(f"{networks} networks of 4-H-8-1, H from {8 + WARM_UP} up, every method called once")
    for name in NAMES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            print(f"{name:<14}{process.submit(kept_mb, name, int(networks)).result():>6.2f} MB kept of each")


if __name__ == "__main__":
    main(*sys.argv[1:])
