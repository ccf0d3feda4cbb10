"""What the logs cost: a timed step with every log on beside the same step without any.

python benchmarks/logging_cost.py [pairs of processes, default 8]

Logs are written and steps are traced before and after the steps that are timed, never between them; what could still
slow these is what that leaves behind in the process. So each measurement is a comparison in a fresh process, one with
and one without the logs in turn. Printed is the geometric mean over the pairs of with / without, with its 95%
interval, and how long such a comparison takes as a whole: it is that of graphs compare without options.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time

import numpy as np

from graphs.comparison import Plan, compare
from graphs.data.datasets import default_epochs, default_spec, load_dataset
from graphs.event_log.comparison_log import ComparisonLog
from graphs.event_log.folders import make_folder
from graphs.system.quiet_tensorflow import import_tensorflow_quietly
from graphs.timing.intervals import geometric_mean, interval


def measure(with_log):
    """Print {name: step time in us} of a comparison."""
    import_tensorflow_quietly()
    data = load_dataset("digits")
    plan = Plan(default_spec(data), data, batch_size=64, epochs=default_epochs("digits"))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        log = [stack.enter_context(ComparisonLog(make_folder(folder), plan.implementations))] if with_log else []
        result = compare(plan, log)
    print(json.dumps({outcome.name: outcome.step_times.median_us for outcome in result.outcomes}))


def run(how):
    """({name: step time in us}, seconds) of a process."""
    start = time.perf_counter()
    finished = subprocess.run([sys.executable, __file__, how], capture_output=True, text=True, check=True)
    return json.loads(finished.stdout), time.perf_counter() - start


def main(pairs):
    found: dict[str, list] = {"with": [], "without": []}
    generator = np.random.default_rng(0)
    for _ in range(pairs):
        for how in generator.permutation(list(found)):
            found[how].append(run(str(how)))
    print(f"{'step time':<14} {'with us':>9} {'without':>9} {'ratio':>7}   95% interval")
    for name in found["with"][0][0]:
        on, off = (np.array([step_times[name] for step_times, _ in found[how]]) for how in ("with", "without"))
        low, high = interval(on / off)
        medians = f"{np.median(on):>9.0f} {np.median(off):>9.0f} {geometric_mean(on / off):>7.3f}"
        print(f"{name:<14} {medians}   [{low:.3f}, {high:.3f}]")
    seconds = {how: np.median([took for _, took in runs]) for how, runs in found.items()}
    print(f"graphs compare as a whole: {seconds['with']:.1f} s with the logs, {seconds['without']:.1f} s without")


if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) > 1 else "8"
    if argument in ("with", "without"):
        measure(argument == "with")
    else:
        main(int(argument))
