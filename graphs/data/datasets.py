"""Real data without a download: three data sets from scikit-learn, scaled, split and shuffled by a seed."""

from typing import Any, NamedTuple

import numpy as np

from graphs.network import ACTIVATION_OF_LOSS, DTYPES, Batch, NetworkSpec
from graphs.refusals import check_choice, is_integer, refusal

TEST_SHARE = 0.25
LARGEST_SEED = 2**32 - 1  # of scikit-learn


class Dataset(NamedTuple):
    """Shuffled examples, one quarter of them for testing."""

    name: str
    train: Batch
    test: Batch


class Recipe(NamedTuple):
    hidden_sizes: tuple[int, int]
    fields: dict[str, Any]  # the rest of a NetworkSpec that suits the data
    epochs: int


RECIPES = {
    "digits": Recipe(
        (64, 32),
        {
            "output_activation": "softmax",
            "loss": "categorical_crossentropy",
            "optimizer": "adam",
            "learning_rate": 0.015,
        },
        epochs=20,
    ),
    "breast_cancer": Recipe(
        (16, 8),
        {"output_activation": "sigmoid", "loss": "binary_crossentropy", "optimizer": "adam", "learning_rate": 0.01},
        epochs=30,
    ),
    "diabetes": Recipe(
        (16, 8),
        {"output_activation": "identity", "loss": "mean_squared_error", "optimizer": "momentum", "learning_rate": 0.05},
        epochs=30,
    ),
}

NAMES = tuple(RECIPES)


def load_dataset(name, dtype="float32", seed=0):
    """The named Dataset, in arrays of the dtype. Raises ValueError for an unknown name, dtype or seed.

    Digits: 64 pixels in [0, 1], one-hot targets of 10 classes. Breast cancer: 30 inputs of mean 0 and deviation 1, one
    target that is 0 or 1. Diabetes: 10 inputs and one target, all of mean 0 and deviation 1. Means and deviations
    are computed on the training part.
    """
    # Imported here, so that reading the names above does not wait for scikit-learn.
    import sklearn.datasets
    from sklearn.model_selection import train_test_split

    _recipe(name)
    check_choice("dtype", dtype, DTYPES)
    if not (is_integer(seed) and 0 <= seed <= LARGEST_SEED):
        raise refusal("seed", repr(seed), f"an integer from 0 to {LARGEST_SEED}")
    inputs, targets = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    classes = targets if name != "diabetes" else None
    train_inputs, test_inputs, train_targets, test_targets = train_test_split(
        inputs, targets, test_size=TEST_SHARE, random_state=seed, stratify=classes
    )
    if name == "digits":
        train_inputs, test_inputs = train_inputs / 16, test_inputs / 16
        train_targets, test_targets = np.eye(10)[train_targets], np.eye(10)[test_targets]
    else:
        train_inputs, test_inputs = _standardise(train_inputs, test_inputs)
        train_targets, test_targets = train_targets[:, None], test_targets[:, None]
    if name == "diabetes":
        train_targets, test_targets = _standardise(train_targets, test_targets)
    return Dataset(
        name,
        Batch(train_inputs.astype(dtype), train_targets.astype(dtype)),
        Batch(test_inputs.astype(dtype), test_targets.astype(dtype)),
    )


def default_spec(dataset, hidden_sizes=None, **fields):
    """The NetworkSpec that suits a Dataset; given hidden sizes and fields replace its defaults.

    If a given loss needs a certain output activation and none is given, that activation is used.
    """
    recipe = _recipe(dataset.name)
    inputs, targets = dataset.train
    if fields.get("loss") in ACTIVATION_OF_LOSS:
        fields = {"output_activation": ACTIVATION_OF_LOSS[fields["loss"]], **fields}
    layer_sizes = (inputs.shape[1], *(hidden_sizes or recipe.hidden_sizes), targets.shape[1])
    return NetworkSpec(layer_sizes, **{**recipe.fields, "dtype": str(inputs.dtype), **fields})


def default_epochs(name):
    """The number of epochs after which the default spec does well on the data."""
    return _recipe(name).epochs


def minibatches(batch, size, seed):
    """The batch in random order, split into Batches of the size; the last may be smaller.

    Raises ValueError unless the size is an integer from 1 to the number of examples.
    """
    count = len(batch.inputs)
    if not (is_integer(size) and 1 <= size <= count):
        raise refusal("batch_size", repr(size), f"an integer from 1 to {count}, the number of examples")
    order = np.random.default_rng(seed).permutation(count)
    return [
        Batch(batch.inputs[chosen], batch.targets[chosen])
        for chosen in (order[start : start + size] for start in range(0, count, size))
    ]


def _recipe(name):
    if name not in RECIPES:
        raise refusal("data", repr(name), ", ".join(NAMES))
    return RECIPES[name]


def _standardise(train, test):
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)
