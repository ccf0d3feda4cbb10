"""An Explanation as a table and sentences."""

import os
from collections import Counter

from rich import box
from rich.table import Table

from graphs import parity
from graphs.inspection.optimizer_passes import PASSES, option_of
from graphs.system.environment import WITHOUT_ONEDNN, uses_onednn


def introduction():
    """What the explanation shows, and what it depends on."""
    variable = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "not set")
    return [
        "What the graph optimizer (Grappler) does to a training step, pass by pass. The",
        "graphs are those that TensorFlow executed; nodes and numbers are compared with a",
        "run with the optimizer off. Even then TensorFlow rewrites a little: a session",
        "merges equal constants and folds some, and oneDNN inserts its kernels (_Mkl in",
        f"their names). TF_ENABLE_ONEDNN_OPTS ({variable}) switches oneDNN on or off.",
    ]


def lines(explanation):
    """Everything about one implementation: strings and Rich tables, in order."""
    together = explanation.together
    kernels = _counted(explanation.kernels) or "none"
    yield (
        f"{explanation.name}: {explanation.nodes} nodes are executed with the optimizer off, "
        f"{together.nodes} with it on. oneDNN kernels with it off: {kernels}."
    )
    yield table(explanation)
    idle = [name for name in PASSES if not _works(explanation, name)]
    if idle:
        yield f"These passes changed nothing: {', '.join(idle)}."
    for name in PASSES:
        yield from _what_it_did(name, explanation.alone[name].changes)
    yield _errors(explanation)
    yield cause(explanation)
    yield from layers(explanation)
    yield from drift(explanation)


def table(explanation):
    """One row for each pass that did something."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("pass")
    table.add_column("nodes\nalone", justify="right")
    table.add_column("numbers\nalone", justify="right")
    table.add_column("numbers\nwithout it", justify="right")
    table.add_column("\nwhat it does")
    for name in PASSES:
        if _works(explanation, name):
            alone, without = explanation.alone[name], explanation.without[name]
            nodes = f"{alone.nodes - explanation.nodes:+d}"
            table.add_row(name, nodes, _numbers(alone), _numbers(without), PASSES[name])
    nodes = f"{explanation.together.nodes - explanation.nodes:+d}"
    table.add_row("all together", nodes, _numbers(explanation.together), "", "")
    return table


def cause(explanation):
    """Which pass explains the whole difference."""
    if not explanation.together.differing:
        if explanation.drift.first is None:
            same = "Every result is the same in every bit, whatever was rewritten."
            return same if uses_onednn() else f"{same} {WITHOUT_ONEDNN}"
        return "The first step is the same in every bit; in a later step some kernel rounds differently."
    first = explanation.together.differing[0]
    name = explanation.whole_difference()
    if name is None:
        causes = ", ".join(explanation.causes()) or "none"
        return f"No single pass explains the difference, which begins in {first}. Passes that make one alone: {causes}."
    return (
        f"{name} explains the whole difference, which begins in {first}: alone it gives the same bits as all "
        f"passes together, and without it the other passes change no bit. {option_of(name)} switches it off."
    )


def layers(explanation):
    """Where the difference arises, and where it is only passed on."""
    if explanation.together.differing and not explanation.in_the_evaluation():
        yield "Only the step differs: an evaluation fetches every activation, so none can be fused away."
    elif explanation.together.differing and explanation.layers:
        found = ", ".join(
            f"{one.name} {'same' if one.bit_identical else f'{one.error:.1e}'}" for one in explanation.layers
        )
        yield f"Difference of each layer alone, given the same input with the optimizer on and off: {found}."


def drift(explanation):
    """How training amplifies a difference in the last bit."""
    first, growth, diverged_in = explanation.drift
    if diverged_in:
        yield f"Training diverges in step {diverged_in}; the following describes the steps before it."
    if first is None and growth:
        steps = growth[-1].step
        counted = f"{steps} step{'s' if steps > 1 else ''}"
        yield f"Training with the optimizer on and off: after {counted} every parameter is the same in every bit."
    if first is None:
        return
    steps = ", ".join(f"{apart.error:.0e} after {apart.step}" for apart in growth)
    yield (
        f"Trained with the optimizer on and off, the parameters first differ at step {first.step}, most in "
        f"{first.tensor}. As a fraction of the largest value they then differ by {steps} steps."
    )


def _works(explanation, name):
    alone, without = explanation.alone[name], explanation.without[name]
    return alone.changes.any() or alone.differing or without.changes != explanation.together.changes


def _numbers(effect):
    return f"{effect.error:.1e}" if effect.error else "in the step" if effect.differing else "same"


def _what_it_did(name, changes):
    """A line for each kind of change."""
    found = []
    for operations, kernel in dict.fromkeys((fusion.operations, fusion.kernel) for fusion in changes.fused):
        nodes = [fusion.node for fusion in changes.fused if (fusion.operations, fusion.kernel) == (operations, kernel)]
        found.append(f"fused {' + '.join(operations)} into {kernel}: {_some(nodes)}")
    rewritten = Counter((before, after) for _, before, after in changes.rewritten)
    found += [f"rewrote {before} as {after}: {count}" for (before, after), count in rewritten.items()]
    if changes.folded:
        found.append(f"folded into constants: {_some(changes.folded)}")
    if changes.removed:
        found.append(f"removed: {_counted(changes.removed)}")
    if changes.added:
        found.append(f"added: {_counted(changes.added)}")
    if changes.rewired:
        found.append(f"{changes.rewired} {'node reads' if changes.rewired == 1 else 'nodes read'} other inputs")
    return [f"  {name} ({option_of(name)} switches it off)", *(f"    {line}" for line in found)] if found else []


def _some(nodes):
    return ", ".join(nodes[:4]) + (f" and {len(nodes) - 4} more" if len(nodes) > 4 else "")


def _counted(operations):
    return ", ".join(f"{count} {operation}" for operation, count in sorted(operations.items()))


def _errors(explanation):
    off, on = (parity.worst_error(parities) for parities in (explanation.off, explanation.on))
    return f"Error against NumPy: {off:.1e} with the optimizer off, {on:.1e} with it on."
