"""Inspections that several tests look at, each made once in a process."""

from functools import cache

import pytest
from samples import HEADS, make_spec

from graphs.implementations import NAMES
from graphs.inspection.inspect_step import inspect
from graphs.network import HIDDEN_ACTIVATIONS, OPTIMIZERS

# Every loss with every output, every optimizer, every hidden activation; in float64, too.
SPECS = [
    *(make_spec(output_activation=output, loss=loss) for output, loss in HEADS),
    *(make_spec(optimizer=optimizer) for optimizer in OPTIMIZERS if optimizer != "sgd"),
    *(make_spec(hidden_activation=hidden) for hidden in HIDDEN_ACTIVATIONS if hidden != "sigmoid"),
    make_spec(
        (3, 4, 4, 4), optimizer="adam", dtype="float64", output_activation="softmax", loss="categorical_crossentropy"
    ),
]

# Every loss and every optimizer.
SOME = {f"{spec.loss}-{spec.optimizer}": spec for spec in reversed(SPECS) if spec.dtype == "float32"}


def name_of_spec(spec):
    return f"{spec.hidden_activation}-{spec.output_activation}-{spec.loss}-{spec.optimizer}-{spec.dtype}"


every_spec = pytest.mark.parametrize("spec", SPECS, ids=name_of_spec)


def inspected(spec, optimize_graph=True):
    """The Inspection of a spec. Compiling takes half of its time, so of SPECS only SOME are compiled."""
    return _inspected(spec, optimize_graph)  # however the arguments are written, they are one key of the cache


@cache
def _inspected(spec, optimize_graph):
    compiled = spec in SOME.values() or spec not in SPECS
    names = [name for name in NAMES if compiled or name != "tf2_xla"]
    return inspect(spec, 6, optimize_graph=optimize_graph, implementations=names)
