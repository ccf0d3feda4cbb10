"""Ours beside the fewest lines of bare TensorFlow, PyTorch, JAX, Paddle and Keras: who trains the same network faster?

python benchmarks/frameworks.py [--threads 1 default] [--rounds 31] [--sizes 1 2] [--without torch] [--json FILE]

What is not installed is left out, and said so: pip install -e '.[frameworks]'. Each framework has a process of its own,
TensorFlow's for ours and the bare code alike. All of them are bound to the same cores, one for each thread; with
"default" threads they may use every core, and each framework decides itself how many threads it starts. On each size
the contestants take turns, in a random order, in blocks of at least a millisecond; each starts from the same
parameters, and its first losses are compared with NumPy's before anything is timed. Everyone takes a NumPy batch and
returns a number. Intervals are of 95%, from the rounds (Student's t): other processes may differ by more. "tuned" are
our XLA and JAX's with the same options of XLA's; whoever is compared, is compared with and without them. torch.compile
is as it comes.
"""

import argparse
import contextlib
import json
import math
import multiprocessing
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphs.implementations import NAMES, load
from graphs.implementations.table import REFERENCE
from graphs.network import NetworkSpec, initial_parameters
from graphs.reports.human_numbers import duration
from graphs.system.environment import cores
from graphs.system.output_file import check_writable, write_whole
from graphs.timing.blocks import BLOCK_SECONDS, rounds, turn
from graphs.timing.intervals import geometric_mean, interval
from graphs.timing.plan import SIZES, TimingPlan, step_flops
from graphs.timing.worker import limit_gflops, set_threads

LEARNING_RATE = 0.1
STEPS = (1000, 1000, 100, 3)  # in a call of a loop, by size
ALLOWED_RATIO = 1.05  # of train_step to bare code, for the check of its batch and the count of its steps
GROUPS, PAIRED_ROUNDS = 10, 20  # of ours beside bare TensorFlow; a long step takes one round a group
PAIR = "pair"  # what a process is asked for, besides a block
SETTLE_SECONDS = 0.005  # for threads of the one before, which may still be waiting for work
TUNED = (
    "--xla_cpu_prefer_vector_width=512 --xla_cpu_copy_insertion_use_region_analysis=true "
    "--xla_backend_extra_options="
    "xla_force_enable_experimental_llvm_ir_gemm,xla_cpu_small_while_loop_byte_threshold=65536"
)
# Of small products YNNPACK makes tasks for other threads; and XLA compiles no loop that holds them as one function.
TUNED_SMALL = f"{TUNED} --xla_cpu_experimental_ynn_fusion_type="
TUNED_BY_SIZE = (TUNED_SMALL, TUNED_SMALL, TUNED, TUNED)
DEFAULT = "default"  # threads: each framework's own choice


class Competitor(NamedTuple):
    """A process: the package it needs, the modules whose contestants it holds, and whether XLA is tuned there."""

    package: str
    modules: tuple[str, ...]
    tuned: bool = False


COMPETITORS = {
    "tensorflow": Competitor("tensorflow", ("ours", "tensorflow")),
    "tensorflow, XLA tuned": Competitor("tensorflow", ("ours_tuned",), tuned=True),
    "torch": Competitor("torch", ("torch",)),
    "jax": Competitor("jax", ("jax",)),
    "jax, XLA tuned": Competitor("jax", ("jax_tuned",), tuned=True),
    "paddle": Competitor("paddle", ("paddle",)),
    "keras": Competitor("keras", ("keras",)),
}
BARE = {
    "tf1_session": "bare session",
    "tf2_eager": "bare eager",
    "tf2_function": "bare function",
    "tf2_xla": "bare XLA",
    "tf2_function loop": "bare function loop",
    "tf2_xla loop": "bare XLA loop",
}


