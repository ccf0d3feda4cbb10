"""The bounds of tolerances.py: the units they are counted in, as counted by hand, and what libraries really do."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf
from figures import row_of
from samples import make_parameters, make_spec

from graphs import parity
from graphs.implementations import numpy_manual
from graphs.network import DTYPES, OPTIMIZERS, Activations, Parameters, State, copy_state
from graphs.optimizers import SLOT_NAMES
from graphs.parity.magnitudes import least_magnitude
from graphs.parity.tolerances import FUNCTION, UNIT, UPDATE_UNITS, allowed_errors, allowed_state_errors, result_units


def test_a_unit_is_half_the_distance_from_1_to_the_next_number():
    assert {dtype: float(np.finfo(dtype).eps) / 2 for dtype in DTYPES} == UNIT
    assert least_magnitude("float32") == 2**-126 / 2**-23


# In numbers: a wider bound would pass every test that takes its tolerance from here.
@pytest.mark.parametrize(
    ("fields", "activations", "loss", "gradients"),
    [
        (  # hidden1: 5 + 1 + 10; hidden2: 7 + 1 + 10; logits: 4 + 1; outputs the same; loss: 3 + 6 3
            # d_logits: 3; d_z2: 3 + 3 + 3; d_z1: 9 + 4 + 3; and 6 examples
            {},
            (16, 18, 5, 5),
            21,
            (22, 22, 15, 15, 9, 9),
        ),
        (  # softmax: 5 + 2 (10 + 3); loss: 2 + 2 (10 + 3) + 10 + 6; d_logits: 3 + 2 26
            {
                "hidden_activation": "relu",
                "output_activation": "softmax",
                "loss": "categorical_crossentropy",
            },
            (6, 8, 5, 31),
            44,
            (68, 68, 64, 64, 61, 61),
        ),
        (  # loss: 3 + 2 10 + 6 3; d_logits: 4 + 2 10
            {"hidden_activation": "tanh", "output_activation": "sigmoid", "loss": "binary_crossentropy"},
            (16, 18, 5, 15),
            41,
            (43, 43, 36, 36, 30, 30),
        ),
        (  # loss: 1 + 6 3; d_logits: 3 + 3 + 2
            {"hidden_activation": "identity", "output_activation": "softmax", "loss": "mean_absolute_error"},
            (6, 8, 5, 31),
            19,
            (21, 21, 17, 17, 14, 14),
        ),
    ],
)
def test_the_units_of_a_result(fields, activations, loss, gradients):
    units = result_units(make_spec((5, 7, 4, 3), **fields), batch_size=6)
    assert units == (Activations(*activations), loss, Parameters(*gradients))


def test_the_units_of_an_update():
    assert FUNCTION == 10
    assert UPDATE_UNITS == {"sgd": (3, 0), "momentum": (6, 3), "adagrad": (7, 2), "rmsprop": (8, 4), "adam": (30.5, 4)}


def test_a_rounded_result_is_allowed_half_of_what_two_are():
    for dtype, against, sides in (
        ("float32", "float64", 1),
        ("float32", "float32", 2),
        ("float64", "float64", 2),
    ):
        spec = make_spec(dtype=dtype)
        unit = float(np.finfo(dtype).eps) / 2
        assert allowed_errors(spec, 6, against).activations.hidden1 == 16 * sides * unit
        assert allowed_errors(spec, 6, against).gradients.weights3 == 9 * sides * unit
        assert allowed_state_errors(spec, against) == (3 * sides * unit, 0)


def test_every_tensor_has_a_row_in_the_figures():
    names = [name for name, _ in parity.named_tensors(result_units(make_spec(), 6))]
    rows = {row_of(name) for name in (*names, "weights1", "velocity/weights1")}
    assert rows == {"activations", "loss", "gradients", "state"}


FUNCTIONS = {
    "sigmoid": (-80, 80),
    "tanh": (-20, 20),
    "exp": (-80, 0),
    "log": (1, 400),
    "log1p": (0, 1),
    "expm1": (-80, 0),
}


def finer_than(dtype):
    """Whether this machine's long double is; on some it is float64."""
    return np.finfo(np.longdouble).eps < np.finfo(dtype).eps


