"""Random networks: NumPy and XLA within what rounding allows, session, eager and function the same in every bit."""

import pytest
from random_networks import SPECIAL, Recipe, build, judge_random

from graphs.implementations import load
from graphs.parity import named_tensors


# Two times 25, six of all of them with XLA and with the graph optimizer on; 3,000 are in tools/sweep.py.
@pytest.mark.parametrize("seed", range(2))
def test_random_networks(seed):
    found = judge_random(seed, count=25, xla_every=8)
    assert len(found) == 25
    assert [failure for one in found for failure in one.failures] == []


@pytest.mark.parametrize("special", SPECIAL)
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_what_is_special_is_so(special, activation):
    head = ("sigmoid", "binary_crossentropy")
    spec, parameters, batch = build(Recipe((9, 8, 7, 6), 5, activation, head, "float32", (0, 0, 0), 1, special, 0))
    with load("numpy_manual").Network(spec, parameters) as network:
        hidden1, hidden2, logits, _ = network.evaluate(batch).activations
    if special == "saturated" and activation == "sigmoid":
        assert (hidden1 == 1).all()
        assert (hidden2 < 1e-12).all()
    if special == "dead":
        assert not hidden2.any()
    if special == "logits of exactly 0":
        assert not logits.any()


def test_the_greatest_magnitudes_stay_finite():
    for head in (("identity", "mean_squared_error"), ("softmax", "categorical_crossentropy")):
        recipe = Recipe((400, 400, 400, 400), 300, "identity", head, "float32", (3, 1, 3), 0, "dead", 0)
        spec, parameters, batch = build(recipe)
        with load("numpy_manual").Network(spec, parameters) as network:
            result = network.evaluate(batch)
        assert all(abs(tensor).max() < float("inf") for _, tensor in named_tensors(result))
