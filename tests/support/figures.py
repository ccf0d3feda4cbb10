"""What the matrix and the random networks find: errors of every implementation, and bits that differ."""

from typing import NamedTuple

from graphs import parity
from graphs.implementations import load
from graphs.implementations.table import same_bits
from graphs.network import Activations

OPTIMIZED = ("tf1_session", "tf2_function")  # where the graph optimizer makes a difference


class Worst(NamedTuple):
    """The largest of many errors."""

    error: float
    tensor: str  # in which it is
    share: float  # the largest share that any error takes of what it is allowed


class Found(NamedTuple):
    """What some networks brought to light."""

    errors: dict[tuple[str, str, str], Worst]  # by implementation, dtype and row of the figures
    failures: tuple[str, ...]  # errors that are not allowed, and bits that differ where all should agree


def runs(names, optimized):
    """{what it is called: (implementation, optimize_graph)}, the names with the graph optimizer off, the others on."""
    return {name: (name, False) for name in names} | {f"{name}, optimized": (name, True) for name in optimized}


def judge_networks(spec, parameters, batch, names, optimized=()):
    """Evaluate one batch with each implementation, and with the graph optimizer on with those in optimized."""
    results = {}
    for who, (name, optimize_graph) in runs(names, optimized).items():
        with load(name).Network(spec, parameters, optimize_graph=optimize_graph) as network:
            results[who] = network.evaluate(batch)
    judged = [
        found_in(who, spec.dtype, parity.judge(spec, parameters, batch, result)) for who, result in results.items()
    ]
    groups = [{who: parity.named_tensors(results[who]) for who in group} for group in same_bits(results)]
    return merge([*judged, *map(differing_bits, groups)])


def found_in(who, dtype, parities):
    """The largest error in each row of the figures, and every error that is not allowed."""
    errors: dict[tuple[str, str, str], Worst] = {}
    for one in parities:
        _keep_worst(errors, (who, dtype, row_of(one.name)), Worst(one.error, one.name, one.error / one.allowed))
    return Found(
        errors,
        tuple(
            f"{who}, {dtype}: {one.name} is off by {one.error:.1e}, where {one.allowed:.1e} is allowed"
            for one in parities
            if not parity.holds([one])
        ),
    )


def differing_bits(tensors_of):
    """Where any bit differs from that of the first. tensors_of: {implementation: [(name, tensor), ...]}."""
    names = list(tensors_of)
    return Found(
        {},
        tuple(
            f"{name} and {names[0]} differ in bits of {tensor}"
            for name in names[1:]
            for tensor in parity.differing_bits(tensors_of[name], tensors_of[names[0]])
        ),
    )


def merge(all_found):
    errors: dict[tuple[str, str, str], Worst] = {}
    for found in all_found:
        for key, worst in found.errors.items():
            _keep_worst(errors, key, worst)
    return Found(errors, tuple(failure for found in all_found for failure in found.failures))


def row_of(tensor):
    """The row of the figures in which a tensor of a StepResult or State stands."""
    if tensor.endswith("by differences"):
        return "differences"
    if tensor in Activations._fields:
        return "activations"
    return "loss" if tensor == "loss" else "gradients" if tensor.startswith("d_") else "state"


def _keep_worst(errors, key, worst):
    known = errors.get(key, worst)
    errors[key] = max(known, worst)._replace(share=max(known.share, worst.share))
