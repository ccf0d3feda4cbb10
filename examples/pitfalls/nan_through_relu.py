"""A fused kernel turns a NaN at a ReLU into 0, and so does XLA in the gradient

Theme: Numbers
Symptom: eager execution gives NaN, and the same network in a tf.function, in session.run or with jit_compile=True does
    not: a network with a NaN among its weights looks healthy.
Answer: search for the NaN in eager execution. To keep it in a graph, set `remapping=False`; under XLA, use
    `tf.nn.leaky_relu(x, alpha=0.0)`, and `tf.minimum(tf.nn.relu(x), 6.0)` for relu6. Each turns a 0 into the NaN of
    eager execution. Use it to search only: leaky_relu with alpha=0.0 multiplies, and so makes a NaN of -inf, where relu
    gives 0.

    $ .venv/bin/python examples/pitfalls/nan_through_relu.py
    relu(inputs @ weights + biases), a NaN among the weights; in eager execution: nan
    wrong  tf.function: ...
    wrong  Session: ...
    right  tf.function, remapping=False: nan
    right  Session, remapping=False: nan
    gradient of NaN * relu(x) at x = -1; in eager execution: nan
    wrong  XLA, tf.nn.relu: 0.0
    right  XLA, tf.nn.leaky_relu(x, alpha=0.0): nan
    relu6(NaN); in eager execution: nan
    wrong  XLA, tf.nn.relu6: 0.0
    right  XLA, tf.minimum(tf.nn.relu(x), 6.0): nan

Why: the graph optimizer's pass remapping makes one kernel of product, sum and ReLU. In float32 it is oneDNN's, which
    takes the larger of NaN and 0 to be 0. On a processor where TensorFlow does not use oneDNN by default, the first two
    lines say nan; TF_ENABLE_ONEDNN_OPTS=1 shows the 0. Backwards, TensorFlow multiplies what comes down by 0 or 1, and
    NaN times 0 is NaN; XLA selects, and for a dead unit it selects 0. Forwards, XLA's maximum of a single number is NaN
    only if its first argument is, which is so in tf.nn.relu and not in tf.nn.relu6. tf.debugging.check_numerics does
    not help under XLA, which lets the NaN through it without an error.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import math

import tensorflow as tf

from graphs.implementations.grappler_options import ON, function_options, session_config
from graphs.system.environment import WITHOUT_ONEDNN, uses_onednn

NAN = tf.constant(float("nan"))
WITHOUT = {"remapping": False}


# %% The wrong way, forwards: to look for a NaN in a graph, where a fused kernel may have made it a 0.
INPUTS, WEIGHTS, BIASES = tf.ones((1, 2)), tf.constant([[float("nan"), 1.0], [1.0, 1.0]]), tf.zeros(2)


def layer(inputs, weights, biases):
    return tf.nn.relu(tf.nn.bias_add(inputs @ weights, biases))


def layer_in_function(options=ON):
    with function_options(options):  # sets tf.config.optimizer, and puts it back
        return float(tf.function(layer)(INPUTS, WEIGHTS, BIASES)[0, 0])


def layer_in_session(options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as session:
        fed = {v1.placeholder(tensor.dtype, tensor.shape): tensor.numpy() for tensor in (INPUTS, WEIGHTS, BIASES)}
        return float(session.run(layer(*fed), feed_dict=fed)[0, 0])


in_eager = float(layer(INPUTS, WEIGHTS, BIASES)[0, 0])
print(f"relu(inputs @ weights + biases), a NaN among the weights; in eager execution: {in_eager}")
assert math.isnan(in_eager)
in_graph = layer_in_function(), layer_in_session()
for name, value in zip(("tf.function", "Session"), in_graph):
    print(f"wrong  {name}: {value}" + ("" if uses_onednn() else f" ({WITHOUT_ONEDNN})"))
    assert math.isnan(value) or (value == 0 and uses_onednn())

# %% The right way: without the pass that fuses.
for name, run in (("tf.function", layer_in_function), ("Session", layer_in_session)):
    print(f"right  {name}, remapping=False: {run(WITHOUT)}")
    assert math.isnan(run(WITHOUT))


# %% Backwards, XLA loses the NaN below a dead unit.
def compiled(function, x):
    return tf.function(function, jit_compile=True)(x)


def gradient_below_nan(relu):
    """d/dx of NaN * relu(x), for a dead unit: a function and its argument."""

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = NAN * relu(x)
        return tape.gradient(y, x)

    return gradient, tf.constant(-1.0)


def leaky_relu(x):
    return tf.nn.leaky_relu(x, alpha=0.0)


gradient, dead = gradient_below_nan(tf.nn.relu)
leaky, _ = gradient_below_nan(leaky_relu)
print(f"gradient of NaN * relu(x) at x = -1; in eager execution: {gradient(dead)}")
print(f"wrong  XLA, tf.nn.relu: {compiled(gradient, dead)}")
print(f"right  XLA, tf.nn.leaky_relu(x, alpha=0.0): {compiled(leaky, dead)}")
assert math.isnan(gradient(dead))
assert compiled(gradient, dead) == 0
assert math.isnan(leaky(dead))
assert math.isnan(compiled(leaky, dead))


# %% Forwards, XLA loses it in relu6.
def relu6(x):
    return tf.minimum(tf.nn.relu(x), 6.0)


print(f"relu6(NaN); in eager execution: {tf.nn.relu6(NAN)}")
print(f"wrong  XLA, tf.nn.relu6: {compiled(tf.nn.relu6, NAN)}")
print(f"right  XLA, tf.minimum(tf.nn.relu(x), 6.0): {compiled(relu6, NAN)}")
assert math.isnan(tf.nn.relu6(NAN))
assert not math.isnan(compiled(tf.nn.relu6, NAN))
assert math.isnan(compiled(relu6, NAN))
