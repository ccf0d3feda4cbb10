"""What a fresh process does: it builds every network, checks its first step, and times it in turn with the others."""

import contextlib
import os
import time
from functools import partial

import numpy as np

from graphs.environment import cores, environment
from graphs.implementations import load
from graphs.network import refusal
from graphs.timing.anatomy import anatomy
from graphs.timing.check import WrongResultError, disagreement, first_step
from graphs.timing.events import Built, Failed, Round, Split, Started
from graphs.timing.plan import TimingPlan
from graphs.timing.steps import BLOCK_SECONDS, rounds, seconds_per_step, steps_per_block

ROUND_SECONDS = 3.0  # what the rounds of a size may take together,
LEAST_ROUNDS = 4  # unless that leaves fewer
MATMUL_SIZES = (512, 1024, 2048)


def run(plan: TimingPlan, number, connection, quietly=True):
    """Measure as the process of this number, and send what is found through the connection."""
    set_threads(plan.threads)
    if quietly:
        from graphs.quiet import import_tensorflow_quietly

        import_tensorflow_quietly()
    with contextlib.closing(connection):
        measure(plan, number, connection.send)


def set_threads(threads):
    """Give every library so many threads; None leaves each its own default. TensorFlow must not run yet.

    These variables are the one way to reach a session, which takes no notice of tf.config.threading.
    """
    if threads is None:
        return
    from threadpoolctl import threadpool_limits

    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    if threads == 1:
        # XLA hands work over to its one other thread otherwise, and waits for it.
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=false {flags}".strip()
    threadpool_limits(threads)  # of what has been loaded already, such as NumPy's


def measure(plan, number, send):
    """Send a Started, and for each size a Built for each series and a Round for each round; or what Failed."""
    send(Started(_environment(), limit_gflops(plan.dtype)))
    for cell in plan.cells:
        try:
            with contextlib.ExitStack() as stack:
                _measure_cell(plan, cell, number, send, stack)
        except MemoryError:
            return send(Failed(refusal("layer_sizes", cell, "sizes that fit into memory")))
        except WrongResultError as error:
            return send(Failed(error))


def _measure_cell(plan, cell, number, send, stack):
    spec, batch = plan.spec(cell), plan.batch(cell)
    expected = first_step(spec, plan.parameters(cell), batch)
    networks, calls = {}, {}
    for series in plan.series():
        built, network = _build(plan, cell, series, batch, expected)
        networks[series] = stack.enter_context(network)
        calls[series] = _call(network, series, batch)
        send(built)
    taken = dict.fromkeys(networks, 1)
    traces = {series: trace_count(network) for series, network in networks.items()}

    def counted(series):
        def call():
            taken[series] += series.steps_per_call
            calls[series]()

        return call

    counting = {series: counted(series) for series in calls}
    seconds = {series: seconds_per_step(call, BLOCK_SECONDS) for series, call in counting.items()}
    counts = {series: steps_per_block(seconds[series], BLOCK_SECONDS) for series in counting}
    round_seconds = sum(seconds[series] * counts[series] for series in counting)
    number_of_rounds = int(np.clip(ROUND_SECONDS / round_seconds, LEAST_ROUNDS, plan.rounds))
    for found in rounds(counting, counts, number_of_rounds, seed=(plan.seed, number)):
        send(Round(cell, {series: call_us / series.steps_per_call for series, call_us in found.items()}))
    for series, network in networks.items():
        if network.state().step != taken[series]:
            raise WrongResultError(f"{series}, {network.state().step} steps instead of {taken[series]} on {cell}")
        if trace_count(network) != traces[series]:
            raise WrongResultError(f"{series}, which was traced again while it was timed on {cell}")
    if plan.anatomy:
        for name in plan.implementations:
            network = next(network for series, network in networks.items() if series.implementation == name)
            send(Split(cell, name, anatomy(network, name, batch)))


def _build(plan, cell, series, batch, expected):
    """(Built, network) of a series. Raises WrongResultError unless the first step is right."""
    network_class, parameters = load(series.implementation).Network, plan.parameters(cell)
    build_ms, network = _timed_ms(lambda: network_class(plan.spec(cell), parameters))
    trace_ms = 0.0
    if hasattr(network, "trace_count"):
        trace_ms, _ = _timed_ms(lambda: network.graph if series.steps_per_call == 1 else network.loop_graph)
    # One step is enough to compile a loop, and can be checked however many a call will take.
    first = partial(network.train_step, batch) if series.steps_per_call == 1 else partial(network.train_steps, batch, 1)
    first_step_ms, loss = _timed_ms(first)
    wrong = disagreement(plan.spec(cell), expected, loss, network.state())
    if wrong:
        network.close()
        raise WrongResultError(f"{series} on {cell}: {wrong}")
    return Built(cell, series, build_ms, trace_ms, first_step_ms), network


def _call(network, series, batch):
    if series.steps_per_call == 1:
        return partial(network.train_step, batch)
    return partial(network.train_steps, batch, series.steps_per_call)


def trace_count(network):
    """How often the network's text was traced; 0 where nothing ever is."""
    return getattr(network, "trace_count", 0)


def _timed_ms(action):
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1e3, result


def limit_gflops(dtype):
    """What the largest product of matrices reaches, in 1e9 floating-point operations a second: the best of a few."""
    import tensorflow as tf

    best = 0.0
    for size in MATMUL_SIZES:
        matrix = tf.constant(np.random.default_rng(0).normal(size=(size, size)).astype(dtype))
        (matrix @ matrix).numpy()
        fastest_ms = min(_timed_ms(lambda matrix=matrix: (matrix @ matrix).numpy())[0] for _ in range(3))
        best = max(best, 2 * size**3 / fastest_ms / 1e6)
    return best


def _environment():
    """The environment with what pyperf knows of the machine, such as its processor and its load."""
    import pyperf

    device = environment("cpu")
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    return {**device, "affinity": cores(), "machine_metadata": metadata}
