"""The measuring processes: each is fresh, runs after the previous one and reports as it goes."""

import contextlib
import multiprocessing
from multiprocessing import resource_tracker

from graphs.system.interrupt import ctrl_c_waits
from graphs.timing.events import Failed
from graphs.timing.results import Timings
from graphs.timing.worker import run


def in_fresh_process(plan, number, quietly=True, run=run):
    """Runs run(plan, number, connection, quietly) in a fresh process and yields the events that it reports.

    Raises the error of a Failed, and ProcessError if the process ends early. Kills the process when the caller stops
    listening.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(plan, number, sender, quietly), daemon=True)
    resource_tracker.ensure_running()  # or start() would start it, and let Ctrl-C through afterwards
    try:
        with ctrl_c_waits():
            process.start()  # the child inherits the mask, so that Ctrl-C reaches the parent alone
        sender.close()
        with contextlib.suppress(EOFError):
            while True:
                event = receiver.recv()
                if isinstance(event, Failed):
                    raise event.error
                yield event
        process.join()
        if process.exitcode:
            if process.exitcode > 0:
                raise ProcessError("a measuring process failed and printed the reason")
            how = f"by signal {-process.exitcode}; it may have run out of memory"
            raise ProcessError(f"a measuring process was ended {how}")
    finally:
        if process.pid:
            process.kill()
            process.join()


def time_plan(plan, folder, report=lambda event: None, measured=in_fresh_process):
    """(Timings, why they are incomplete or None): Ctrl-C or a failing process ends the timing, which keeps what it has.

    report receives every event. measured(plan, number) yields the events of the process with this number, by default a
    fresh process. Raises WrongResultError if an implementation computes a wrong result, and ValueError if memory does
    not suffice.
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
    """A measuring process did not finish."""
