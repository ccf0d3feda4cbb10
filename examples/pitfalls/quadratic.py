"""No pitfall, but the problem on which pitfalls compare optimizers: half the sum of curvature times x squared.

It takes twenty steps in float64. The learning rate is 1/8 unless it is given: Keras keeps it in float32, which holds
1/8 exactly.
"""

import numpy as np
import tensorflow as tf

CURVATURE = np.array([1.0, 0.1, 3.0])
START = np.array([1.0, -2.0, 0.5])
STEPS = 20
LEARNING_RATE = 1 / 8


def with_tf1(make_optimizer, learning_rates=(LEARNING_RATE,) * STEPS):
    """Where x ends. make_optimizer: from the learning rate, a placeholder, to an optimizer of tf.compat.v1.train."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        x = v1.Variable(START, use_resource=True)
        rate = v1.placeholder("float64", ())
        train_op = make_optimizer(rate).minimize(tf.reduce_sum(CURVATURE * tf.square(x)) / 2)
        session.run(v1.global_variables_initializer())
        for value in learning_rates:
            session.run(train_op, feed_dict={rate: value})
        return session.run(x)


def with_keras(optimizer, prepare=lambda optimizer, x: None, before_step=lambda optimizer, step: None):
    """Where x ends. prepare and before_step may change what the optimizer remembers."""
    x = tf.Variable(START)
    optimizer.build([x])
    prepare(optimizer, x)
    for step in range(STEPS):
        before_step(optimizer, step)
        optimizer.apply([CURVATURE * x], [x])
    return x.numpy()


def distance(a, b):
    """The largest difference of any coordinate."""
    return float(np.abs(a - b).max())
