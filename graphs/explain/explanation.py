"""Runs a network with the graph optimizer off, on, and pass by pass, and compares the graphs and the numbers."""

import hashlib
from functools import partial
from typing import NamedTuple

from graphs import parity
from graphs.explain import EXPLAINABLE
from graphs.implementations.grappler_options import OFF, ON
from graphs.implementations.table import IMPLEMENTATIONS, SESSION
from graphs.inspection.executed_graph import observe
from graphs.inspection.optimizer_changes import Changes, changes, one_dnn_kernels
from graphs.inspection.optimizer_passes import PASSES, all_but, only
from graphs.network import initial_state
from graphs.parity.drift import Drift, measure_drift


class Effect(NamedTuple):
    """How some options change a step, compared with the step as written."""

    nodes: int  # in the executed graph
    changes: Changes
    differing: tuple[str, ...]  # the tensors of an evaluation, then of the state after a step, that differ in any bit
    error: float  # of the evaluation, as a fraction of the magnitudes; 0 if only the state differs
    fingerprint: str  # a hash of every bit of the evaluation and of the state


class Explanation(NamedTuple):
    """The explanation of one implementation."""

    name: str
    nodes: int  # executed with Grappler off
    kernels: dict[str, int]  # oneDNN's kernels among those nodes
    off: tuple[parity.TensorParity, ...]  # against NumPy, with the optimizer off
    on: tuple[parity.TensorParity, ...]  # against NumPy, with the optimizer on
    together: Effect  # of all passes that are on by default
    alone: dict[str, Effect]  # of each pass by itself
    without: dict[str, Effect]  # of all passes but that one
    layers: tuple[parity.TensorParity, ...]  # each layer on the same input, on against off; sessions only
    drift: Drift  # between training with the optimizer on and training with it off

    def causes(self):
        """The passes that, alone, change the numbers."""
        return [name for name, effect in self.alone.items() if effect.differing]

    def whole_difference(self):
        """The pass behind the whole difference: without it no bit differs, and alone it matches all passes together."""
        found = [
            name
            for name in PASSES
            if not self.without[name].differing and self.alone[name].fingerprint == self.together.fingerprint
        ]
        return found[0] if self.together.differing and len(found) == 1 else None

    def in_the_evaluation(self):
        """Whether the evaluation differs, and not only the step. An evaluation fetches every activation, so the
        optimizer cannot fuse some operations that it fuses in a step.
        """
        return any(not tensor.endswith("after a step") for tensor in self.together.differing)


def explain(plan, report=lambda event: None):
    """{name: Explanation} for each implementation of a comparison's Plan that has a graph to optimise.

    Calls report with the name of the implementation, steps_to_explain() times in all.
    """
    return {name: _explain(plan, name, report) for name in explainable(plan)}


def explainable(plan):
    return [name for name in plan.implementations if name in EXPLAINABLE]


def steps_to_explain(plan):
    """How often explain() calls report."""
    return len(explainable(plan)) * (2 * len(PASSES) + 2)


def _explain(plan, name, report):
    spec, parameters, batch = plan.spec, plan.parameters(), plan.sample()
    state = initial_state(spec, parameters)
    with observe(name, spec, state) as network:

        def run(options):
            """(StepResult, the State after a step, the graph of that step) with these options."""
            report(name)
            network.use(options, state)
            result = network.evaluate(batch)
            graph = network.executed_graph(batch)
            return result, network.state(), graph

        off, on = run(OFF), run(ON)
        effect = partial(_effect, spec, parameters, batch, off)
        alone = {each: effect(run(only(each))) for each in PASSES}
        without = {each: effect(run(all_but(each))) for each in PASSES}
        network.use(OFF, state)
        layers = _layers(network, parameters, batch, on[0]) if IMPLEMENTATIONS[name].grappler == SESSION else ()
        network.use(ON, state)
        with observe(name, spec, state) as other:
            other.use(OFF, state)
            drift = measure_drift(network, other, (each for epoch in plan.epochs_of_batches() for each in epoch))
    return Explanation(
        name,
        nodes=len(off[2].node),
        kernels=one_dnn_kernels(off[2]),
        off=parity.judge(spec, parameters, batch, off[0], spec.dtype),
        on=parity.judge(spec, parameters, batch, on[0], spec.dtype),
        together=effect(on),
        alone=alone,
        without=without,
        layers=layers,
        drift=drift,
    )


def _layers(network, parameters, batch, result):
    """How each activation of a result differs from the one that a network computes from the activation before."""
    alone = network.layer_by_layer(batch, result.activations)
    parities = parity.differences(network.spec, parameters, batch, result, result._replace(activations=alone))
    return parities[: len(alone)]


def _effect(spec, parameters, batch, off, other):
    (result_off, state_off, graph_off), (result, state, graph) = off, other
    tensors = _named(spec, result, state)
    return Effect(
        len(graph.node),
        changes(graph_off, graph),
        parity.differing_bits(tensors, _named(spec, result_off, state_off)),
        parity.worst_error(parity.differences(spec, parameters, batch, result, result_off)),
        hashlib.sha256(b"".join(tensor.tobytes() for _, tensor in tensors)).hexdigest(),
    )


def _named(spec, result, state):
    """(name, tensor) for each tensor of an evaluation, and of the state after a step."""
    states = [(f"{name} after a step", tensor) for name, tensor in parity.named_state(spec, state)]
    return [*parity.named_tensors(result), *states]
