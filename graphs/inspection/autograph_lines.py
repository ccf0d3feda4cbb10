"""Which line of an update rule AutoGraph rewrote into a line of its own text.

AutoGraph turns a frame of its text back into ours in the stack that an operation keeps, but not for an inner function
that is called after the outer one has returned, as a rule is. So the rules are converted once more, and a frame is
looked up in the conversion with the same text. It does so through an attribute that TensorFlow does not document; a
test fails if it disappears.
"""

from functools import cache
from pathlib import Path

from graphs.optimizers import RULES

PREFIX = "__autograph_generated_file"


@cache
def lines_of_rule(file):
    """{line number in a file that AutoGraph generated from a rule: line number in optimizers.py}; empty for others."""
    return _conversions().get(_text(file), {}) if Path(file).name.startswith(PREFIX) else {}


@cache
def _conversions():
    """{text: {its line numbers: those in optimizers.py}}"""
    import tensorflow as tf  # here, since lines are read back without TensorFlow

    found = {}
    for rule in RULES.values():
        origins = tf.autograph.to_graph(rule).ag_source_map
        generated = next(iter(origins)).filename
        found[_text(generated)] = {place.lineno: origin.loc.lineno for place, origin in origins.items()}
    return found


def _text(path):
    """The text without AutoGraph's options, which depend on how it was called."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "FunctionScope(" not in line)