def exactly(name, z):
    """In long double."""
    if name == "sigmoid":
        return numpy_manual.sigmoid(z.astype(np.longdouble))
    return getattr(np, name)(z.astype(np.longdouble))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_libraries_are_within_their_bound(name, dtype):
    if not finer_than(dtype):
        pytest.skip(f"long double has no more digits than {dtype} here, so nothing tells how far a function is off")
    low, high = FUNCTIONS[name]
    generator = np.random.default_rng(0)
    z = np.concatenate([generator.uniform(low, high, 100_000), generator.uniform(-1, 1, 100_000) * min(1, high)])
    z = z[(low <= z) & (z <= high)].astype(dtype)
    exact = exactly(name, z)
    traced = tf.function(getattr(tf.math, name), jit_compile=True)
    by_numpy = numpy_manual.sigmoid if name == "sigmoid" else getattr(np, name)
    for found in (by_numpy(z), getattr(tf.math, name)(z).numpy(), traced(tf.constant(z)).numpy()):
        units = np.abs(found - exact) / np.maximum(np.abs(exact), least_magnitude(dtype)) / UNIT[dtype]
        assert 0.5 < units.max() <= FUNCTION


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_order_of_summation_goes_beyond_n_minus_1_units_and_one_after_another_goes_a_quarter_of_the_way(dtype):
    generator = np.random.default_rng(0)
    for n in (8, 64, 300):
        alike = np.repeat(generator.uniform(1, 2, (1, 2000)), n, axis=0).astype(dtype)
        mixed = (generator.normal(size=(n, 2000)) * 10.0 ** generator.uniform(-3, 3, (n, 1))).astype(dtype)
        for terms in (alike, mixed):
            orders = {
                "one after another": np.cumsum(terms, axis=0)[-1],
                "largest first": np.cumsum(-np.sort(-terms, axis=0), axis=0)[-1],
                "in pairs": np.ascontiguousarray(terms.T).sum(axis=1),
                "TensorFlow's": tf.reduce_sum(terms, axis=0).numpy(),
            }
            exact = np.array([float(sum(map(Fraction, column))) for column in terms[:, :50].T.tolist()])
            for order, total in orders.items():
                error = np.abs(total[:50].astype("float64") - exact) / np.abs(terms[:, :50]).sum(
                    axis=0, dtype="float64"
                )
                # exact is itself rounded, by one unit of float64.
                assert error.max() / UNIT[dtype] <= n - 1 + 1, order
        if finer_than(dtype):
            exact = n * alike[0].astype(np.longdouble)
            error = np.abs(np.cumsum(alike, axis=0)[-1] / exact - 1).max() / UNIT[dtype]
            assert 0.2 * n < error < n / 4 + 0.5 + 1e-3


def test_a_library_may_add_a_million_terms_one_after_another():
    # Why a mean is allowed so much. XLA for processors does: of numbers that are all 1.8127 its mean is off by
    # 1.4%.
    numbers = np.full((1_000_000, 1), 1.8127, "float32")
    mean = tf.function(tf.reduce_mean, jit_compile=True)(numbers).numpy()
    assert abs(mean / numbers[0, 0] - 1) < UNIT["float32"] * numbers.size


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_comes_near_its_bound_and_not_beyond(optimizer):
    spec = make_spec((100, 100, 100, 10), optimizer=optimizer)
    shares = []
    for step in range(10):
        # Parameters near zero, so that the amount that is subtracted makes up all of them.
        draw = [make_parameters(spec, seed) for seed in range(10 * step, 10 * step + 4)]
        tiny = Parameters(*(array * np.float32(1e-6) for array in draw[0]))
        slots = tuple(Parameters(*map(np.square, slot)) for slot in draw[2 : 2 + len(SLOT_NAMES[optimizer])])
        state, gradients = State(tiny, slots, step), draw[1]
        new = numpy_manual.make_variables(spec, copy_state(state))
        numpy_manual.update(spec, new, gradients)
        judged = parity.judge_update(spec, state, gradients, Parameters(*[0] * 6), new)
        shares += [one.error / one.allowed for one in judged if "/" not in one.name]
    assert 0.15 < max(shares) <= 1
