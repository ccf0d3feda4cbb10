"""The table of implementations: the only file that names them.

To add an implementation, add its file beside this one and a record here.
"""

import dataclasses
from typing import Any, Dict, List, Optional, Tuple

# How an implementation gets a graph of its step.
BUILT = "built"  # in the constructor
TRACED = "traced"  # at the first call
RECORDED = "recorded"  # it has none, but TensorFlow records a step's operations

# Where Grappler, TensorFlow's graph optimizer, is switched off for that graph.
SESSION = "session"  # in the session's configuration
CALL = "call"  # in the whole process, during each call

TENSORFLOW_KERNELS = "TensorFlow's kernels, operation by operation"


@dataclasses.dataclass(frozen=True)
class Implementation:
    """What is known about an implementation without importing it."""

    name: str
    module: str  # in this folder
    about: str  # its graph, in a sentence or two
    color: str  # in charts
    # Arguments of its Execution besides spec and state.
    given: Tuple[Tuple[str, Any], ...] = ()
    requires: Tuple[str, ...] = ()  # packages
    graph: Optional[str] = None  # BUILT, TRACED, RECORDED, or None
    loop_graph: bool = False  # whether train_steps is a graph
    grappler: Optional[str] = None  # SESSION, CALL, or None if it rewrites nothing
    compiled: bool = False  # by XLA
    # Implementations that share it agree bit for bit as long as Grappler is off.
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
            about="There is no graph. `run_lines` lists the graph operations that each "
            "line computes.",
            color="#555555",
        ),
        Implementation(
            name="tf1_session",
            module="tf1_session",
            about="The graph as Python built it, reduced to the nodes that evaluate "
            "and train_step need.",
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
            about="There is no graph. These are the operations that one step ran, in "
            "order, recorded by TensorFlow's own debugging hook. The batch size is "
            "known, since the operations ran on one particular batch.",
            color="#b4491f",
            requires=("tensorflow",),
            graph=RECORDED,
            bits_of=TENSORFLOW_KERNELS,
        ),
        Implementation(
            name="tf2_function",
            module="tf2_function",
            about="The graph of the ConcreteFunction, as traced from the eager text.",
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
            about="The graph that XLA compiles. The compiled program is under "
            "`run_compiled`, in XLA's own language, HLO. It runs as one piece, so no "
            "node has a time of its own.",
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
REFERENCE = "numpy_manual"  # all others are compared with it


def names_of(condition, among=NAMES):
    """The names whose record meets a condition, in the order of the table."""
    found = (IMPLEMENTATIONS[name] for name in NAMES if name in among)
    return tuple(each.name for each in found if condition(each))


def same_bits(among=NAMES):
    """Lists of names whose bits agree as long as Grappler is off."""
    groups: Dict[str, List[str]] = {}
    for name in names_of(lambda each: each.bits_of, among):
        groups.setdefault(str(IMPLEMENTATIONS[name].bits_of), []).append(name)
    return list(groups.values())
