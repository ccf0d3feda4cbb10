"""Real data, scaled, split and shuffled: the same for the same seed, and nothing lost on the way."""

import numpy as np
import pytest

from graphs.data.datasets import NAMES, default_epochs, default_spec, load_dataset, minibatches
from graphs.input_checks import check_batch
from graphs.network import DTYPES

SIZES = {"digits": (1797, 64, 10), "breast_cancer": (569, 30, 1), "diabetes": (442, 10, 1)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_set_fits_its_default_spec(name, dtype):
    dataset = load_dataset(name, dtype)
    spec = default_spec(dataset)
    examples, inputs, targets = SIZES[name]
    assert len(dataset.train.inputs) + len(dataset.test.inputs) == examples
    assert len(dataset.test.inputs) == pytest.approx(examples / 4, abs=1)
    assert (spec.layer_sizes[0], spec.layer_sizes[-1], spec.dtype) == (inputs, targets, dtype)
    check_batch(spec, dataset.train)
    check_batch(spec, dataset.test)
    assert default_epochs(name) >= 1


def test_scales():
    digits = load_dataset("digits")
    assert (digits.train.inputs.min(), digits.train.inputs.max()) == (0, 1)
    for name in ("breast_cancer", "diabetes"):
        dataset = load_dataset(name, "float64")
        np.testing.assert_allclose(dataset.train.inputs.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(dataset.train.inputs.std(axis=0), 1, atol=1e-12)
    assert set(load_dataset("breast_cancer").train.targets.ravel()) == {0, 1}


def test_classes_are_split_evenly():
    digits = load_dataset("digits", seed=5)
    np.testing.assert_allclose(digits.train.targets.mean(axis=0), digits.test.targets.mean(axis=0), atol=0.01)


def test_the_seed_decides_the_split():
    first, again, other = (load_dataset("digits", seed=seed).train.inputs for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_minibatches_hold_each_example_once():
    train = load_dataset("digits").train
    batches = minibatches(train, 64, seed=(0, 1))
    assert [len(batch.inputs) for batch in batches] == [64] * 21 + [3]
    rows = np.concatenate([np.hstack(batch) for batch in batches])
    expected = np.hstack(train)
    assert not np.array_equal(rows, expected)
    np.testing.assert_array_equal(np.unique(rows, axis=0), np.unique(expected, axis=0))


def test_minibatches_follow_the_seed():
    train = load_dataset("diabetes").train
    first, again, other = (minibatches(train, 32, seed)[0].inputs for seed in ((0, 0), (0, 0), (0, 1)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("size", [0, -1, 332, 1.0, "32"])
def test_wrong_batch_sizes_are_refused(size):
    with pytest.raises(ValueError, match=r"batch_size: got .*; allowed: an integer from 1 to 331"):
        minibatches(load_dataset("diabetes").train, size, 0)


@pytest.mark.parametrize("name", ["iris", "", None])
def test_unknown_data_is_refused(name):
    with pytest.raises(ValueError, match=r"data: got .*; allowed: digits, breast_cancer, diabetes"):
        load_dataset(name)


def test_a_loss_brings_its_output_activation_along():
    digits = load_dataset("digits")
    assert default_spec(digits, loss="binary_crossentropy").output_activation == "sigmoid"
    with pytest.raises(ValueError, match="output_activation"):
        default_spec(digits, loss="binary_crossentropy", output_activation="tanh")


def test_default_hidden_sizes_can_be_replaced():
    digits = load_dataset("digits")
    assert default_spec(digits, (5, 6)).layer_sizes == (64, 5, 6, 10)
