"""A comparison as a table, as sentences and as JSON."""

import dataclasses
import json
import math

from rich import box
from rich.table import Table

from graphs import parity
from graphs.comparison.result import DifferentBits
from graphs.data.scores import score_name
from graphs.implementations import digest_of
from graphs.implementations.table import CALL, REFERENCE, names_of
from graphs.parity.tolerances import allowed_errors
from graphs.system.environment import WITHOUT_ONEDNN, environment, uses_onednn
from graphs.timing.step_times import NOISY


def setting_lines(comparison, device):
    """What was compared, in a few lines."""
    plan, spec = comparison.plan, comparison.plan.spec
    sizes = "-".join(map(str, spec.layer_sizes))
    train, test = len(plan.dataset.train.inputs), len(plan.dataset.test.inputs)
    epochs = "1 epoch" if plan.epochs == 1 else f"{plan.epochs} epochs"
    optimizer_state = "on" if plan.optimize_graph else "off"
    return [
        f"{plan.dataset.name}: {train} examples to train on, {test} to test, seed {plan.seed}",
        f"network {sizes}: hidden {spec.hidden_activation}, output {spec.output_activation}, {spec.loss}, {spec.dtype}",
        f"training: {spec.optimizer}, learning rate {spec.learning_rate:g}, batch size {plan.batch_size}, {epochs}",
        f"execution: graph optimisation {optimizer_state}, device {device}",
    ]


def results(comparison):
    """(header, rows) of the table of results, one row per implementation."""
    header = ["implementation", "first step", "step time", f"test {_score_name(comparison)}"]
    return [*header, "error before", "error after", "drift"], [
        _cells(comparison, outcome) for outcome in comparison.outcomes
    ]


