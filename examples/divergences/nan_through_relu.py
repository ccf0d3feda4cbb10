"""A NaN passes through ReLU in eager execution; a fused kernel turns it into 0, and XLA does in the gradient.

oneDNN's kernel for a product, a sum and ReLU in one, which the graph optimizer puts into functions and sessions in
float32, takes the larger of NaN and 0 to be 0: a network with a NaN among its weights looks healthy. remapping=False
switches the fusion off; without oneDNN there is no gap. Backwards TensorFlow multiplies what comes down by 0 or 1, and
NaN times 0 is NaN; XLA selects, and for a dead unit it selects 0. tf.nn.leaky_relu without a leak keeps that NaN.
Forwards XLA's maximum of a single number gives NaN only if that is its first argument, which it is in tf.nn.relu and
not in tf.nn.relu6. tf.debugging.check_numerics closes nothing in XLA, which lets the NaN through it without an error.
"""

import numpy as np
import tensorflow as tf

from divergences.finding import Finding
from graphs.implementations.grappler_options import ON, function_options, session_config

NAN = tf.constant(float("nan"))
LAYER = tf.ones((1, 2)), tf.constant([[float("nan"), 1.0], [1.0, 1.0]]), tf.zeros(2)  # inputs, weights, biases


def leaky_relu(x):
    return tf.nn.leaky_relu(x, alpha=0.0)


def gradient_below_nan(relu):
    """d/dx of NaN * relu(x), for a dead unit."""

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = NAN * relu(x)
        return tape.gradient(y, x)

    return gradient, tf.constant(-1.0)


def session_gradient(relu):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        x = v1.placeholder("float32", ())
        (gradient,) = tf.gradients(float("nan") * relu(x), [x])
        return session.run(gradient, feed_dict={x: -1.0})


def compiled(function, x):
    return tf.function(function, jit_compile=True)(x)


def layer(inputs, weights, biases):
    return tf.nn.relu(tf.nn.bias_add(inputs @ weights, biases))


def layer_eager():
    return layer(*LAYER)[0, 0]


def layer_in_function(options=ON):
    with function_options(options):
        return tf.function(layer)(*LAYER)[0, 0]


def layer_in_session(options=ON):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=session_config(options)) as session:
        placeholders = [v1.placeholder(tensor.dtype, tensor.shape) for tensor in LAYER]
        values = [tensor.numpy() for tensor in LAYER]
        return session.run(layer(*placeholders), feed_dict=dict(zip(placeholders, values, strict=True)))[0, 0]


def lost(expected, got):
    """1 if one is NaN and the other is not."""
    return float(np.isnan(expected) != np.isnan(got))


def experiment():
    gradient, x = gradient_below_nan(tf.nn.relu)
    leaky, _ = gradient_below_nan(leaky_relu)
    return [
        *(
            Finding(
                "relu(inputs @ weights + biases), eager",
                f"the same in {name}",
                "NaN lost forwards, with a NaN in weights",
                lost(layer_eager(), run()),
                "remapping=False",
                lost(layer_eager(), run({"remapping": False})),
                needs_onednn=True,
            )
            for name, run in (("tf.function", layer_in_function), ("Session", layer_in_session))
        ),
        Finding(
            "gradient of tf.nn.relu, eager",
            "the same in XLA",
            "NaN lost below a dead unit",
            lost(gradient(x), compiled(gradient, x)),
            "tf.nn.leaky_relu(x, alpha=0)",
            lost(leaky(x), compiled(leaky, x)),
        ),
        Finding(
            "tf.nn.relu6, eager",
            "the same in XLA",
            "NaN lost forwards",
            lost(tf.nn.relu6(NAN), compiled(tf.nn.relu6, NAN)),
            "tf.minimum(tf.nn.relu(x), 6)",
            lost(NAN, compiled(lambda x: tf.minimum(tf.nn.relu(x), 6.0), NAN)),
        ),
    ]
