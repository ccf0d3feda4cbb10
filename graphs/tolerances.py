"""How far apart two correct results may be: one table, each row with what was measured.

An error is counted in units of rounding, u: half the distance from 1 to the next number, 6.0e-8 in float32 and 1.1e-16
in float64. n equal terms that are added one after another are off by up to (n / 4 + 1/2) u, since every addition then
rounds in the same direction; networks whose layers are saturated, dead or zero do add equal terms.
"""

from typing import NamedTuple

import numpy as np

from graphs.network import Activations, Parameters, StepResult


class Tolerance(NamedTuple):
    """The largest error that counts as rounding, in units of rounding, and why."""

    units: float
    units_per_term: float  # more for each term of the longest sum behind the tensor
    reason: str


TOLERANCES = {
    "activations": Tolerance(8, 1 / 4, "up to 6 units were seen in short sums, 27 in sums of 380 terms"),
    "loss": Tolerance(4, 1 / 4, "up to 3 units were seen in short sums, 319 in the mean of 58,000 terms"),
    "gradients": Tolerance(4, 1 / 4, "up to 3 units were seen in short sums, 48 in sums of 266 terms"),
    "state": Tolerance(8, 0, "up to 5 units were seen in parameters and slots after one update"),
}


def allowed_error(row, dtype, terms=0):
    """The largest error of a row, relative to the tensor's magnitude."""
    tolerance = TOLERANCES[row]
    return (tolerance.units + tolerance.units_per_term * terms) * float(np.finfo(dtype).eps) / 2


def allowed_errors(spec, batch_size):
    """The largest error of each tensor of a StepResult, as a StepResult of numbers."""
    layer = max(spec.layer_sizes)  # the longest sum of a matrix product forward, or of a row in softmax
    averaged = batch_size * (1 if spec.loss == "categorical_crossentropy" else spec.layer_sizes[-1])
    activation = allowed_error("activations", spec.dtype, layer)
    gradient = allowed_error("gradients", spec.dtype, max(layer, batch_size))
    return StepResult(
        Activations(*[activation] * len(Activations._fields)),
        allowed_error("loss", spec.dtype, max(layer, averaged)),
        Parameters(*[gradient] * len(Parameters._fields)),
    )
