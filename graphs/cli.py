"""The command: graphs compare | time | board. TensorFlow is imported only once there is something to compute."""

import contextlib
import dataclasses
import os
import shlex
import shutil
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from graphs.datasets import NAMES as DATA_NAMES
from graphs.explain import EXPLAINABLE
from graphs.implementations import NAMES
from graphs.interrupt import ctrl_c_ends_at_once
from graphs.network import (
    DTYPES,
    HIDDEN_ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    OUTPUT_ACTIVATIONS,
    Refusal,
    check_choice,
    refusal,
)

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LogFolder = Annotated[Path, typer.Option(help="Where runs are kept.")]
DEFAULT_LOG_FOLDER = Path("logs")


def _integer(text):
    """The integer of a text; a message in the form of all others where there is none."""
    return _parse(int, text, "an integer")


def _number(text):
    return _parse(float, text, "a number")


def _parse(parse, text, allowed):
    try:
        return parse(text)
    except ValueError:
        raise typer.BadParameter(f"got {text!r}; allowed: {allowed}") from None


def main():
    """Run the command.

    Exit status: 0 parity holds, 1 it does not, 2 bad input or an output that cannot be written, 3 an error of ours, 130
    interrupted.
    """
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as error:
        _fail(error.format_message())
    except Refusal as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except Exception:
        # Python would exit with 1, which says that parity does not hold.
        traceback.print_exc()
        sys.exit(3)
    sys.exit(status or 0)


@app.callback()
def graphs():
    """One three-layer network, executed four ways: NumPy, a TensorFlow 1 session, TensorFlow 2 eager, tf.function."""


