"""The measuring processes: each is fresh, runs after the previous one and reports as it goes."""

import contextlib
import dataclasses
import multiprocessing
import time
from multiprocessing import resource_tracker
from typing import NamedTuple

from graphs.refusals import Refusal
from graphs.system.interrupt import ctrl_c_waits
from graphs.timing.events import Failed, Started, Turns
from graphs.timing.first_step_check import first_step
from graphs.timing.intervals import MISS
from graphs.timing.plan import too_large
from graphs.timing.results import Timings
from graphs.timing.worker import run

REPORT_SECONDS = 11  # to print, draw and write the results
LEAST_FURTHER = 3  # processes that the time must allow for what goes on: a few sizes in these say more than all in one


def in_fresh_process(plan, number, turns, quietly=True, run=run):
    """Runs run(plan, number, turns, connection, quietly) in a fresh process and yields the events that it reports.

    While there is nothing to report it yields None, about once a second, so that the caller can stop listening; the
    process is then killed. Raises the error of a Failed, and ProcessError if the process ends early.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(plan, number, turns, sender, quietly), daemon=True)
    resource_tracker.ensure_running()  # or start() would start it, and let Ctrl-C through afterwards
    try:
        with ctrl_c_waits():
            process.start()  # the child inherits the mask, so that Ctrl-C reaches the parent alone
        sender.close()
        with contextlib.suppress(EOFError):
            while True:
                event = receiver.recv() if receiver.poll(1) else None
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


def time_plan(plan, folder, report=lambda event: None, measured=in_fresh_process, clock=time.monotonic):
    """(Timings, why they are incomplete or None): Ctrl-C or a failing process ends the timing, which keeps what it has.

    The first processes time every size. After each of plan.all_looks, only what is undecided goes on, together with
    sizes halfway between two where an order changes, as far as the time allows. It ends when all is decided, and in
    time to report within plan.seconds.

    report receives every event. measured(plan, number, turns) yields the events of the process with this number, or
    None for a second without one; by default it is a fresh process. Raises WrongResultError if an implementation
    computes a wrong result, and ValueError if memory does not suffice before anything was timed.
    """
    deadline, start_seconds = clock() + plan.seconds - REPORT_SECONDS, 0.0
    processes: list[list] = []
    miss, ended = MISS, None

    def timings():
        return Timings(plan, tuple(map(tuple, processes)), folder, miss)

    def listen(turns):
        nonlocal start_seconds
        begun, heard = clock(), list[NamedTuple]()
        processes.append(heard)
        for event in measured(plan, len(processes) - 1, turns):
            if event is not None:
                heard.append(event)
                report(event)
            if isinstance(event, Started):
                start_seconds = clock() - begun
            if clock() > deadline:
                break

    try:
        for look in plan.all_looks:
            if processes:
                left = deadline - clock()
                if left < start_seconds:
                    break
                # Who looks several times, and may stop, misses more often, so the looks share what may be missed
                # (Bonferroni). If time runs out before the first of them, there is only the one at the end.
                miss = MISS / len(plan.all_looks)
                undecided = timings().cheapest(timings().undecided(), left / LEAST_FURTHER - start_seconds)
            else:
                undecided = timings().undecided()
            plan = dataclasses.replace(plan, cells=(*plan.cells, *undecided))
            turns = [Turns(cell, series, _expected(plan, cell)) for cell, series in undecided.items()]
            while turns and len(processes) < look and clock() + start_seconds < deadline:
                listen(turns)
    except (KeyboardInterrupt, ProcessError) as error:
        ended = error
    except Refusal as error:  # memory does not suffice
        if not timings().rows:
            raise
        ended = ProcessError(str(error))
    return timings(), ended


def _expected(plan, cell):
    try:
        return first_step(plan.spec(cell), plan.parameters(cell), plan.batch(cell))
    except MemoryError:
        raise too_large(cell) from None


class ProcessError(Exception):
    """A measuring process did not finish."""
