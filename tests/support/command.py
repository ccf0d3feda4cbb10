"""The command, run as a person runs it."""

import contextlib
import signal
import subprocess
import sys

COMMAND = [sys.executable, "-m", "graphs"]


@contextlib.contextmanager
def start(arguments, folder, command=COMMAND, **options):
    command = [*command, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()  # a test that fails would wait for it otherwise


def run(arguments, folder, command=COMMAND):
    with start(arguments, folder, command) as process:
        output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def read_until(stream, word):
    for line in stream:
        if word in line:
            return line
    raise AssertionError(f"{word!r} was never said")


def interrupt(process):
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)
