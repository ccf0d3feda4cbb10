"""Five update rules, each formula written once for both NumPy arrays and TensorFlow tensors.

RULES[name](xp, learning_rate, step) returns the rule for one step: a function that takes one parameter's gradient and
slots and returns (amount to subtract from the parameter, new slots), all of the parameter's shape. xp is numpy or
tf.math, the module with sqrt, square and expm1. step is a scalar of the parameters' dtype and counts from 1. Slots
start at zero. SLOT_NAMES lists the slots that each rule keeps for every parameter between steps.
"""

import math

EPSILON = 1e-8

SLOT_NAMES = {
    "sgd": (),
    "momentum": ("velocity",),
    "adagrad": ("sum_of_squares",),
    "rmsprop": ("mean_square",),
    "adam": ("first_moment", "second_moment"),
}


def sgd(xp, learning_rate, step):
    """Subtract lr g. Robbins and Monro, "A Stochastic Approximation Method", 1951."""

    def rule(gradient, slots):
        return learning_rate * gradient, ()

    return rule


def momentum(xp, learning_rate, step):
    """v = 0.9 v + g; subtract lr v. Polyak, USSR Computational Mathematics and Mathematical Physics 4(5), 1964."""

    def rule(gradient, slots):
        (velocity,) = slots
        velocity = 0.9 * velocity + gradient
        return learning_rate * velocity, (velocity,)

    return rule


def adagrad(xp, learning_rate, step):
    """a = a + g^2; subtract lr g / (sqrt(a) + epsilon). Duchi, Hazan and Singer, JMLR 12, 2011."""

    def rule(gradient, slots):
        (sum_of_squares,) = slots
        sum_of_squares = sum_of_squares + xp.square(gradient)
        return learning_rate * gradient / (xp.sqrt(sum_of_squares) + EPSILON), (sum_of_squares,)

    return rule


def rmsprop(xp, learning_rate, step):
    """a = 0.9 a + 0.1 g^2; subtract lr g / (sqrt(a) + epsilon). Hinton, Coursera lecture 6.5, 2012."""

    def rule(gradient, slots):
        (mean_square,) = slots
        mean_square = 0.9 * mean_square + 0.1 * xp.square(gradient)
        return learning_rate * gradient / (xp.sqrt(mean_square) + EPSILON), (mean_square,)

    return rule


def adam(xp, learning_rate, step):
    """m = 0.9 m + 0.1 g; v = 0.999 v + 0.001 g^2; subtract lr m' / (sqrt(v') + epsilon), where
    m' = m / (1 - 0.9^step) and v' = v / (1 - 0.999^step). Kingma and Ba, "Adam", ICLR 2015, algorithm 1.
    """
    # Writes 1 - beta^step as -expm1(step ln(beta)). In float32 the plain form is off by 1e-5 at the first step, since
    # beta is rounded before the subtraction, and each library's pow rounds the last bit differently.
    first_correction = -xp.expm1(step * math.log(0.9))
    second_correction = -xp.expm1(step * math.log(0.999))

    def rule(gradient, slots):
        first_moment, second_moment = slots
        first_moment = 0.9 * first_moment + 0.1 * gradient
        second_moment = 0.999 * second_moment + 0.001 * xp.square(gradient)
        root = xp.sqrt(second_moment / second_correction)
        return learning_rate * (first_moment / first_correction) / (root + EPSILON), (first_moment, second_moment)

    return rule


RULES = {"sgd": sgd, "momentum": momentum, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam}


def slots_by_parameter(state):
    """The slots of a State, regrouped: one tuple of slots for each parameter."""
    indices = range(len(state.parameters))
    return tuple(tuple(slot[index] for slot in state.slots) for index in indices)
