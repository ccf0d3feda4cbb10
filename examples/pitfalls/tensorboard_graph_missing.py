"""TensorBoard shows no graph because the function had run before tf.summary.trace_on

Theme: Files and logs
Symptom: after trace_on and trace_export, the Graphs page of TensorBoard is empty, or shows a stray node or two and none
    of the function.
Answer: tf.summary.graph(function.get_concrete_function(x).graph), at any time; or trace_on before the first call.
    Each writes the node named "product", which is missing otherwise.
Threads: tensorboard 1961

    $ .venv/bin/python examples/pitfalls/tensorboard_graph_missing.py
    wrong  trace_on after the first call: product is missing
    right  trace_on before the first call: product is there
    wrong  trace_on around nothing, later: product is there
    right  tf.summary.graph after the first call: x, product, Identity

Why: trace_on collects a graph when the runtime gets it ready, at the first call with new shapes or dtypes. Later calls
    find it ready, so there is nothing to collect. trace_on also writes every other small graph that the runtime makes
    in that time, such as one for a tf.constant. And it goes on: in 2.21 trace_export and trace_off do not end the
    collecting, so the next export holds what ran in between. TensorFlow 1 wrote session.graph, which is always whole.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
from traced_graphs import end_of_collecting, written


def new_function():
    return tf.function(lambda x: tf.multiply(x, x, name="product"))


def trace(function):
    tf.summary.trace_on(graph=True)
    function(tf.constant(3.0))
    tf.summary.trace_export("step")


end_of_collecting()  # of whatever ran before in this process

# %% The wrong way: the function has run before.
function = new_function()
function(tf.constant(3.0))
names = written(lambda: trace(function))
end_of_collecting()
print("wrong  trace_on after the first call: product", "is there" if "product" in names else "is missing")
assert "product" not in names

# %% The right way: trace_on before the first call.
names = written(lambda: trace(new_function()))
print("right  trace_on before the first call: product", "is there" if "product" in names else "is missing")
assert "product" in names

# %% trace_export has not ended the collecting: a function that runs afterwards, and before the next trace_on, shows up.
function = new_function()
function(tf.constant(3.0))
names = written(lambda: trace(lambda x: x))
end_of_collecting()
print("wrong  trace_on around nothing, later: product", "is there" if "product" in names else "is missing")
assert "product" in names

# %% The right way: write the graph of the function. It does not matter what ran before, and nothing else is written.
names = written(lambda: tf.summary.graph(function.get_concrete_function(tf.constant(3.0)).graph))
print("right  tf.summary.graph after the first call:", ", ".join(names))
assert names == ["x", "product", "Identity"]
