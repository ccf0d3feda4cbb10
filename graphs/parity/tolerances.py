"""How far apart two correct results may be: bounds that follow from the arithmetic, in any order of summation.

A bound is counted in units of rounding, u: half the distance from 1 to the next number, 6.0e-8 in float32 and 1.1e-16
in float64. It is relative to the magnitude of its tensor (magnitudes.py) and adds up the roundings on the longest path
from the inputs of the computation to the tensor:

- An operation rounds once, so it adds 1 unit. This is the arithmetic of IEEE 754.
- A sum of n terms adds at most n - 1 units and a sum of n products at most n, in whatever order the terms are added.
  Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, 2002, equations 3.5 and 4.4. The
  processor, the library and the number of threads choose the order and with it the last bits; none of them can exceed
  the bound.
- exp, log, tanh and sigmoid come from a library and add at most FUNCTION units.
- Two results that are both rounded may be off in opposite directions, so their difference may be twice the bound.

Each layer is judged from the result's own layer below it, the loss and the gradients from all its layers
(recompute.py). So a bound ends where the next one begins, and does not grow with the depth of the network.

Second-order effects of rounding are left out. So the bounds hold while the sum before a sigmoid, tanh or softmax is
off by far less than 1: in float32 with terms up to some 1e7.
"""

from graphs.network import Activations, Parameters, StepResult

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}

# No standard says how accurate these functions are. The largest error seen is 8.7 units, in TensorFlow's tanh;
# tests/parity/test_tolerances.py measures them all again.
FUNCTION = 10


def allowed_errors(spec, batch_size, against="float64"):
    """The largest error that rounding explains in each tensor of a StepResult, as a StepResult of numbers.

    against: the dtype of the result it is compared with.
    """
    unit = _unit(spec, against)
    units = result_units(spec, batch_size)
    return StepResult(
        Activations(*(unit * count for count in units.activations)),
        unit * units.loss,
        Parameters(*(unit * count for count in units.gradients)),
    )


def allowed_state_errors(spec, against="float64"):
    """The same for a State after one update from given gradients: (for a parameter, for a slot)."""
    parameter, slot = UPDATE_UNITS[spec.optimizer]
    return _unit(spec, against) * parameter, _unit(spec, against) * slot


def _unit(spec, against):
    """One unit of rounding, or two if the other result is rounded as coarsely."""
    return UNIT[spec.dtype] if UNIT[against] < UNIT[spec.dtype] else 2 * UNIT[spec.dtype]


def result_units(spec, batch_size):
    """The units of each tensor of a StepResult, computed from the activations of the same result."""
    inputs, hidden1, hidden2, outputs = spec.layer_sizes
    function = _activation_units(spec.hidden_activation, outputs)
    logits_units = hidden2 + 1  # hidden2 products are summed, then the bias is added

    d_z3 = _d_logits_units(spec)
    d_z2 = d_z3 + outputs + _slope_units(spec.hidden_activation, outputs)
    d_z1 = d_z2 + hidden2 + _slope_units(spec.hidden_activation, outputs)
    return StepResult(
        Activations(
            inputs + 1 + function,
            hidden1 + 1 + function,
            logits_units,
            logits_units + _activation_units(spec.output_activation, outputs),
        ),
        _loss_units(spec, batch_size),
        Parameters(*(d_z + batch_size for d_z in (d_z1, d_z1, d_z2, d_z2, d_z3, d_z3))),
    )


def _activation_units(name, classes):
    """The units that a = g(z) adds."""
    if name == "softmax":
        # exp(z - max): FUNCTION. Its sum over the classes: FUNCTION + classes. The difference is rounded, too, by
        # u |z - max|, which moves an output by less than classes units of the largest in its row.
        return 2 * (FUNCTION + classes)
    return FUNCTION if name in ("sigmoid", "tanh") else 0


def _slope_units(name, classes):
    """The units that d(loss)/d(z) = d(loss)/d(a) g'(z) adds to d(loss)/d(a)."""
    if name == "softmax":
        return classes + 2  # (d - sum(d a)) a
    return 3 if name in ("sigmoid", "tanh") else 0  # d a (1 - a), d (1 - a a)


def _loss_units(spec, batch_size):
    classes = spec.layer_sizes[-1]
    terms = batch_size * classes
    if spec.loss == "mean_squared_error":
        return 3 + terms  # (a - t)^2
    if spec.loss == "mean_absolute_error":
        return 1 + terms  # |a - t|
    if spec.loss == "binary_crossentropy":
        return 3 + 2 * FUNCTION + terms  # max(z, 0) - z t + log1p(exp(-|z|))
    # log(sum(exp(z - max))) - (z - max): the error of a sum is relative to the sum, and up to 1 / log(2) times as large
    # relative to the log.
    return 2 + 2 * (FUNCTION + classes) + FUNCTION + batch_size


def _d_logits_units(spec):
    """The units of d(loss)/d(logits) at given outputs."""
    classes = spec.layer_sizes[-1]
    # TensorFlow differentiates a cross-entropy from the logits, so its probabilities are not the given outputs bit for
    # bit: both are rounded.
    if spec.loss == "binary_crossentropy":
        return 4 + 2 * _activation_units("sigmoid", classes)
    if spec.loss == "categorical_crossentropy":
        return 3 + 2 * _activation_units("softmax", classes)
    return 3 + _slope_units(spec.output_activation, classes)


# (for a parameter, for a slot) after an update. A constant such as 0.9 is itself rounded once, and a square root halves
# the units of its argument.
UPDATE_UNITS = {
    "sgd": (3, 0),  # lr g: 2; subtracted: 3
    "momentum": (6, 3),  # 0.9 v + g: 3; times lr: 5; subtracted: 6
    "adagrad": (7, 2),  # a + g^2: 2; its root plus epsilon: 3; lr g over that: 6; subtracted: 7
    "rmsprop": (8, 4),  # 0.9 a + 0.1 g^2: 4; its root plus epsilon: 4; lr g over that: 7; subtracted: 8
    # m: 3; v: 4; each 1 - beta^step: 2 + FUNCTION; m': 6 + FUNCTION; v': 7 + FUNCTION; the root of v' plus epsilon:
    # 5.5 + FUNCTION / 2; lr m' over that: 14.5 + 1.5 FUNCTION; subtracted: 1 more
    "adam": (15.5 + 1.5 * FUNCTION, 4),
}