def serve(competitor, cell, n, threads, connection):
    """In a process of its own: build the contestants, then time a block whenever one is asked for."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores()[:threads])
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if competitor.tuned:
        tuned = TUNED_BY_SIZE[SIZES.index(cell)]
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {tuned}".strip()
    set_threads(threads)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    plan = TimingPlan(cells=[cell])
    contestants: dict[str, tuple] = {}
    for module in competitor.modules:
        made = __import__(f"bare.{module}", fromlist=["contestants"])
        contestants |= made.contestants(plan.parameters(cell), plan.batch(cell), LEARNING_RATE, n)
    limit = limit_gflops("float32") if "ours" in competitor.modules else None
    connection.send(({name: steps for name, (_, steps) in contestants.items()}, limit))
    with contextlib.suppress(EOFError):
        while True:
            asked, *how = connection.recv()
            if asked == PAIR:
                connection.send(paired(*(contestants[name][0] for name in how)))
            else:
                connection.send(block(contestants[asked][0], *how))


def paired(ours, bare):
    """How many times as long ours takes, in each group of rounds: the median of the rounds, in each of which blocks of
    a millisecond of the two follow each other in random order.
    """
    turns = {"ours": turn(ours), "bare": turn(bare)}
    number = GROUPS * (PAIRED_ROUNDS if turns["ours"].warm else 1)
    found = np.array([each["ours"].wall_us / each["bare"].wall_us for each in rounds(turns, number, seed=0)])
    return [float(np.median(group)) for group in np.split(found, GROUPS)]


def block(call, calls):
    """(seconds of a call, what the last returned)."""
    if calls > 1:
        call()
    start = time.perf_counter()
    for _ in range(calls):
        result = call()
    return (time.perf_counter() - start) / calls, float(result)


class Contestant:
    """One of a framework's, in the process that holds it."""

    def __init__(self, name, steps, connection):
        self.name, self.steps, self.connection = name, steps, connection
        self.calls = 1
        self.step_times_us = []
        self.ratios_to_bare = []

    def run(self, calls):
        self.connection.send((self.name, calls))
        return self.connection.recv()

    def prepare(self, expected):
        """Check its first losses, and count the calls of a block."""
        losses = [self.run(1)[1] for _ in range(2)]
        wanted = [expected[self.steps - 1], expected[2 * self.steps - 1]]
        if not np.allclose(losses, wanted, rtol=1e-3):
            sys.exit(f"{self.name} computes something else: losses {losses} instead of {wanted}")
        seconds = min(self.run(1)[0] for _ in range(1 if self.steps > 1 else 5))
        self.calls = math.ceil(BLOCK_SECONDS / seconds)

    def beside_bare(self, bare):
        self.connection.send((PAIR, self.name, bare))
        self.ratios_to_bare = self.connection.recv()

    def measure(self):
        time.sleep(SETTLE_SECONDS)
        self.step_times_us.append(self.run(self.calls)[0] / self.steps * 1e6)

    @property
    def median_us(self):
        return float(np.median(self.step_times_us))


def expected_losses(cell, steps):
    """The losses of the first steps by NumPy."""
    plan = TimingPlan(cells=[cell])
    spec, batch = NetworkSpec(cell.layer_sizes, learning_rate=LEARNING_RATE), plan.batch(cell)
    with load(REFERENCE).Network(spec, initial_parameters(spec, plan.seed)) as network:
        return [float(network.train_step(batch)) for _ in range(steps)]


@contextlib.contextmanager
def processes(competitors, cell, n, threads):
    """({name: Contestant}, the limit in GFLOP/s) of all competitors."""
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        contestants: dict[str, Contestant] = {}
        limit = None
        for competitor in competitors:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(competitor, cell, n, threads, theirs), daemon=True)
            process.start()
            stack.callback(process.kill)
            theirs.close()
            steps_of, measured = ours.recv()
            limit = limit or measured
            contestants |= {name: Contestant(name, steps, ours) for name, steps in steps_of.items()}
        yield contestants, limit


def time_size(competitors, cell, n, threads, rounds):
    """{name: Contestant} with their times, and the limit."""
    generator = np.random.default_rng(0)
    expected = expected_losses(cell, 2 * n)
    with processes(competitors, cell, n, threads) as (contestants, limit):
        for contestant in contestants.values():
            contestant.prepare(expected)
        for _ in range(rounds):
            for name in generator.permutation(list(contestants)):
                contestants[str(name)].measure()
        for name, bare in BARE.items():
            if contestants[name].steps == 1:
                contestants[name].beside_bare(bare)
    return contestants, limit


