"""JAX's loop once more, for a process in which XLA is tuned."""

from bare import jax


def contestants(*given):
    return {"jax fori_loop, tuned": jax.contestants(*given)["jax fori_loop"]}
