"""The processes that measure: fresh ones, one after the other, each of which reports as it goes."""

import contextlib
import multiprocessing
import signal

from graphs.timing.events import Failed
from graphs.timing.results import Timings
from graphs.timing.worker import run


def in_fresh_process(plan, number, quietly=True, run=run):
    """Yields what a fresh process reports that runs run(plan, number, connection, quietly).

    Raises the error of a Failed, and ProcessError where the process ends before its time. It is killed when nobody
    wants to hear any more.
    """
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
            if process.exitcode > 0:
                raise ProcessError("a process that measures failed, and has said why")
            how = f"by signal {-process.exitcode}; memory may not have sufficed"
            raise ProcessError(f"a process that measures was ended {how}")
    finally:
        process.kill()
        process.join()


def time_plan(plan, folder, report=lambda event: None, measured=in_fresh_process):
    """(Timings, why they are not whole): Ctrl-C or a process that fails ends it, and what was measured remains.

    report hears every event. measured(plan, number) yields the events of the process of this number; by default those
    of a fresh one. Raises WrongResultError where an implementation computes something wrong, and ValueError where
    memory does not suffice.
    """
    processes: list[list] = []
    ended = None
    try:
        for number in range(plan.processes):
            processes.append([])
            for event in measured(plan, number):
                processes[-1].append(event)
                report(event)
    except (KeyboardInterrupt, ProcessError) as error:
        ended = error
    return Timings(plan, tuple(map(tuple, processes)), folder), ended


class ProcessError(Exception):
    """A process that measures did not come to its end."""


@contextlib.contextmanager
def _ctrl_c_ignored():
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
