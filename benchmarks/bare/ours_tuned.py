"""Our loop in XLA once more, for a process in which XLA is tuned."""

from bare.ours import loop


def contestants(parameters, batch, learning_rate, n):
    return {"tf2_xla loop, tuned": loop("tf2_xla", parameters, batch, learning_rate, n)}
