"""graphs compare"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from graphs.commands.console import board_command, complain, console, progress
from graphs.commands.shared_options import DEFAULT_LOGDIR, Logdir, Verbose, command_app, integer, names, number, sizes
from graphs.data.datasets import NAMES as DATA_NAMES
from graphs.explain import EXPLAINABLE
from graphs.implementations import NAMES
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, LOSSES, OPTIMIZERS, OUTPUT_ACTIVATIONS
from graphs.refusals import check_choice, refusal
from graphs.system.interrupt import ctrl_c_ends_at_once, ctrl_c_stays_ctrl_c

app = command_app()


@app.command()
def compare(
    data: Annotated[str, typer.Option(help=f"Data to train on: {', '.join(DATA_NAMES)}.")] = "digits",
    layers: Annotated[str | None, typer.Option(help="Sizes of the two hidden layers, such as 64,32.")] = None,
    hidden_activation: Annotated[str | None, typer.Option(help=f"{', '.join(HIDDEN_ACTIVATIONS)}.")] = None,
    output_activation: Annotated[str | None, typer.Option(help=f"{', '.join(OUTPUT_ACTIVATIONS)}.")] = None,
    loss: Annotated[str | None, typer.Option(help=f"{', '.join(LOSSES)}.")] = None,
    optimizer: Annotated[str | None, typer.Option(help=f"{', '.join(OPTIMIZERS)}.")] = None,
    learning_rate: Annotated[float | None, typer.Option(parser=number, help="Above 0.")] = None,
    dtype: Annotated[str, typer.Option(help=f"{', '.join(DTYPES)}.")] = "float32",
    batch_size: Annotated[int, typer.Option(parser=integer, help="Examples in a minibatch.")] = 64,
    epochs: Annotated[int | None, typer.Option(parser=integer, help="Passes over the training data.")] = None,
    seed: Annotated[int, typer.Option(parser=integer, help="Seed for split, parameters and minibatches.")] = 0,
    implementations: Annotated[str | None, typer.Option(help=f"Two or more of {', '.join(NAMES)}.")] = None,
    optimize_graph: Annotated[bool, typer.Option(help="Let TensorFlow rewrite graphs before it runs them.")] = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show what the graph optimizer does.")] = False,
    device: Annotated[str, typer.Option(help="cpu or gpu.")] = "cpu",
    logdir: Logdir = DEFAULT_LOGDIR,
    json: Annotated[Path | None, typer.Option(help="Write all results to this file.")] = None,
    verbose: Verbose = False,
):
    """Train one network with every implementation and compare them.

    The defaults depend on the data.
    """
    fields = {
        "hidden_activation": hidden_activation,
        "output_activation": output_activation,
        "loss": loss,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
    }
    with ctrl_c_ends_at_once():
        plan = _plan(data, dtype, seed, layers, fields, batch_size, epochs, names(implementations), optimize_graph)
        _check_outputs(plan, explain, json)
        _import_tensorflow(verbose, device)
    comparison, log_failure, folder = _compare(plan, logdir)
    _show(comparison, device)
    board = board_command(logdir, folder.name if log_failure else None)
    print(f"Logs: {folder}{_page(folder)}. To see them in TensorBoard: {board}")
    if log_failure:
        complain(f"the log in {folder} ends early: {log_failure}")
    _keep(json, comparison, device, folder)
    if explain:
        _keep(json, comparison, device, folder, _explain(plan))
    return 1 if not comparison.holds else 2 if log_failure else 0


def _plan(data, dtype, seed, layers, fields, batch_size, epochs, implementations, optimize_graph):
    """The Plan from the options given, with defaults that suit the data."""
    from graphs.comparison import Plan
    from graphs.data.datasets import default_epochs, default_spec, load_dataset

    dataset = load_dataset(data, dtype, seed)
    two = "two integers from 1 up, such as 64,32"
    hidden = None if layers is None else sizes("layers", layers, ",", 2, two)
    given = {name: value for name, value in fields.items() if value is not None}
    spec = default_spec(dataset, hidden, **given)
    epochs = default_epochs(data) if epochs is None else epochs
    return Plan(spec, dataset, batch_size, epochs, seed, implementations, optimize_graph)


def _check_outputs(plan, explain, json):
    """Refuse bad options now instead of after the work."""
    from graphs.system.output_file import check_writable

    if explain and not set(plan.implementations) & set(EXPLAINABLE):
        raise refusal("explain", ", ".join(plan.implementations), f"comparisons with {' or '.join(EXPLAINABLE)}")
    if json:
        check_writable("json", json)


def _import_tensorflow(verbose, device):
    check_choice("device", device, ("cpu", "gpu"))
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if not verbose:
        from graphs.system.quiet_tensorflow import import_tensorflow_quietly

        import_tensorflow_quietly(keras=False)
    import tensorflow as tf

    if device == "gpu" and not tf.config.list_physical_devices("GPU"):
        raise refusal("device", "'gpu'", "cpu, since TensorFlow finds no GPU here")
    # On a GPU, TensorFloat-32 keeps 10 bits of a factor's fraction, where float32 keeps 23.
    tf.config.experimental.enable_tensor_float_32_execution(False)


def _compare(plan, logdir):
    """(the Comparison, why the log is incomplete, the log's folder)"""
    from graphs.comparison import compare
    from graphs.comparison.events import EpochEnded, RoundTimed
    from graphs.comparison.run import TIMING_ROUNDS
    from graphs.event_log.comparison_log import ComparisonLog
    from graphs.event_log.folders import make_folder

    folder = make_folder(logdir)
    pieces = len(plan.implementations) * plan.epochs + TIMING_ROUNDS
    try:
        with (
            ctrl_c_stays_ctrl_c(),
            progress(pieces) as advance,
            ComparisonLog(folder, plan.implementations) as log,
        ):

            def show_progress(event):
                if isinstance(event, (EpochEnded, RoundTimed)):
                    advance(event.name if isinstance(event, EpochEnded) else "timing")

            comparison = compare(plan, [log, show_progress])
    except KeyboardInterrupt:
        print(f"Interrupted. To see what was logged: {board_command(logdir, folder.name)}", file=sys.stderr)
        raise
    return comparison, log.failure, folder


def _show(comparison, device):
    from graphs.reports import comparison as report

    with console() as page:
        for line in report.setting_lines(comparison, device):
            page.print(line)
        page.print(report.table(comparison), soft_wrap=False, crop=False)
        for line in report.legend(comparison):
            page.print(line, style="dim")
        page.print()
        for sentence in report.verdict(comparison):
            page.print(sentence, style="bold")


def _page(folder):
    """What the page of the texts is called, if there is one."""
    from graphs.reports.texts_page import PAGE

    return f", where {PAGE} shows the texts side by side" if (folder / PAGE).is_file() else ""


def _keep(path, *found):
    if path:
        from graphs.reports.comparison import to_json
        from graphs.system.output_file import write_whole

        write_whole("json", path, to_json(*found) + "\n")


def _explain(plan):
    """Explain the graphs, show the explanations and return them."""
    from graphs.explain.explanation import explain, steps_to_explain
    from graphs.reports import explanation as report

    with progress(steps_to_explain(plan)) as advance:
        explanations = explain(plan, advance)
    with console() as page:
        page.print()
        for line in report.introduction():
            page.print(line)
        for explanation in explanations.values():
            page.print()
            for line in report.lines(explanation):
                page.print(line, soft_wrap=None if isinstance(line, str) else False)
    return explanations