def table(comparison):
    """The table of results for a terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    (first, *header), rows = results(comparison)
    table.add_column(first, no_wrap=True)
    for name in header:
        above, _, below = name.rpartition(" ")
        table.add_column(name if name == "step time" else f"{above}\n{below}", justify="right", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    return table


def legend(comparison):
    """What the columns mean."""
    blocks = len(comparison.outcomes[0].step_times.block_step_times_us)
    noisy = [outcome.name for outcome in comparison.outcomes if outcome.step_times.noisy]
    lines = [
        "first step: time to build the network and take one step, with its trace or",
        "compilation.",
        f"step time: median of {blocks} blocks +- half the interquartile range. Nothing is",
        "logged meanwhile.",
        "error: largest rounding error against NumPy, relative to the tensor's scale,",
        "with the initial and with the trained parameters.",
        f"drift: largest difference from the trained parameters of {comparison.outcomes[0].name},",
        "as a fraction of the tensor's largest value.",
        "same: equal in every bit.",
    ]
    if not comparison.plan.optimize_graph:
        names = names_of(lambda each: each.grappler == CALL, comparison.plan.implementations)
        lines += [f"{name}: its step time includes switching the graph optimizer off." for name in names]
    if noisy:
        lines.append(f"Noisy (interquartile range above {NOISY:.0%} of the median): {', '.join(noisy)}.")
    return lines


def verdict(comparison):
    """A sentence that says whether parity holds, and one for each other finding."""
    failures = comparison.failures()
    if failures:
        sentences = [f"Parity does not hold: {'; '.join(map(_clause, failures))}."]
    else:
        name, when, worst = comparison.worst()
        identical = all(parity.all_bit_identical(one.before + one.after) for one in comparison.outcomes)
        agree = f"Parity holds: {len(comparison.outcomes)} implementations agree on outputs, loss and gradients"
        nearest = (
            f". Nearest to its bound: {name}, {worst.name} {when} training, {worst.error:.1e} of {worst.allowed:.1e} "
            "allowed."
        )
        sentences = [f"{agree}{' bit for bit.' if identical else nearest}"]
    sentences += [
        f"{outcome.name} diverged in epoch {outcome.training.diverged_in}: a loss, parameter or slot is no longer "
        "finite. Its parameters from the previous epoch are used."
        for outcome in comparison.diverged()
    ]
    for group in comparison.same_bits():
        if len(group) > 1:
            sentences += _said_of_bits(comparison, group)
    return sentences


def _clause(failure):
    if isinstance(failure, DifferentBits):
        return f"{failure.name} and {failure.other} differ in bits of {failure.tensor}"
    name, when, worst = failure
    return f"{name} is off by {worst.error:.1e} in {worst.name} {when} training, where {worst.allowed:.1e} is allowed"


def _said_of_bits(comparison, group):
    names = _and(outcome.name for outcome in group)
    if not any(outcome.differing_bits for outcome in group):
        rewritten = names_of(lambda each: each.grappler, [outcome.name for outcome in group])
        sentences = [f"{names} are bit-identical, trained parameters included."]
        if rewritten and comparison.plan.spec.dtype == "float32" and not uses_onednn():
            sentences.append(
                "When the graph optimizer changes last bits, the cause is mostly oneDNN's fused kernels. "
                f"{WITHOUT_ONEDNN}"
            )
        return sentences
    if not comparison.rewritten(group):
        return []  # parity does not hold; the first sentence says so
    return [
        f"{names} are not bit-identical: the graph optimizer rewrites graphs, which changes the rounding. "
        "--no-optimize-graph switches it off."
    ]


def to_json(comparison, device, folder, explanations=None):
    """All results, with the environment, as a JSON text. Numbers that are not finite are null.

    "implementations" is a list of records, as pandas.json_normalize reads it.
    """
    plan = comparison.plan
    found = {
        "environment": environment(device),
        "plan": {
            "data": plan.dataset.name,
            "spec": dataclasses.asdict(plan.spec),
            **{field: getattr(plan, field) for field in ("batch_size", "epochs", "seed", "optimize_graph")},
        },
        "parity": comparison.holds,
        "verdict": verdict(comparison),
        "tolerances": dict(parity.named_tensors(allowed_errors(plan.spec, plan.batch_size, plan.spec.dtype))),
        "folder": str(folder),
        "texts": {outcome.name: digest_of(outcome.name) for outcome in comparison.outcomes},
        "explanations": explanations or {},
        "implementations": [_outcome_to_json(comparison, one) for one in comparison.outcomes],
    }
    return json.dumps(_finite_or_none(found), indent=2, allow_nan=False)


def _outcome_to_json(comparison, outcome):
    return {
        "name": outcome.name,
        "build_ms": outcome.build_ms,
        "first_call_ms": outcome.first_call_ms,
        "step_time_us": outcome.step_times.median_us,
        "step_time_iqr_us": outcome.step_times.iqr_us,
        "block_step_times_us": outcome.step_times.block_step_times_us,
        "steps_per_block": outcome.step_times.steps_per_block,
        "test_loss": outcome.test_loss,
        f"test_{_score_name(comparison)}": outcome.test_score,
        "train_losses": [epoch.loss for epoch in outcome.training.epochs],
        "steps": outcome.training.epochs[-1].steps,
        "diverged_in_epoch": outcome.training.diverged_in,
        **{field: _parities_to_json(getattr(outcome, field)) for field in ("before", "after", "drift")},
        "differing_bits": outcome.differing_bits,
    }


def _parities_to_json(parities):
    return parities and {one.name: {k: v for k, v in one._asdict().items() if k != "name"} for one in parities}


def _finite_or_none(value):
    """The value as JSON can hold it: named tuples are dicts, and numbers that are not finite are None."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _finite_or_none(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite_or_none(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _score_name(comparison):
    return score_name(comparison.plan.dataset.test.targets)


def _cells(comparison, outcome):
    times = outcome.step_times
    percent = _score_name(comparison) == "accuracy"
    return [
        outcome.name,
        f"{outcome.build_ms + outcome.first_call_ms:.0f} ms",
        f"{times.median_us:.0f} us +-{times.iqr_us / times.median_us / 2:3.0%}",
        "diverged"
        if outcome.training.diverged_in
        else f"{outcome.test_score:.1%}"
        if percent
        else f"{outcome.test_score:.3f}",
        *_errors(comparison, outcome),
    ]


def _errors(comparison, outcome):
    """The three cells for before, after and drift; nothing is compared with itself."""
    errors = ["-"] * 2 if outcome.name == REFERENCE else [_error(outcome.before), _error(outcome.after)]
    if outcome is comparison.outcomes[0]:
        return [*errors, "-"]
    return [*errors, "diverged" if outcome.drift is None else _error(outcome.drift)]


def _error(parities):
    return "same" if parity.all_bit_identical(parities) else f"{parity.worst_error(parities):.1e}"


def _and(names):
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
