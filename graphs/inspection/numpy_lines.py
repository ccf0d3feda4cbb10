"""A step of the reference, line by line: which operations NumPy ran for which line, and what came out."""

import linecache
import sys
from typing import NamedTuple

import numpy as np

from graphs import optimizers
from graphs.implementations import REFERENCE, text
from graphs.inspection.recorded_array import recording
from graphs.inspection.tensor_digest import Numbers, numbers

reference = text(REFERENCE)
FILES = {module.__file__: module.__name__.rpartition(".")[2] for module in (reference, optimizers)}
# What these compute belongs to the line that calls them: hidden1 = hidden_activation(...).
HELPERS = {"<lambda>", *reference.ACTIVATIONS}


class Line(NamedTuple):
    """A line of the text."""

    file: str
    number: int
    text: str


class Operation(NamedTuple):
    """One operation of NumPy's."""

    line: Line
    numbers: Numbers  # of the result
    writes: bool  # into an array that outlives the step
    helper: bool  # one of the HELPERS ran it


def run_step(spec, state, batch):
    """The Operations of one train_step from a state, in their order; of a helper's only the last. Changes neither."""
    recorded: list[Operation] = []

    def note(function, arguments, options, value, writes):
        line, helper = _line(sys._getframe(2))
        recorded.append(Operation(line, numbers(np.asarray(value)), writes, helper))

    train_step(spec, state, batch, note)
    followed = zip(recorded, [*recorded[1:], None], strict=True)
    return [one for one, after in followed if not (one.helper and after and after.helper and one.line == after.line)]


def train_step(spec, state, batch, note):
    """One train_step of the reference from a State, each operation noted; see recording(). Changes neither."""
    wrap = recording(note)
    parameters, slots, step = reference.make_variables(spec, state)
    wrapped = [type(tensors)(*map(wrap, tensors)) for tensors in (parameters, *slots, batch)]
    state = state._replace(parameters=wrapped[0], slots=tuple(wrapped[1:-1]), step=wrap(step))
    reference.train_step(spec, state, *wrapped[-1])


def _line(frame):
    """(the Line of the text that asked for an operation, whether through a helper)."""
    helper = False
    while frame.f_code.co_filename not in FILES or frame.f_code.co_name in HELPERS:
        helper |= frame.f_code.co_filename in FILES
        frame = frame.f_back
    file, number = frame.f_code.co_filename, frame.f_lineno
    return Line(FILES[file], number, linecache.getline(file, number).strip()), helper
