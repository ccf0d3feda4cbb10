"""Random networks of very different sizes and magnitudes, drawn by Hypothesis as recipes that print in one line."""

from typing import NamedTuple

import hypothesis
import numpy as np
from figures import OPTIMIZED, Found, judge_networks
from hypothesis import strategies as st
from samples import HEADS

from graphs.implementations import NAMES
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, Batch, NetworkSpec, Parameters, parameter_shapes

# What is set on purpose, because chance would hardly ever draw it.
SPECIAL = ("nothing", "saturated", "dead", "logits of exactly 0")


class Recipe(NamedTuple):
    """All that a network and a batch are made of; build() makes them."""

    layer_sizes: tuple[int, int, int, int]
    batch_size: int
    hidden_activation: str
    head: tuple[str, str]  # output activation and loss
    dtype: str
    magnitudes: tuple[int, int, int]  # of inputs, weights and targets: powers of ten
    spread: int  # powers of ten by which the columns of the inputs differ
    special: str
    seed: int


def recipes():
    """A strategy for Recipes: sizes 1 to 400, batches of 1 to 300, inputs from 1e-6 to 1e3, weights from 0.1 to 10."""

    def mostly_small(largest):
        return st.integers(1, 8) | st.integers(1, largest)

    return st.builds(
        Recipe,
        st.tuples(*[mostly_small(400)] * 4),
        mostly_small(300),
        st.sampled_from(HIDDEN_ACTIVATIONS),
        st.sampled_from(HEADS),
        st.sampled_from(DTYPES),
        st.tuples(st.integers(-3, 3), st.integers(-1, 1), st.integers(-3, 3)),
        st.integers(0, 3),
        st.sampled_from(SPECIAL),
        st.integers(0, 2**32 - 1),
    )


def build(recipe):
    """(spec, parameters, batch) of a Recipe. All values are finite."""
    output_activation, loss = recipe.head
    spec = NetworkSpec(recipe.layer_sizes, recipe.hidden_activation, output_activation, loss, dtype=recipe.dtype)
    generator = np.random.default_rng(recipe.seed)
    input_scale, weight_scale, target_scale = (10.0**power for power in recipe.magnitudes)

    parameters = Parameters(
        *(
            generator.normal(0, weight_scale * (shape[0] ** -0.5 if len(shape) == 2 else 1), shape)
            for shape in parameter_shapes(spec)
        )
    )
    if recipe.special == "saturated":
        parameters = parameters._replace(biases1=parameters.biases1 + 40, biases2=parameters.biases2 - 40)
    if recipe.special == "dead":
        # Far enough down that no sum reaches 0: a dead ReLU passes nothing on, in either direction.
        parameters = parameters._replace(biases2=np.full_like(parameters.biases2, -1e12))
    if recipe.special == "logits of exactly 0":
        parameters = parameters._replace(weights3=parameters.weights3 * 0, biases3=parameters.biases3 * 0)

    columns = 10.0 ** -generator.uniform(0, max(recipe.spread, 1e-9), recipe.layer_sizes[0])
    inputs = generator.normal(0, input_scale, (recipe.batch_size, recipe.layer_sizes[0])) * columns
    targets = _targets(generator, loss, (recipe.batch_size, recipe.layer_sizes[-1]), target_scale)
    return (
        spec,
        Parameters(*(array.astype(spec.dtype) for array in parameters)),
        Batch(inputs.astype(spec.dtype), targets.astype(spec.dtype)),
    )


def _targets(generator, loss, shape, scale):
    if loss == "categorical_crossentropy":
        return np.eye(shape[1])[generator.integers(0, shape[1], shape[0])]
    if loss == "binary_crossentropy":
        return generator.choice([0, 1, 0.25], shape)
    return generator.normal(0, scale, shape)


def judge_random(seed, count, xla_every):
    """Judge so many different random networks; every so many of them with XLA and with the graph optimizer on, too.

    Returns the Found of each.
    """
    found: dict[Recipe, Found] = {}

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=2 * count,  # Hypothesis repeats itself; what has been seen is drawn again
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(recipes())
    def judge(recipe):
        if recipe in found or len(found) == count:
            return
        every = len(found) % xla_every == xla_every // 2  # not the first, which is the least of all
        spec, parameters, batch = build(recipe)
        names = [name for name in NAMES if every or name != "tf2_xla"]
        one = judge_networks(spec, parameters, batch, names, OPTIMIZED if every else ())
        found[recipe] = one._replace(failures=tuple(f"{failure} in {recipe}" for failure in one.failures))

    judge()
    return list(found.values())
