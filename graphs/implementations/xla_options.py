"""Sets an option of XLA, the compiler, which reads its options once per process."""

import os
from functools import cache

import tensorflow as tf

# On a CPU, XLA runs a loop's operations one by one, which costs a tiny network more
# than its arithmetic. A loop that accesses fewer bytes becomes one compiled function.
LIMIT = "xla_cpu_small_while_loop_byte_threshold=65536"
SMALL_LOOPS = f"--xla_backend_extra_options={LIMIT}"


@cache
def compile_small_loops_whole():
    """Make XLA read SMALL_LOOPS, and the options in XLA_FLAGS, which win.

    Has no effect if the process has used XLA before. The environment stays unchanged.
    """
    before = os.environ.get("XLA_FLAGS")
    os.environ["XLA_FLAGS"] = f"{SMALL_LOOPS} {before or ''}".strip()
    try:
        tf.function(lambda: tf.zeros(()), jit_compile=True)()  # XLA reads XLA_FLAGS now
    finally:
        del os.environ["XLA_FLAGS"]
        if before is not None:
            os.environ["XLA_FLAGS"] = before
