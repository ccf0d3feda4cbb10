"""One step a call, and fifty steps a call: what is paid for each call, and what for each step.

python examples/06_time_all.py [log folder]
"""

import contextlib
import sys

from graphs.data.datasets import default_spec, load_dataset, minibatches
from graphs.event_log.folders import make_folder
from graphs.implementations import NAMES, load
from graphs.network import initial_parameters
from graphs.system.quiet_tensorflow import import_tensorflow_quietly
from graphs.timing.step_times import time_steps

STEPS = 50


def main(logdir="logs"):
    import_tensorflow_quietly()
    from graphs.event_log.event_file import RunLog

    digits = load_dataset("digits")
    spec = default_spec(digits, optimizer="sgd")
    parameters = initial_parameters(spec, seed=0)
    batch = minibatches(digits.train, size=64, seed=0)[0]

    with contextlib.ExitStack() as stack:
        networks = {name: stack.enter_context(load(name).Network(spec, parameters)) for name in NAMES}
        single = {name: (lambda network=network: network.train_step(batch)) for name, network in networks.items()}
        looped = {
            name: (lambda network=network: network.train_steps(batch, STEPS)) for name, network in networks.items()
        }
        a_call = time_steps(single)
        of_many = time_steps(looped, blocks=10)

    folder = make_folder(logdir, "06_time_all")
    print(f"{'microseconds a step':<20}{'one step a call':>20}{f'{STEPS} steps a call':>20}")
    for name in NAMES:
        alone, together = a_call[name].median_us, of_many[name].median_us / STEPS
        print(f"{name:<20}{alone:>20.0f}{together:>20.0f}")
        run = RunLog(folder / name)
        run.scalars(1, {"step_time_us by steps a call": alone})
        run.scalars(STEPS, {"step_time_us by steps a call": together})
        run.close()
    print("medians of blocks that took turns; nothing was logged meanwhile")
    print(f"log        tensorboard --logdir {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