def show(cell, contestants, limit):
    flops = step_flops(cell)
    print(f"\n{cell}: a step, fastest first; tf.matmul reached {limit:.0f} GFLOP/s")
    for one in sorted(contestants.values(), key=lambda one: one.median_us):
        share = flops / one.median_us / 1e3 / limit
        print(f"  {one.name:<22}{one.steps:>5} a call {duration(one.median_us):>10} {share:>6.1%} of the limit")
    print(f"  ours beside bare TensorFlow, which may take {ALLOWED_RATIO} times as long")
    for name, bare in BARE.items():
        ours, theirs = contestants[name], contestants[bare]
        if ours.steps > 1:
            continue
        slower, (low, high) = geometric_mean(ours.ratios_to_bare), interval(ours.ratios_to_bare)
        more_us = (slower - 1) * theirs.median_us
        outcome = "kept" if high <= ALLOWED_RATIO else "NOT KEPT" if low > ALLOWED_RATIO else "undecided"
        print(f"  {name:<22}{slower:>6.3f} [{low:.3f}, {high:.3f}] {more_us:>+9.1f} us a step: {outcome}")
    for tuned in (False, True):
        show_fastest([one for one in contestants.values() if tuned or not one.name.endswith("tuned")], tuned)


def ratio(ours_us, theirs_us):
    """(how many times as long ours take, low, high), from rounds that correspond."""
    ratios = np.array(ours_us) / np.array(theirs_us)
    return geometric_mean(ratios), *interval(ratios)


def show_fastest(contestants, tuned):
    """The fastest of ours beside the fastest of other frameworks; bare TensorFlow is neither.

    Chosen by every other round and compared by the rest, since who is chosen for being fast was lucky as well.
    """
    ours = [one for one in contestants if one.name.startswith(NAMES)]
    others = [one for one in contestants if one not in ours and one.name not in BARE.values()]
    if others:
        best, rival = (min(some, key=lambda one: np.median(one.step_times_us[::2])) for some in (ours, others))
        found, low, high = ratio(*(one.step_times_us[1::2] for one in (rival, best)))
        outcome = "ours is faster" if low > 1 else "OURS IS BEHIND" if high < 1 else "no difference shown"
        with_tuned = ", tuned ones too" if tuned else ""
        print(
            f"  our fastest beside theirs{with_tuned}: {best.name} beside {rival.name}, theirs takes "
            f"{found:.3f} [{low:.3f}, {high:.3f}] times as long: {outcome}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = [str(number) for number in range(1, len(cores()) + 1)]
    parser.add_argument("--threads", nargs="+", default=["1", DEFAULT], choices=[*numbers, DEFAULT])
    parser.add_argument("--rounds", type=int, default=31, choices=range(4, 1001), metavar="{4..1000}")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 3, 4], choices=range(1, 5))
    parser.add_argument("--without", nargs="+", default=[], choices=["torch", "jax", "paddle", "keras"])
    parser.add_argument("--json", type=Path, help="a file for every time")
    options = parser.parse_args()
    if options.json:
        check_writable("json", options.json)
    left_out = options.without
    competitors = []
    for competitor in COMPETITORS.values():
        if competitor.package in left_out or not find_spec(competitor.package):
            print(f"{competitor.package} is {'left out' if competitor.package in left_out else 'not installed'}")
        else:
            competitors.append(competitor)
    times: dict[str, dict[str, dict[str, list[float]]]] = {}
    for threads in options.threads:
        each = "each framework's own choice" if threads == DEFAULT else f"{threads}, each on a core"
        print(f"\nthreads: {each}; rounds: {options.rounds}")
        times[threads] = {}
        for index in options.sizes:
            cell = SIZES[index - 1]
            number = None if threads == DEFAULT else int(threads)
            contestants, limit = time_size(competitors, cell, STEPS[index - 1], number, options.rounds)
            show(cell, contestants, limit)
            sys.stdout.flush()
            times[threads][str(cell)] = {one.name: one.step_times_us for one in contestants.values()}
            if options.json:
                write_whole("json", options.json, json.dumps(times))


if __name__ == "__main__":
    main()
