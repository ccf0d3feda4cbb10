"""print, list.append and counters in a tf.function happen once, while it is traced

Theme: Tracing
Symptom: print shows nothing after the first call, or Tensor("Sum:0", shape=()) instead of a number; a list has one
    entry after a hundred steps; a counter stays at 1.
Answer: tf.print, a tf.Variable, tf.TensorArray for a loop in the graph; or return the value: 3 of each in 3 calls
    instead of 1.
Threads: tensorflow 31362, 37512, 40631

    $ .venv/bin/python examples/pitfalls/print_happens_at_tracing.py
    wrong  3 calls: 1 line printed, 1 entry in the list, 1 step counted
           loss: Tensor("Sum:0", shape=(), dtype=float32)
    right  3 calls: 3 lines printed, 3 entries in the list, 3 steps counted
           loss: 2, loss: 4, loss: 6
    right  a tf.TensorArray in a loop of 3 turns: [2. 4. 8.]

Why: Python runs the function once to record its operations, and later calls run the recorded graph without Python.
    What is no TensorFlow operation is not recorded. It happens again at each new trace, which makes a plain print the
    simplest way to see retracing. In TensorFlow 1 it was the same, but plain to see: Python built the graph before
    any session ran.
"""

import contextlib
import io
import tempfile
from pathlib import Path

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()
import tensorflow as tf

batches = [tf.constant([n, n]) for n in (1.0, 2.0, 3.0)]
losses = []
steps = 0


# %% The wrong way: Python in the function. Three calls leave one line, one entry, and a count of one.
@tf.function
def wrong(x):
    global steps
    loss = tf.reduce_sum(x)
    print("loss:", loss)
    losses.append(loss)
    steps += 1
    return loss


with contextlib.redirect_stdout(io.StringIO()) as printed:
    for batch in batches:
        wrong(batch)
lines = printed.getvalue().splitlines()
print(f"wrong  3 calls: {len(lines)} line printed, {len(losses)} entry in the list, {steps} step counted")
print(f"       {lines[0]}")
assert (len(lines), len(losses), steps) == (1, 1, 1)
assert lines[0].startswith("loss: Tensor(")
assert not hasattr(losses[0], "numpy")

# %% The right way: operations, which are in the graph. What Python shall have, the function returns.
count = tf.Variable(0)
with tempfile.TemporaryDirectory() as folder:
    output = Path(folder, "lines.txt")

    @tf.function
    def right(x):
        loss = tf.reduce_sum(x)
        tf.print("loss:", loss, output_stream=f"file://{output}")  # output_stream=sys.stdout, as a rule
        count.assign_add(1)
        return loss

    losses = [right(batch).numpy() for batch in batches]
    lines = output.read_text().splitlines()
print(f"right  3 calls: {len(lines)} lines printed, {len(losses)} entries in the list, {count.numpy()} steps counted")
print(f"       {', '.join(lines)}")
assert lines == ["loss: 2", "loss: 4", "loss: 6"]
assert losses == [2, 4, 6]
assert count == 3


# %% The right way in a loop of the graph, where a list would hold the tensor of the one traced turn: a TensorArray.
@tf.function
def powers(x):
    values = tf.TensorArray(x.dtype, size=3)
    for turn in tf.range(3):
        x = 2.0 * x
        values = values.write(turn, x)  # write returns the array that holds the new entry
    return values.stack()


print(f"right  a tf.TensorArray in a loop of 3 turns: {powers(tf.constant(1.0)).numpy()}")
assert powers(tf.constant(1.0)).numpy().tolist() == [2, 4, 8]
