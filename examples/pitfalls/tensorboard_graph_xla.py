"""TensorBoard shows no graph of a function with jit_compile=True, even from trace_on before its first call

Theme: Files and logs
Symptom: trace_on and trace_export show the graph of a tf.function, and nothing once it has jit_compile=True.
Answer: tf.summary.graph(function.get_concrete_function(x).graph): 3 nodes instead of an empty record.
Threads: tensorflow 58263; tensorboard 1961

    $ .venv/bin/python examples/pitfalls/tensorboard_graph_xla.py
           trace_on before the first call, jit_compile=False: 4 nodes, product is there
    wrong  trace_on before the first call, jit_compile=True: nothing, product is missing
    right  tf.summary.graph, jit_compile=True: x, product, Identity
    right  what XLA gets, as text: %product.1 = f32[] multiply(f32[] %reshape.1, f32[] %reshape.1)

Why: trace_on collects graphs from the runtime that executes them node by node. A function for XLA does not go that way:
    XLA compiles the whole graph to one program. The traced graph exists all the same, and tf.summary.graph writes it.
    It shows TensorFlow's operations; experimental_get_compiler_ir(x)(stage="hlo") gives the program that XLA gets,
    stage="optimized_hlo" what XLA made of it, both as text, which TensorBoard's Graphs page cannot draw.
"""

from functools import partial

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import tensorflow as tf
from traced_graphs import end_of_collecting, written

x = tf.constant(3.0)


def new_function(jit_compile):
    return tf.function(lambda x: tf.multiply(x, x, name="product"), jit_compile=jit_compile)


def trace(function):
    tf.summary.trace_on(graph=True)
    function(x)
    tf.summary.trace_export("step")


end_of_collecting()  # of whatever ran before in this process

# %% The wrong way works without XLA, and is empty with it.
for jit_compile in (False, True):
    names = written(partial(trace, new_function(jit_compile)))
    end_of_collecting()
    print(
        f"{'wrong' if jit_compile else '     '}  trace_on before the first call, jit_compile={jit_compile}:",
        f"{len(names)} nodes," if names else "nothing,",
        "product is there" if "product" in names else "product is missing",
    )
    assert ("product" in names) is not jit_compile
assert names == []

# %% The right way: the traced graph.
function = new_function(jit_compile=True)
names = written(lambda: tf.summary.graph(function.get_concrete_function(x).graph))
print("right  tf.summary.graph, jit_compile=True:", ", ".join(names))
assert names == ["x", "product", "Identity"]

# %% The program that XLA gets is a text.
program = function.experimental_get_compiler_ir(x)(stage="hlo")
(line,) = (line.strip() for line in program.splitlines() if " multiply(" in line)
print("right  what XLA gets, as text:", line.split(", metadata")[0])
