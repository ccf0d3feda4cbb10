"""Activations, loss, gradients, slots and updated parameters of every implementation, against NumPy in float64.

Here are all combinations of activations and loss with one optimizer, each in one dtype, and all optimizers with one
network. Everything with everything is in sweep.py.
"""

from collections import Counter

import pytest
from figures import OPTIMIZED
from matrix import combinations, drift_of, judge_steps
from samples import HEADS, make_spec

from graphs.implementations import NAMES
from graphs.implementations.table import same_bits
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, OPTIMIZERS

# Compiling takes most of the time: XLA has every head and every hidden activation here, and everything with everything
# in the sweep; in float64 it has the random networks and the optimizers below.
WITHOUT_XLA = [name for name in NAMES if name != "tf2_xla"]


def every_other(specs, apart, first=0):
    """Of the four hidden activations some with each head, in turn: those that are so far apart, counted in a circle."""
    return [
        spec
        for spec in specs
        if (HIDDEN_ACTIVATIONS.index(spec.hidden_activation) - HEADS.index((spec.output_activation, spec.loss)) - first)
        % apart
        == 0
    ]


# Every combination once, by turns in float32 and in float64; of those in float32 XLA has every other.
IN_FLOAT32 = every_other(combinations(["momentum"], ["float32"]), apart=2, first=1)
WITH_XLA = every_other(IN_FLOAT32, apart=4, first=1)
IN_FLOAT64 = every_other(combinations(["momentum"], ["float64"]), apart=2)


def name_of(spec):
    return f"{spec.hidden_activation}-{spec.output_activation}-{spec.loss}"


def test_every_combination_is_in_one_dtype_and_xla_has_every_head_and_every_activation():
    once = [name_of(spec) for spec in IN_FLOAT32 + IN_FLOAT64]
    assert sorted(once) == sorted(map(name_of, combinations(["momentum"], ["float32"])))
    assert Counter((spec.output_activation, spec.loss) for spec in WITH_XLA) == dict.fromkeys(HEADS, 1)
    for some in (WITH_XLA, IN_FLOAT32, IN_FLOAT64):
        assert len({spec.hidden_activation for spec in some}) == len(HIDDEN_ACTIVATIONS)


@pytest.mark.parametrize("spec", IN_FLOAT32 + IN_FLOAT64, ids=lambda spec: f"{name_of(spec)}-{spec.dtype}")
def test_every_activation_and_loss(spec):
    assert judge_steps(spec, 2, NAMES if spec in WITH_XLA else WITHOUT_XLA, optimized=()).failures == ()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_from_shared_states(optimizer, dtype):
    spec = make_spec(optimizer=optimizer, learning_rate=0.01, dtype=dtype)
    steps, names = (50, NAMES) if dtype == "float32" else (20, WITHOUT_XLA)
    assert judge_steps(spec, steps, names, optimized=()).failures == ()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_ten_steps_with_xla_in_float64(optimizer):
    spec = make_spec(optimizer=optimizer, learning_rate=0.01, dtype="float64")
    assert judge_steps(spec, 10, ["numpy_manual", "tf2_xla"], optimized=()).failures == ()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_ten_steps_with_the_graph_optimizer_on(optimizer, dtype):
    spec = make_spec(optimizer=optimizer, learning_rate=0.01, dtype=dtype)
    assert judge_steps(spec, 10, ["numpy_manual"], optimized=OPTIMIZED).failures == ()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_hundred_steps_left_to_themselves(optimizer):
    spec = make_spec(optimizer=optimizer, learning_rate=0.01)  # in float32, whose last bits are the larger ones
    for first, *others in same_bits():
        for name in others:
            drift = drift_of(spec, 100, name, first)
            assert drift.first is None
            assert [apart.step for apart in drift.growth] == [1, 2, 5, 10, 20, 50, 100]
        assert drift_of(spec, 100, first, "numpy_manual").first.step <= 100
