"""Activations, loss, gradients, slots and updated parameters of every implementation, against NumPy in float64.

Here are all combinations of activations and loss with one optimizer, and all optimizers with one network. Everything
with everything is in sweep.py.
"""

import pytest
from figures import OPTIMIZED
from matrix import combinations, drift_of, judge_steps
from samples import make_spec

from graphs.implementations import NAMES, same_bits
from graphs.network import DTYPES, OPTIMIZERS

# Compiling takes most of the time; in float64 XLA has the random networks, the optimizers below, and the sweep.
WITHOUT_XLA = [name for name in NAMES if name != "tf2_xla"]


def name_of(spec):
    return f"{spec.hidden_activation}-{spec.output_activation}-{spec.loss}"


@pytest.mark.parametrize("spec", combinations(["momentum"], ["float32"]), ids=name_of)
def test_every_activation_and_loss(spec):
    assert judge_steps(spec, 2, NAMES, optimized=()).failures == ()


@pytest.mark.parametrize("spec", combinations(["momentum"], ["float64"]), ids=name_of)
def test_every_activation_and_loss_in_float64(spec):
    assert judge_steps(spec, 2, WITHOUT_XLA, optimized=()).failures == ()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_hundred_steps_from_shared_states(optimizer, dtype):
    spec = make_spec(optimizer=optimizer, learning_rate=0.01, dtype=dtype)
    names = NAMES if dtype == "float32" else WITHOUT_XLA
    assert judge_steps(spec, 100, names, optimized=()).failures == ()


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
