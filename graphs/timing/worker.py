"""What a fresh process does: it builds every network, checks its first step, and times it in turn with the others."""

import contextlib
import os
import time
from functools import partial

import numpy as np

from graphs.implementations import load
from graphs.implementations.table import IMPLEMENTATIONS, TRACED
from graphs.system.environment import bind_to_idle_cores, cores, environment
from graphs.system.memory import added_peak_mb
from graphs.timing.anatomy import anatomy
from graphs.timing.blocks import rounds, turn
from graphs.timing.events import Built, Failed, Round, Split, Started, Timed
from graphs.timing.first_step_check import WrongResultError, disagreement
from graphs.timing.plan import LEAST_ROUNDS, Cell, TimingPlan, too_large
from graphs.timing.step_times import timed_ms

ROUND_SECONDS = 2.4  # for all rounds of a process, unless that leaves a size fewer than LEAST_ROUNDS
MATMUL_SIZES = (512, 1024, 2048)


def run(plan: TimingPlan, number, all_turns, connection, quietly=True):
    """Measure as the process with this number, and send the events through the connection."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    # A second core would add chance: whether the thread that runs the kernels shares the core of the thread that waits
    # for it decides a third of a small step, and differs from process to process.
    bind_to_idle_cores(plan.threads)
    set_threads(plan.threads)
    if quietly:
        from graphs.system.quiet_tensorflow import import_tensorflow_quietly

        import_tensorflow_quietly(keras=False)
    with contextlib.closing(connection):
        measure(plan, number, all_turns, connection.send)


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


def measure(plan, number, all_turns, send):
    """Send a Started, and for each Turns a Built for each series and a Round for each round; a Failed on failure."""
    import tensorflow as tf

    # One process is enough to know the limit.
    send(Started(_environment(), limit_gflops(plan.dtype) if number == 0 else 0.0))
    _warm_up(plan)
    for turns in all_turns:
        try:
            with contextlib.ExitStack() as stack:
                seconds = ROUND_SECONDS / len(all_turns)
                took_ms, _ = timed_ms(partial(_measure_size, plan, turns, number, seconds, send, stack))
            send(Timed(turns.cell, took_ms / 1e3))
        except (MemoryError, tf.errors.ResourceExhaustedError):
            return send(Failed(too_large(turns.cell)))
        except WrongResultError as error:
            return send(Failed(error))


def _warm_up(plan):
    """Make TensorFlow do its first-use loading, so that no network's times include it."""
    cell = Cell((1, 1, 1, 1), 1)
    for series in plan.series()[:-1]:
        with load(series.implementation).Network(plan.spec(cell), plan.parameters(cell)) as network:
            _call(network, series._replace(steps_per_call=min(series.steps_per_call, 2)), plan.batch(cell))()


def _measure_size(plan, turns, number, seconds, send, stack):
    cell, batch, seed = turns.cell, plan.batch(turns.cell), (plan.seed, number)
    networks, timed = {}, {}
    for index in np.random.default_rng(seed).permutation(len(turns.series)):
        series = turns.series[index]
        built, networks[series] = build(plan, cell, series, batch, turns.expected)
        stack.enter_context(networks[series])
        send(built)
        roughly = built.second_step_ms / 1e3 * series.steps_per_call * series.repeats
        timed[series] = turn(_call(networks[series], series, batch), roughly=roughly)
    before = {series: (network.state().step, network.trace_count) for series, network in networks.items()}
    calls = {series: each.calls for series, each in timed.items()}
    done, start = 0, time.perf_counter()
    for blocks in rounds(timed, plan.rounds, seed):
        send(Round(cell, {series: _per_step(block, series) for series, block in blocks.items()}, calls))
        done += 1
        if done >= LEAST_ROUNDS and time.perf_counter() - start > seconds:
            break
    for series, network in networks.items():
        step, traces = before[series]
        step += done * (calls[series] + timed[series].warm) * series.steps_per_call * series.repeats
        if network.state().step != step:
            raise WrongResultError(f"{series} on {cell}: it took {network.state().step} steps instead of {step}")
        if network.trace_count != traces:
            raise WrongResultError(f"{series} on {cell}: it was traced again while it was timed")
    if plan.anatomy and number < plan.all_looks[0]:
        for name in plan.implementations:
            # TensorFlow stops reporting kernels that were short for some 150 steps, so a new network is traced.
            with load(name).Network(plan.spec(cell), plan.parameters(cell)) as network:
                send(Split(cell, name, anatomy(network, name, batch)))


def build(plan, cell, series, batch, expected):
    """(Built, network) of a series. Raises WrongResultError unless the first step is right."""
    given = plan.spec(cell), plan.parameters(cell), batch
    peak_mb, first = added_peak_mb(partial(_first_step, series, *given))
    network, loss, build_ms, trace_ms, first_step_ms = first
    wrong = disagreement(plan.spec(cell), expected, loss, network.state())
    if wrong:
        network.close()
        raise WrongResultError(f"{series} on {cell}: {wrong}")
    second_step_ms, _ = timed_ms(partial(_one_step, network, series, batch))
    return Built(cell, series, build_ms, trace_ms, first_step_ms, second_step_ms, peak_mb), network


def _first_step(series, spec, parameters, batch):
    """(network, loss of its first step, milliseconds to build, to trace and to take that step)."""
    network_class = load(series.implementation).Network
    build_ms, network = timed_ms(lambda: network_class(spec, parameters))
    trace_ms = 0.0
    if IMPLEMENTATIONS[series.implementation].graph == TRACED:
        trace_ms, _ = timed_ms(lambda: network.graph if series.steps_per_call == 1 else network.loop_graph)
    first_step_ms, loss = timed_ms(partial(_one_step, network, series, batch))
    return network, loss, build_ms, trace_ms, first_step_ms


def _one_step(network, series, batch):
    """One step, taken in the way in which the series takes many; it compiles a loop and can be checked."""
    return network.train_step(batch) if series.steps_per_call == 1 else network.train_steps(batch, 1)


def _call(network, series, batch):
    """A function without arguments: what is timed of a series."""
    if series.steps_per_call == 1:
        call = partial(network.train_step, batch)
    else:
        call = partial(network.train_steps, batch, series.steps_per_call)
    return call if series.repeats == 1 else partial(_repeat, call, series.repeats)


def _repeat(call, number):
    for _ in range(number):
        call()


def _per_step(block, series):
    """A Block of calls as one of steps."""
    steps = series.steps_per_call
    return block._replace(wall_us=block.wall_us / steps, cpu_us=block.cpu_us / steps)


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
