"""The processes that measure: fresh ones, one after the other, each of which reports as it goes."""

import contextlib
import multiprocessing
import signal

from graphs.timing.events import Failed
from graphs.timing.results import Timings
from graphs.timing.worker import run


def time_plan(plan, folder, report=lambda event: None, quietly=True):
    """(Timings, whether all of the plan was carried out): Ctrl-C ends it, and what was measured until then remains.

    report hears every event. Raises ValueError where an implementation computes something wrong, or memory does not
    suffice.
    """
    processes: list[list] = []
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(plan.processes):
            processes.append([])
            for event in _events(plan, number, quietly):
                processes[-1].append(event)
                report(event)
        return Timings(plan, tuple(map(tuple, processes)), folder), True
    return Timings(plan, tuple(map(tuple, processes)), folder), False


def _events(plan, number, quietly):
    """What the process of this number reports. It is killed when nobody wants to hear any more."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(plan, number, sender, quietly), daemon=True)
    with _ctrl_c_ignored():
        process.start()  # ignores it from its birth: Ctrl-C is for the one who started it
    sender.close()
    try:
        with contextlib.suppress(EOFError):
            while True:
                event = receiver.recv()
                if isinstance(event, Failed):
                    raise event.error
                yield event
        process.join()
        if process.exitcode:
            raise ProcessError(f"a process that measures ended with {process.exitcode}")
    finally:
        process.kill()
        process.join()


class ProcessError(Exception):
    """A process that measures ended with an error of ours; it has said which."""


@contextlib.contextmanager
def _ctrl_c_ignored():
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
