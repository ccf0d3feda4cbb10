"""What a fresh process does: it builds every network, checks its first step, and times it in turn with the others."""

import contextlib
import os
from functools import partial

import numpy as np

from graphs.implementations import load
from graphs.implementations.table import IMPLEMENTATIONS, TRACED
from graphs.system.environment import cores, environment
from graphs.timing.anatomy import anatomy
from graphs.timing.events import Built, Failed, Round, Split, Started
from graphs.timing.first_step_check import WrongResultError, disagreement, first_step
from graphs.timing.plan import Cell, TimingPlan, too_large
from graphs.timing.step_times import BLOCK_SECONDS, rounds, seconds_per_step, steps_per_block, timed_ms

ROUND_SECONDS = 3.0  # for all rounds of a size together,
LEAST_ROUNDS = 4  # unless that leaves fewer rounds
LONG = 10  # blocks: a step that takes longer needs no better estimate
MATMUL_SIZES = (512, 1024, 2048)


def run(plan: TimingPlan, number, connection, quietly=True):
    """Measure as the process with this number, and send the events through the connection."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    set_threads(plan.threads)
    if quietly:
        from graphs.system.quiet_tensorflow import import_tensorflow_quietly

        import_tensorflow_quietly()
    with contextlib.closing(connection):
        measure(plan, number, connection.send)


def set_threads(threads):
    """Set the number of threads of every library; None keeps each library's default. TensorFlow must not run yet.

    Only these environment variables reach a session, which ignores tf.config.threading.
    """
    if threads is None:
        return
    from threadpoolctl import threadpool_limits

    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    if threads == 1:
        # Otherwise XLA hands work to its single other thread and waits for it.
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=false {flags}".strip()
    threadpool_limits(threads)  # of libraries already loaded, such as NumPy's


def measure(plan, number, send):
    """Send a Started, and for each size a Built for each series and a Round for each round; a Failed on failure."""
    import tensorflow as tf

    send(Started(_environment(), limit_gflops(plan.dtype)))
    _warm_up(plan)
    for cell in plan.cells:
        try:
            with contextlib.ExitStack() as stack:
                _measure_cell(plan, cell, number, send, stack)
        except (MemoryError, tf.errors.ResourceExhaustedError):
            return send(Failed(too_large(cell)))
        except WrongResultError as error:
            return send(Failed(error))


def _warm_up(plan):
    """Make TensorFlow do its first-use loading, so that no network's times include it."""
    cell = Cell((1, 1, 1, 1), 1)
    for series in plan.series()[:-1]:
        with load(series.implementation).Network(plan.spec(cell), plan.parameters(cell)) as network:
            _call(network, series._replace(steps_per_call=min(series.steps_per_call, 2)), plan.batch(cell))()


def _measure_cell(plan, cell, number, send, stack):
    spec, batch = plan.spec(cell), plan.batch(cell)
    expected = first_step(spec, plan.parameters(cell), batch)
    networks, built = {}, {}
    for series in plan.series():
        built[series], network = build(plan, cell, series, batch, expected)
        networks[series] = stack.enter_context(network)
        send(built[series])
    calls = {series: _call(network, series, batch) for series, network in networks.items()}
    seconds = {series: _call_seconds(built[series], call) for series, call in calls.items()}
    counts = {series: steps_per_block(seconds[series], BLOCK_SECONDS) for series in calls}
    round_seconds = sum(seconds[series] * counts[series] for series in calls)
    number_of_rounds = int(np.clip(ROUND_SECONDS / round_seconds, LEAST_ROUNDS, plan.rounds))
    before = {series: (network.state().step, network.trace_count) for series, network in networks.items()}
    for found in rounds(calls, counts, number_of_rounds, seed=(plan.seed, number)):
        step_times_us = {series: call_us / series.steps_per_call for series, call_us in found.items()}
        send(Round(cell, step_times_us, counts))
    for series, network in networks.items():
        step, traces = before[series]
        # A block of several calls begins with one that is not timed.
        step += number_of_rounds * (counts[series] + (counts[series] > 1)) * series.steps_per_call
        if network.state().step != step:
            raise WrongResultError(f"{series} on {cell}: it took {network.state().step} steps instead of {step}")
        if network.trace_count != traces:
            raise WrongResultError(f"{series} on {cell}: it was traced again while it was timed")
    if plan.anatomy:
        for name in plan.implementations:
            # TensorFlow stops reporting kernels that were short for some 150 steps, so a new network is traced.
            with load(name).Network(spec, plan.parameters(cell)) as network:
                send(Split(cell, name, anatomy(network, name, batch)))


def build(plan, cell, series, batch, expected):
    """(Built, network) of a series. Raises WrongResultError unless the first step is right."""
    network_class, parameters = load(series.implementation).Network, plan.parameters(cell)
    build_ms, network = timed_ms(lambda: network_class(plan.spec(cell), parameters))
    trace_ms = 0.0
    if IMPLEMENTATIONS[series.implementation].graph == TRACED:
        trace_ms, _ = timed_ms(lambda: network.graph if series.steps_per_call == 1 else network.loop_graph)
    # One step compiles a loop and can be checked, however many steps a call will take.
    one_step = (
        partial(network.train_step, batch) if series.steps_per_call == 1 else partial(network.train_steps, batch, 1)
    )
    first_step_ms, loss = timed_ms(one_step)
    wrong = disagreement(plan.spec(cell), expected, loss, network.state())
    if wrong:
        network.close()
        raise WrongResultError(f"{series} on {cell}: {wrong}")
    second_step_ms, _ = timed_ms(one_step)
    return Built(cell, series, build_ms, trace_ms, first_step_ms, second_step_ms), network


def _call(network, series, batch):
    if series.steps_per_call == 1:
        return partial(network.train_step, batch)
    return partial(network.train_steps, batch, series.steps_per_call)


def _call_seconds(built, call):
    """The rough time of a call: from its second step if that is long, otherwise from a few calls."""
    seconds = built.second_step_ms / 1e3 * built.series.steps_per_call
    return seconds if built.second_step_ms / 1e3 > LONG * BLOCK_SECONDS else seconds_per_step(call, BLOCK_SECONDS)


def limit_gflops(dtype):
    """The speed of tf.matmul in 1e9 floating-point operations per second: the best of a few products and sizes."""
    import tensorflow as tf

    best = 0.0
    for size in MATMUL_SIZES:
        matrix = tf.constant(np.random.default_rng(0).normal(size=(size, size)).astype(dtype))
        (matrix @ matrix).numpy()
        fastest_ms = min(timed_ms(lambda matrix=matrix: (matrix @ matrix).numpy())[0] for _ in range(3))
        best = max(best, 2 * size**3 / fastest_ms / 1e6)
    return best


def _environment():
    """The environment and what pyperf knows about the machine, such as its processor and its load."""
    import pyperf

    device = environment("cpu")
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    return {**device, "affinity": cores(), "machine_metadata": metadata}
