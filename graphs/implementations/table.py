"""The table of implementations: the only file that names them.

To add one takes a file beside this one and a record here.
"""

import dataclasses
from typing import Any, Dict, List, Optional, Tuple

# How an implementation comes by a graph of its step.
BUILT = "built"  # in the constructor
TRACED = "traced"  # at the first call
RECORDED = "recorded"  # it has none, but TensorFlow tells the operations of a step

# Who keeps Grappler, TensorFlow's graph optimizer, from rewriting that graph.
SESSION = "session"  # the session, by its configuration
CALL = "call"  # each call, by switching it off in the whole process meanwhile

TENSORFLOW_KERNELS = "TensorFlow's kernels, operation by operation"


@dataclasses.dataclass(frozen=True)
class Implementation:
    """What is known of an implementation without importing it."""

    name: str
    module: str  # in this folder
    about: str  # its graph, in a sentence or two
    color: str  # in charts
    # What its Execution is given besides spec and state.
    given: Tuple[Tuple[str, Any], ...] = ()
    requires: Tuple[str, ...] = ()  # packages
    graph: Optional[str] = None  # BUILT, TRACED, RECORDED, or None
    loop_graph: bool = False  # whether train_steps is a graph
    grappler: Optional[str] = None  # SESSION, CALL, or None where it rewrites nothing
    compiled: bool = False  # by XLA
    # Those that share it agree bit for bit as long as Grappler is off.
    bits_of: Optional[str] = None

    @property
    def has_graph(self):
        """Whether there is a tf.Graph."""
        return self.graph in (BUILT, TRACED)


IMPLEMENTATIONS = {
    implementation.name: implementation
    for implementation in (
        Implementation(
            name="numpy_manual",
            module="numpy_manual",
            about="There is no graph. `lines` says which operations of the graphs each "
            "line computes.",
            color="#555555",
        ),
        Implementation(
            name="tf1_session",
            module="tf1_session",
            about="The graph as Python built it, cut to what a step needs: what "
            "evaluate and train_step fetch.",
            color="#1f5fa8",
            requires=("tensorflow",),
            graph=BUILT,
            loop_graph=True,
            grappler=SESSION,
            bits_of=TENSORFLOW_KERNELS,
        ),
        Implementation(
            name="tf2_eager",
            module="tf2_eager",
            about="There is no graph; these are the operations that one step really "
            "ran, one after the other, recorded by TensorFlow's own debugging hook. "
            "The size of the batch is known, since there is nothing but this batch.",
            color="#b4491f",
            requires=("tensorflow",),
            graph=RECORDED,
            bits_of=TENSORFLOW_KERNELS,
        ),
        Implementation(
            name="tf2_function",
            module="tf2_function",
            about="The graph of the ConcreteFunction, as tracing the eager text wrote "
            "it.",
            color="#2f8f4e",
            requires=("tensorflow",),
            graph=TRACED,
            loop_graph=True,
            grappler=CALL,
            bits_of=TENSORFLOW_KERNELS,
        ),
        Implementation(
            name="tf2_xla",
            module="tf2_function",
            about="The graph that XLA is given. What XLA compiles it to is under "
            "`compiled`, in XLA's own language, HLO. It runs as one piece, so no node "
            "has a time of its own.",
            color="#8a4fb0",
            given=(("jit_compile", True),),
            requires=("tensorflow",),
            graph=TRACED,
            loop_graph=True,
            compiled=True,
        ),
    )
}

NAMES = tuple(IMPLEMENTATIONS)
REFERENCE = "numpy_manual"  # what all others are compared with


def names_of(condition, among=NAMES):
    """Those of some names whose record meets a condition, in the order of the table."""
    found = (IMPLEMENTATIONS[name] for name in NAMES if name in among)
    return tuple(each.name for each in found if condition(each))


def same_bits(among=NAMES):
    """Lists of those of some names whose bits agree as long as Grappler is off."""
    groups: Dict[str, List[str]] = {}
    for name in names_of(lambda each: each.bits_of, among):
        groups.setdefault(str(IMPLEMENTATIONS[name].bits_of), []).append(name)
    return list(groups.values())
