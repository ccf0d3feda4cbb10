"""The training loop, on real networks: what it reports, and what it does when a network diverges."""

import math

import numpy as np
import pytest
from samples import make_batch, make_parameters, make_spec

from graphs.data.datasets import default_epochs, default_spec, load_dataset, minibatches
from graphs.data.scores import score, score_name
from graphs.implementations import load
from graphs.network import initial_parameters
from graphs.training import Epoch, train


def numpy_network(**fields):
    spec = make_spec(**fields)
    return load("numpy_manual").Network(spec, make_parameters(spec))


def test_one_step_for_each_batch_and_one_report_for_each_epoch():
    heard: list[Epoch] = []
    with numpy_network() as network, numpy_network() as by_hand:
        batches = [make_batch(network.spec, seed=seed) for seed in range(3)]
        losses = [by_hand.train_step(batch) for batch in batches + batches]
        training = train(network, [batches, batches], [heard.append])
        assert network.state().step == 6
        for ours, theirs in zip(training.state.parameters, by_hand.parameters(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert tuple(heard) == training.epochs
    assert [(epoch.number, epoch.steps, epoch.diverged) for epoch in heard] == [(1, 3, False), (2, 6, False)]
    assert heard[1].loss == pytest.approx(np.mean(losses[3:]))
    assert training.diverged_in is None


def test_divergence_ends_training_at_the_last_finite_state():
    with numpy_network(hidden_activation="identity") as network:
        batch = make_batch(network.spec)
        # Inputs of 1e30: the loss, a square, is beyond float32.
        wild = batch._replace(inputs=batch.inputs * np.float32(1e30))
        training = train(network, [[batch], [wild], [batch]])
    assert training.diverged_in == 2
    assert [epoch.diverged for epoch in training.epochs] == [False, True]
    assert not math.isfinite(training.epochs[1].loss)
    assert training.state.step == 1
    assert all(np.isfinite(array).all() for array in training.state.parameters)


def test_parameters_that_are_no_longer_finite_count_as_diverged_too():
    # The loss before the only update is finite; the update itself is not.
    with numpy_network(learning_rate=1e38, hidden_activation="identity") as network:
        batch = make_batch(network.spec)
        training = train(network, [[batch._replace(inputs=batch.inputs * 100)]])
    assert math.isfinite(training.epochs[0].loss)
    assert training.diverged_in == 1
    assert training.state.step == 0


@pytest.mark.parametrize(("name", "least"), [("digits", 0.95), ("breast_cancer", 0.93), ("diabetes", 0.25)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_default_specs_learn(name, least, seed):
    dataset = load_dataset(name, seed=seed)
    spec = default_spec(dataset)
    with load("numpy_manual").Network(spec, initial_parameters(spec, seed)) as network:
        train(network, (minibatches(dataset.train, 64, (seed, epoch)) for epoch in range(default_epochs(name))))
        assert score(network.predict(dataset.test.inputs), dataset.test.targets) >= least


def test_scores():
    one_hot = np.eye(3)[[0, 1, 2, 1]]
    assert score(np.eye(3)[[0, 1, 1, 1]] * 0.4, one_hot) == 0.75
    assert score(np.array([[0.6], [0.4], [0.4]]), np.array([[1.0], [0.0], [1.0]])) == pytest.approx(2 / 3)
    numbers = np.array([[1.0], [2.0], [3.0]])
    assert score(numbers, numbers) == 1
    assert score(np.full((3, 1), 2.0), numbers) == 0
    assert math.isnan(score(np.full((3, 1), np.inf), numbers))
    assert (score_name(one_hot), score_name(numbers)) == ("accuracy", "R2")
