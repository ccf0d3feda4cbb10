"""Bare TensorFlow, in each of its executions."""

import numpy as np
import tensorflow as tf


def loss_of(variables, inputs, targets):
    weights1, biases1, weights2, biases2, weights3, biases3 = variables
    hidden1 = tf.sigmoid(inputs @ weights1 + biases1)
    hidden2 = tf.sigmoid(hidden1 @ weights2 + biases2)
    return tf.reduce_mean(tf.square(hidden2 @ weights3 + biases3 - targets))


def eager(parameters, learning_rate):
    variables = [tf.Variable(array) for array in parameters]

    def step(inputs, targets):
        with tf.GradientTape() as tape:
            loss = loss_of(variables, inputs, targets)
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(learning_rate * gradient)
        return loss

    return step


def loop(parameters, learning_rate):
    step = eager(parameters, learning_rate)

    def steps(inputs, targets, n):
        loss = tf.constant(np.zeros((), parameters[0].dtype))
        for _ in tf.range(n):
            loss = step(inputs, targets)
        return loss

    return steps


def session(parameters, batch, learning_rate):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        inputs, targets = (v1.placeholder(array.dtype, (None, array.shape[1])) for array in batch)
        loss = loss_of([v1.Variable(array) for array in parameters], inputs, targets)
        train_op = v1.train.GradientDescentOptimizer(learning_rate).minimize(loss)
        running = v1.Session()
        running.run(v1.global_variables_initializer())
    return lambda: running.run((loss, train_op), {inputs: batch.inputs, targets: batch.targets})[0]


def contestants(parameters, batch, learning_rate, n):
    def called(step, *rest):
        return lambda: step(tf.constant(batch.inputs), tf.constant(batch.targets), *rest).numpy()

    compiled = {"jit_compile": True}
    return {
        "bare session": (session(parameters, batch, learning_rate), 1),
        "bare eager": (called(eager(parameters, learning_rate)), 1),
        "bare function": (called(tf.function(eager(parameters, learning_rate))), 1),
        "bare XLA": (called(tf.function(eager(parameters, learning_rate), **compiled)), 1),
        "bare function loop": (called(tf.function(loop(parameters, learning_rate)), tf.constant(n)), n),
        "bare XLA loop": (called(tf.function(loop(parameters, learning_rate), **compiled), tf.constant(n)), n),
    }
