"""Which line of the reference computes the same as a node: a table keyed by the names that all executions share.

One framework function may correspond to several NumPy lines, and one line to several operations.
"""

import inspect
import re
from functools import cache
from typing import NamedTuple

from graphs import optimizers
from graphs.implementations import text
from graphs.implementations.table import REFERENCE


class Line(NamedTuple):
    """A line of source code."""

    file: str
    number: int
    text: str


# (pattern of a node's name, function of the reference, start of the line); the first matching pattern counts.
FORWARD = (
    (r"layer([12])/(matmul|BiasAdd)", "forward", r"z\1 ="),
    (r"layer3/(matmul|BiasAdd)", "forward", "logits ="),
    (r"layer([12])/.+", "forward", r"hidden\1 ="),
    (r"layer3/.+", "forward", "outputs ="),
)
BACKWARD = (
    # A tape derives nothing for the inputs, so this is its first product there, and tf.gradients' second.
    ("gradients/layer1/matmul/.+", "backward", "weights1="),
    (r"gradients/layer(\d)/matmul/MatMul_1", "backward", r"weights\1="),
    (r"gradients/layer(\d)/BiasAdd/BiasAddGrad", "backward", r"biases\1="),
    ("gradients/layer3/matmul/MatMul", "backward", "d_hidden2 ="),
    ("gradients/layer2/matmul/MatMul", "backward", "d_hidden1 ="),
    (r"gradients/layer([12])/.+", "backward", r"d_z\1 ="),
    ("gradients/layer3/.+", "d_logits_of", "return BACKWARD"),
)
# {loss: (start of the line that computes it before the mean, start of the line that computes its gradient)}
LOSSES = {
    "mean_squared_error": ("return np.mean", "d_outputs = 2"),
    "mean_absolute_error": ("return np.mean", "d_outputs = np.sign"),
    "binary_crossentropy": ("losses =", "return (outputs - targets) / outputs.size"),
    "categorical_crossentropy": ("losses =", "return (outputs - targets) / len(outputs)"),
}

# {rule: (lines computed once per step, lines computed per parameter)}; for each line its start and its operations.
RULES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "sgd": ([], [("return learning_rate", "Mul")]),
    "momentum": ([], [("velocity =", "Mul AddV2"), ("return learning_rate", "Mul")]),
    "adagrad": ([], [("sum_of_squares =", "Square AddV2"), ("return learning_rate", "Mul Sqrt AddV2 RealDiv")]),
    "rmsprop": ([], [("mean_square =", "Mul Square Mul AddV2"), ("return learning_rate", "Mul Sqrt AddV2 RealDiv")]),
    "adam": (
        [("first_correction =", "Mul Expm1 Neg"), ("second_correction =", "Mul Expm1 Neg")],
        [
            ("first_moment =", "Mul Mul AddV2"),
            ("second_moment =", "Mul Square Mul AddV2"),
            ("root =", "RealDiv Sqrt"),
            ("return learning_rate", "RealDiv Mul AddV2 RealDiv"),
        ],
    ),
}
# {operation: start of its line in the reference}
ASSIGNMENTS = {
    "AssignAddVariableOp": "state.step[...] +=",
    "Cast": "step =",
    "AssignSubVariableOp": "parameter -=",
    "AssignVariableOp": "slot[...] =",
}


def lines_of(spec, operations):
    """{node: Line}; nodes missing from the table are left out.

    operations: {node: operation} of the mathematical nodes of a step, in the order of the graph.
    """
    updating = {name: operation for name, operation in operations.items() if name.startswith("update/")}
    found = {name: _line_of_network(spec, name) for name in operations if name not in updating}
    found |= _lines_of_update(spec, updating)
    return {name: line for name, line in found.items() if line}


def _line_of_network(spec, name):
    of_loss, of_gradient = LOSSES[spec.loss]
    rest = (
        ("loss/Mean", spec.loss, "return np.mean"),
        ("loss/.+", spec.loss, of_loss),
        ("gradients/.+", "d_logits_of", of_gradient),
    )
    for pattern, function, start in (*FORWARD, *BACKWARD, *rest):
        fits = re.fullmatch(pattern, name)
        if fits:
            return _line(getattr(text(REFERENCE), function), fits.expand(start))
    return None


def _lines_of_update(spec, operations):
    """{node: Line}. operations: {node: operation}, in source order."""
    reference, rule = text(REFERENCE), optimizers.RULES[spec.optimizer]
    found = {
        name: _line(reference.update, ASSIGNMENTS[operation])
        for name, operation in operations.items()
        if operation in ASSIGNMENTS
    }
    computed = {name: operation for name, operation in operations.items() if name not in found}
    of_step, of_parameter = RULES[spec.optimizer]
    expected = [(operation, start) for start, several in of_step for operation in several.split()]
    repeated = [(operation, start) for start, several in of_parameter for operation in several.split()]
    while len(expected) < len(computed):
        expected += repeated
    if [operation for operation, _ in expected] == list(computed.values()):
        found |= {name: _line(rule, start) for name, (_, start) in zip(computed, expected, strict=True)}
    return found


@cache
def _line(function, start):
    """The one line of a function that starts like this; None where there is no such line, or several."""
    lines, first = inspect.getsourcelines(function)
    found = [(number, line.strip()) for number, line in enumerate(lines, first) if line.strip().startswith(start)]
    return Line(function.__module__.rpartition(".")[2], *found[0]) if len(found) == 1 else None
