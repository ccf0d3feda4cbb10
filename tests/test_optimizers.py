"""Each update rule against the formula it claims, step by step on one number, and on three libraries alike."""

import math

import numpy as np
import pytest
import tensorflow as tf

from graphs.optimizers import RULES, SLOT_NAMES

GRADIENTS = [0.5, -0.25, 0.0, 2.0]
LEARNING_RATE = 0.1


def sgd(gradients):
    return [LEARNING_RATE * g for g in gradients]


def momentum(gradients):
    amounts, v = [], 0.0
    for g in gradients:
        v = 0.9 * v + g
        amounts.append(LEARNING_RATE * v)
    return amounts


def adagrad(gradients):
    amounts, a = [], 0.0
    for g in gradients:
        a = a + g**2
        amounts.append(LEARNING_RATE * g / (math.sqrt(a) + 1e-8))
    return amounts


def rmsprop(gradients):
    amounts, a = [], 0.0
    for g in gradients:
        a = 0.9 * a + 0.1 * g**2
        amounts.append(LEARNING_RATE * g / (math.sqrt(a) + 1e-8))
    return amounts


def adam(gradients):
    amounts, m, v = [], 0.0, 0.0
    for step, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        amounts.append(LEARNING_RATE * (m / (1 - 0.9**step)) / (math.sqrt(v / (1 - 0.999**step)) + 1e-8))
    return amounts


EXPECTED = {"sgd": sgd, "momentum": momentum, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam}


def amounts_of(name, xp, as_tensor):
    amounts, slots = [], tuple(as_tensor([0.0]) for _ in SLOT_NAMES[name])
    for step, gradient in enumerate(GRADIENTS, start=1):
        amount, slots = RULES[name](xp, LEARNING_RATE, as_tensor(float(step)))(as_tensor([gradient]), slots)
        amounts.append(float(amount[0]))
    return amounts


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rule_follows_its_formula(name, dtype):
    expected = EXPECTED[name](GRADIENTS)
    tolerance = {"float32": 1e-6, "float64": 1e-12}[dtype]  # 1 - 0.999^step alone loses 1e-13 in the plain form
    for xp, as_tensor in (
        (np, lambda value: np.array(value, dtype)),
        (tf.math, lambda value: tf.constant(value, dtype)),
    ):
        assert amounts_of(name, xp, as_tensor) == pytest.approx(expected, rel=tolerance, abs=tolerance)


def test_every_optimizer_has_slots_and_a_rule():
    assert list(RULES) == list(SLOT_NAMES)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("momentum", {"velocity": lambda g: g}),
        ("adagrad", {"sum_of_squares": lambda g: g * g}),
        ("rmsprop", {"mean_square": lambda g: 0.1 * g * g}),
        ("adam", {"first_moment": lambda g: 0.1 * g, "second_moment": lambda g: 0.001 * g * g}),
    ],
)
def test_a_slot_holds_what_its_name_says(optimizer, expected):
    gradient = np.array([2.0])
    slots = tuple(np.zeros(1) for _ in SLOT_NAMES[optimizer])
    _, slots = RULES[optimizer](np, 0.1, 1.0)(gradient, slots)
    found = dict(zip(SLOT_NAMES[optimizer], slots, strict=True))
    assert found == {name: pytest.approx(value(gradient)) for name, value in expected.items()}
