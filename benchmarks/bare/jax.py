"""Bare JAX: a step under jit, and many in a fori_loop."""

from functools import partial

import jax
import jax.numpy as jnp


def loss_of(parameters, inputs, targets):
    weights1, biases1, weights2, biases2, weights3, biases3 = parameters
    hidden1 = jax.nn.sigmoid(inputs @ weights1 + biases1)
    hidden2 = jax.nn.sigmoid(hidden1 @ weights2 + biases2)
    return jnp.mean(jnp.square(hidden2 @ weights3 + biases3 - targets))


def contestants(parameters, batch, learning_rate, n):
    def step(parameters, inputs, targets):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, inputs, targets)
        return loss, [array - learning_rate * gradient for array, gradient in zip(parameters, gradients, strict=True)]

    def steps(parameters, inputs, targets):
        start = jnp.zeros((), inputs.dtype), parameters
        return jax.lax.fori_loop(0, n, lambda _, carried: step(carried[1], inputs, targets), start)

    def called(function):
        compiled = partial(jax.jit, donate_argnums=0)(function)
        now = [jnp.array(array) for array in parameters]

        def call():
            nonlocal now
            loss, now = compiled(now, *batch)
            return float(loss)

        return call

    return {"jax jit": (called(step), 1), "jax fori_loop": (called(steps), n)}
