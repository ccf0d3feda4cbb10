"""What a process that measures may do instead of measuring. Fresh processes import this file, so it imports little."""

import os
import signal
import time

from graphs.timing.events import Failed


def fail(plan, number, turns, connection, quietly):
    """Report that the first network is too large."""
    connection.send(Failed(ValueError("layer_sizes: got too much")))


def be_killed(plan, number, turns, connection, quietly):
    """End as a process does that the system ends when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def be_interrupted(plan, number, turns, connection, quietly):
    """Get the Ctrl-C that a terminal sends to all processes, and report the number if that changes nothing."""
    os.kill(os.getpid(), signal.SIGINT)
    connection.send(number)


def sleep(plan, number, turns, connection, quietly):
    """Report nothing for longer than anybody waits."""
    time.sleep(600)