@app.command()
def compare(
    data: Annotated[str, typer.Option(help=f"Data to learn: {', '.join(DATA_NAMES)}.")] = "digits",
    layers: Annotated[str | None, typer.Option(help="Sizes of the two hidden layers, such as 64,32.")] = None,
    hidden_activation: Annotated[str | None, typer.Option(help=f"{', '.join(HIDDEN_ACTIVATIONS)}.")] = None,
    output_activation: Annotated[str | None, typer.Option(help=f"{', '.join(OUTPUT_ACTIVATIONS)}.")] = None,
    loss: Annotated[str | None, typer.Option(help=f"{', '.join(LOSSES)}.")] = None,
    optimizer: Annotated[str | None, typer.Option(help=f"{', '.join(OPTIMIZERS)}.")] = None,
    learning_rate: Annotated[float | None, typer.Option(parser=_number, help="Above 0.")] = None,
    dtype: Annotated[str, typer.Option(help=f"{', '.join(DTYPES)}.")] = "float32",
    batch_size: Annotated[int, typer.Option(parser=_integer, help="Examples in a minibatch.")] = 64,
    epochs: Annotated[int | None, typer.Option(parser=_integer, help="Times over the data.")] = None,
    seed: Annotated[int, typer.Option(parser=_integer, help="Of the split, the parameters and the minibatches.")] = 0,
    implementations: Annotated[str | None, typer.Option(help=f"Two or more of {', '.join(NAMES)}.")] = None,
    optimize_graph: Annotated[bool, typer.Option(help="Let TensorFlow rewrite the graphs before it runs them.")] = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show what the graph optimizer does.")] = False,
    device: Annotated[str, typer.Option(help="cpu or gpu.")] = "cpu",
    log_folder: LogFolder = DEFAULT_LOG_FOLDER,
    json: Annotated[Path | None, typer.Option(help="A file for all that was found out.")] = None,
    verbose: Annotated[bool, typer.Option(help="Show what TensorFlow says as it starts.")] = False,
):
    """Train one network with every implementation; say if they agree.

    What is not given is chosen to suit the data.
    """
    with ctrl_c_ends_at_once():
        from graphs import comparison, report
        from graphs.datasets import default_epochs, default_spec, load_dataset
        from graphs.event_log.folders import make_folder
        from graphs.whole_file import check_writable, write_whole

        dataset = load_dataset(data, dtype, seed)
        fields = {
            "hidden_activation": hidden_activation,
            "output_activation": output_activation,
            "loss": loss,
            "optimizer": optimizer,
            "learning_rate": learning_rate,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        spec = default_spec(dataset, _hidden_sizes(layers), **given)
        names = NAMES if implementations is None else [name.strip() for name in implementations.split(",")]
        epochs = default_epochs(data) if epochs is None else epochs
        plan = comparison.Plan(spec, dataset, batch_size, epochs, seed, names, optimize_graph)
        if explain and not set(plan.implementations) & set(EXPLAINABLE):
            raise refusal("explain", ", ".join(plan.implementations), f"comparisons with {' or '.join(EXPLAINABLE)}")
        if json:
            check_writable("json", json)  # before the work: after it would be too late
        _import_tensorflow(verbose, device)
    folder = make_folder(log_folder)
    try:
        with _progress(comparison.steps_to_compare(plan)) as advance:
            result = comparison.compare(plan, folder, advance)
    except KeyboardInterrupt:
        print(f"Interrupted. What was logged until then: {_board_command(log_folder)}", file=sys.stderr)
        raise
    _show(result, device, log_folder)
    if result.log_failure:
        print(f"graphs: the log in {folder} ends too early: {result.log_failure}", file=sys.stderr)
    if json:
        write_whole("json", json, report.to_json(result, device) + "\n")
    if explain:
        explanations = _explain(plan)
        if json:
            write_whole("json", json, report.to_json(result, device, explanations) + "\n")
    return 1 if result.failures() else 2 if result.log_failure else 0


@app.command()
def time(
    implementations: Annotated[str | None, typer.Option(help=f"One or more of {', '.join(NAMES)}.")] = None,
    layer_sizes: Annotated[str | None, typer.Option(help="Networks, such as 64-64-32-10,784-512-512-10.")] = None,
    batch_sizes: Annotated[str | None, typer.Option(help="Examples in a batch, such as 64,128.")] = None,
    steps_per_call: Annotated[str, typer.Option(help="Steps in one call, such as 1,10,100,1000.")] = "1",
    optimizer: Annotated[str, typer.Option(help=f"{', '.join(OPTIMIZERS)}.")] = "sgd",
    dtype: Annotated[str, typer.Option(help=f"{', '.join(DTYPES)}.")] = "float32",
    processes: Annotated[int, typer.Option(parser=_integer, help="Fresh processes, one after the other.")] = 3,
    threads: Annotated[str, typer.Option(help="For every implementation; default for TensorFlow's own choice.")] = "1",
    rounds: Annotated[int, typer.Option(parser=_integer, help="Blocks of each in a process, if they are short.")] = 15,
    seed: Annotated[int, typer.Option(parser=_integer, help="Of the parameters, the batch and the turns.")] = 0,
    refine: Annotated[int, typer.Option(parser=_integer, help="Times to look closer at where an order turns.")] = 0,
    anatomy: Annotated[bool, typer.Option("--anatomy", help="Split a step into Python, dispatch and kernels.")] = False,
    log_folder: LogFolder = DEFAULT_LOG_FOLDER,
    json: Annotated[Path | None, typer.Option(help="A file for every time, in pyperf's format.")] = None,
    verbose: Annotated[bool, typer.Option(help="Show what TensorFlow says as it starts.")] = False,
):
    """Time a step of every implementation; say who is faster, at which size, and how sure that is.

    Without sizes it times four, from 4-8-8-1 with a batch of 8 to 1024-1024-1024-1024 with one of 1024.
    """
    with ctrl_c_ends_at_once():
        from graphs.environment import cores
        from graphs.event_log.folders import TIMING, make_folder
        from graphs.timing.check import WrongResultError
        from graphs.timing.plan import TimingPlan
        from graphs.timing.processes import ProcessError
        from graphs.whole_file import check_writable

        plan = TimingPlan(
            _cells(layer_sizes, batch_sizes),
            NAMES if implementations is None else [name.strip() for name in implementations.split(",")],
            _integers("steps_per_call", steps_per_call),
            optimizer,
            dtype,
            processes,
            None if threads == "default" else _count("threads", threads),
            rounds,
            seed,
            anatomy,
        )
        if refine < 0:
            raise refusal("refine", refine, "an integer from 0 up")
        if json:
            check_writable("json", json)
        folder = make_folder(log_folder, TIMING)
    if plan.threads and plan.threads > len(cores()):
        print(f"graphs: threads: got {plan.threads}, more than the {len(cores())} cores here", file=sys.stderr)
    try:
        timings, ended = _time(plan, folder, verbose)
        for _ in range(refine):
            cells = timings.midway()
            if cells and not ended:
                closer, ended = _time(dataclasses.replace(plan, cells=cells), folder, verbose)
                timings = timings.with_more(closer)
        if not timings.rows:
            raise ended
    except BaseException as error:
        folder.rmdir()  # nothing is in it yet
        if isinstance(error, (WrongResultError, ProcessError)):
            print(f"graphs: {error}", file=sys.stderr)
            return 1 if isinstance(error, WrongResultError) else 3
        raise
    failures = [_write_times("log_folder", folder / "times.json", timings)]
    failures.append(json and _write_times("json", json, timings))
    _show_timings(timings)
    failures.append(_log_timings(timings))
    print(f"Times, charts and tables: {folder}. To see them in TensorBoard: {_board_command(log_folder)}")
    for failure in filter(None, failures):
        print(f"graphs: {failure}", file=sys.stderr)
    if ended:
        interrupted = isinstance(ended, KeyboardInterrupt)
        print(
            f"{'Interrupted' if interrupted else f'graphs: {ended}'}. The above was measured until then.",
            file=sys.stderr,
        )
        return 130 if interrupted else 3
    return 2 if any(failures) else 0


@app.command()
def board(
    everything: Annotated[bool, typer.Option("--all", help="Show all there is, not only the newest.")] = False,
    log_folder: LogFolder = DEFAULT_LOG_FOLDER,
    port: Annotated[int, typer.Option(parser=_integer, help="0 for any that is free.")] = 6006,
    list_only: Annotated[bool, typer.Option("--list", help="Name the runs and what each holds, and end.")] = False,
):
    """Open TensorBoard on what was compared or timed last; of a comparison it shows a graph first."""
    from graphs.board import folder_to_show, launch, wait

    with ctrl_c_ends_at_once():
        folder = folder_to_show(log_folder, everything)
        if list_only:
            return _list(folder)
        url = launch(folder, port)
    wait(folder, url)


def _list(folder):
    from graphs.quiet import import_tensorflow_quietly

    import_tensorflow_quietly()
    from graphs.event_log.listing import list_runs

    runs = list_runs(folder)
    print(folder)
    width = max(map(len, runs), default=0)
    for run, words in runs.items():
        print(f"  {run:<{width}}  {words or 'nothing that can be read'}")


def _fail(message):
    print("graphs: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _cells(layer_sizes, batch_sizes):
    """The sizes that are asked for: each network with each batch, or the four of the plan."""
    from graphs.timing.plan import SIZES, Cell

    if layer_sizes is None and batch_sizes is None:
        return SIZES
    networks = [SIZES[1].layer_sizes] if layer_sizes is None else [_network(text) for text in layer_sizes.split(",")]
    batches = [SIZES[1].batch_size] if batch_sizes is None else _integers("batch_sizes", batch_sizes)
    return [Cell(network, batch) for network in networks for batch in batches]


def _network(text):
    sizes = text.strip().split("-")
    if len(sizes) != 4 or not all(size.isdecimal() and int(size) >= 1 for size in sizes):
        raise refusal(
            "layer_sizes", repr(text), "four integers from 1 up, such as 64-64-32-10, and commas between networks"
        )
    return tuple(int(size) for size in sizes)


def _integers(field, text):
    return [_count(field, part) for part in text.split(",")]


def _count(field, text):
    if not (text.strip().isdecimal() and int(text) >= 1):
        allowed = (
            "default, or an integer from 1 up" if field == "threads" else "integers from 1 up, with commas between them"
        )
        raise refusal(field, repr(text), allowed)
    return int(text)


def _hidden_sizes(layers):
    if layers is None:
        return None
    sizes = layers.split(",")
    if len(sizes) != 2 or not all(size.strip().isdecimal() and int(size) >= 1 for size in sizes):
        raise refusal("layers", repr(layers), "two integers from 1 up, such as 64,32")
    return tuple(int(size) for size in sizes)


def _import_tensorflow(verbose, device):
    check_choice("device", device, ("cpu", "gpu"))
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if not verbose:
        from graphs.quiet import import_tensorflow_quietly

        import_tensorflow_quietly()
    import tensorflow as tf

    if device == "gpu" and not tf.config.list_physical_devices("GPU"):
        raise refusal("device", "'gpu'", "cpu, since TensorFlow finds no GPU here")
    # A GPU's TensorFloat-32 keeps 10 binary digits of a factor where float32 has 23.
    tf.config.experimental.enable_tensor_float_32_execution(False)


@contextlib.contextmanager
def _progress(total):
    """A bar on standard error for so much work; gives the function to call after each piece, or with the sum."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("building", total=total)
        yield lambda what, completed=None: progress.update(
            task, description=what, completed=completed, advance=1 if completed is None else None
        )


def _show(result, device, log_folder):
    from graphs import report

    with _console() as console:
        for line in report.setting_lines(result, device):
            console.print(line)
        console.print(report.table(result), soft_wrap=False)
        for line in report.legend(result):
            console.print(line, style="dim")
        console.print()
        for sentence in report.verdict(result):
            console.print(sentence, style="bold")
        console.print(f"Logs: {result.folder}. To see them in TensorBoard: {_board_command(log_folder)}")


def _show_timings(timings):
    from graphs.timing import report

    with _console() as console:
        for line in report.setting_lines(timings):
            console.print(line)
        for title, header, sections in report.tables(timings):
            console.print(f"\n{title}", style="bold")
            console.print(report.rich_table(header, sections), soft_wrap=False)
        for line in report.legend(timings):
            console.print(line, style="dim")
        for title, sentences in report.verdicts(timings):
            console.print(f"\n{title}", style="bold")
            for sentence in sentences:
                console.print(f"  {sentence}")
        if sentences := report.crossover_sentences(timings):
            console.print("\nWhere the order turns", style="bold")
            for sentence in sentences:
                console.print(f"  {sentence}")
        console.print()


def _time(plan, folder, verbose):
    """(Timings, why they are not whole), with a bar while it lasts."""
    from graphs.timing.processes import time_plan
    from graphs.timing.progress import expected_seconds, follow

    with _progress(expected_seconds(plan)) as advance:
        followed = follow(plan)
        return time_plan(plan, folder, lambda event: advance(*followed(event)), not verbose)


def _write_times(field, path, timings):
    """Keep every time; returns what went wrong, if anything did, so that the results are shown all the same."""
    from graphs.timing.pyperf_file import to_json
    from graphs.whole_file import write_whole

    try:
        write_whole(field, path, to_json(timings))
    except Refusal as error:
        return str(error)


def _log_timings(timings):
    """Write charts and tables; returns what went wrong, if anything did."""
    from graphs.quiet import import_tensorflow_quietly

    import_tensorflow_quietly()
    from graphs.event_log.timing_log import write_timing_log

    try:
        write_timing_log(timings)
    except (OSError, Refusal) as error:
        return f"the log in {timings.folder} is not whole: {getattr(error, 'strerror', error)}"


def _explain(plan):
    """Explain and show; returns what was found out."""
    from graphs.explain import report
    from graphs.explain.explanation import explain, steps_to_explain

    with _progress(steps_to_explain(plan)) as advance:
        explanations = explain(plan, advance)
    with _console() as console:
        console.print()
        for line in report.introduction():
            console.print(line)
        for explanation in explanations.values():
            console.print()
            for line in report.lines(explanation):
                console.print(line, soft_wrap=isinstance(line, str))
    return explanations


@contextlib.contextmanager
def _console():
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.width = max(console.width, 100)  # rather lines that wrap in a narrow terminal than figures that are cut
    # Rich ends the process when the reader of a pipe has gone; the exit status shall speak of parity even then.
    with contextlib.suppress(SystemExit):
        yield console


def _board_command(log_folder):
    """As it can be typed here: with its path where the command is not on PATH, as in a fresh virtual environment."""
    command = sys.argv[0] if Path(sys.argv[0]).name == "graphs" and not shutil.which("graphs") else "graphs"
    return f"{command} board" + (
        "" if log_folder == DEFAULT_LOG_FOLDER else f" --log-folder {shlex.quote(str(log_folder))}"
    )
