"""Starts TensorBoard on the logs of comparisons and timings."""

import threading

from graphs.event_log.folders import TIMING, kind_of
from graphs.refusals import check_port, refusal


def launch(folder, port):
    """Start TensorBoard for this machine only; returns the address of its graphs, or of a timing's charts.

    Raises ValueError if the port is not available.
    """
    check_port(port)
    from graphs.system.quiet_tensorflow import import_tensorflow_quietly

    import_tensorflow_quietly(keras=False)
    from tensorboard import program

    tensorboard = program.TensorBoard()
    tensorboard.configure(logdir=str(folder), host="127.0.0.1", port=port, load_fast="false")
    try:
        # The page to open first.
        return tensorboard.launch() + ("#images" if kind_of(folder) == TIMING else "#graphs")
    except program.TensorBoardServerException as error:
        raise refusal("port", f"{port} ({error.msg})", "a free port, or 0 for any") from None


def wait(folder, url):
    """Print TensorBoard's address and wait for Ctrl-C."""
    try:
        print(f"TensorBoard shows {folder} at {url}", flush=True)
        print("Ctrl-C stops it.", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nStopped.")
