"""A timing as tables and sentences."""

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from graphs.reports.human_numbers import duration, duration_range, scaled
from graphs.system.environment import blas_names
from graphs.timing.plan import step_flops
from graphs.timing.step_times import NOISY
from graphs.timing.verdict import FASTER, TOO_NOISY

STEP_HEADER = ("implementation", "step time", "95% interval", "examples/s", "GFLOP/s", "share")
ONCE_HEADER = ("implementation", "build", "trace", "compile", "first call")
ANATOMY_HEADER = ("implementation", "Python", "dispatch", "kernels", "traced step", "step time")

LEGEND = (
    "step time: median over the blocks of a process, then over processes; +- half the interquartile range.",
    "95% interval: of the median; bootstrap over processes and rounds.",
    f"!: noisy, interquartile range above {NOISY:.0%} of the median. !!: above {TOO_NOISY:.0%}; no verdict is given.",
    "GFLOP/s: counts the eight matrix products. share: of the limit, the best tf.matmul in this run.",
    "compile: how much longer the first step takes than the second: XLA's compilation, or the graph optimizer.",
    "first call: trace, compilation and one step.",
)
LEGEND_OF_CALLS = (
    "x10: ten steps per call. Without it: one step per call. All times are per step.",
    "The loop is a tf.while_loop (session), a traced while (function, XLA) or a Python loop (NumPy, eager).",
)
LEGEND_OF_ANATOMY = (
    "dispatch: TensorFlow's C++ code between Python and the kernels, including threads waiting for each other.",
    "Python includes checking the batch and recording the tape. Tracing slows a step down.",
    "NumPy cannot be traced: its dispatch is its overhead per operation, measured with layers of one unit.",
)


def setting_lines(timings):
    """What was timed, and where."""
    plan, environment = timings.plan, timings.environment
    machine = environment["machine_metadata"]
    threads = {None: "TensorFlow's default thread count", 1: "1 thread"}.get(plan.threads, f"{plan.threads} threads")
    cores = ", ".join(map(str, environment["affinity"]))
    onednn = "on" if environment["onednn"] else "off"
    return [
        f"step: sigmoid, mean_squared_error, {plan.optimizer}, {plan.dtype}; {threads}; processes: "
        f"{max(len(row.measured) for row in timings.rows.values())}; seed {plan.seed}",
        f"TensorFlow {environment['tensorflow']} with oneDNN {onednn}; NumPy {environment['numpy']}",
        f"BLAS: {', '.join(blas_names(environment))}",
        f"{machine.get('cpu_model_name', environment['machine'])}, cores {cores}",
        f"load at the start: {machine.get('load_avg_1min', 'unknown')}",
        f"limit: tf.matmul reached {timings.limit_gflops:.0f} GFLOP/s at best",
    ]


def tables(timings):
    """[(title, header, [(a size, rows of cells)])] of every table."""
    found = [
        ("What is paid for each step", STEP_HEADER, _sections(timings, step_cells)),
        ("What is paid once", ONCE_HEADER, _sections(timings, once_cells)),
    ]
    if timings.plan.anatomy:
        found.append(("Where a step's time goes", ANATOMY_HEADER, _anatomy_sections(timings)))
    return found


def rich_table(header, sections):
    """Tables of one width for a terminal: the header, then for each size its title and its rows."""
    columns = zip(header, *(cells for _, rows in sections for cells in rows), strict=True)
    widths = [max(map(len, column)) for column in columns]

    def table(rows, show_header):
        found = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=show_header)
        found.pad_edge, found.collapse_padding = False, True
        for index, (name, width) in enumerate(zip(header, widths, strict=True)):
            # In a narrow terminal, a long name wraps; no figure does.
            figures = {"justify": "right", "no_wrap": True, "min_width": width} if index else {"width": width}
            found.add_column(name, **figures)
        for cells in rows:
            found.add_row(*cells)
        return found

    parts = [part for title, rows in sections for part in (Text(title, "bold"), table(rows, False))]
    return Group(table([], True), *parts)


def legend(timings):
    """What the columns mean."""
    several = LEGEND_OF_CALLS if max(timings.plan.steps_per_call) > 1 else ()
    return (*LEGEND, *several, *(LEGEND_OF_ANATOMY if timings.plan.anatomy else ()))


def step_cells(row):
    """What a step costs: one cell for each column of STEP_HEADER."""
    low, high = row.interval_us
    flag = "!!" if row.noise > TOO_NOISY else "!" if row.noise > NOISY else ""
    return (
        str(row.series),
        f"{flag:>2} {duration(row.step_time_us)} +-{row.noise / 2:3.0%}",
        duration_range(low, high),
        scaled(row.throughput),
        f"{row.gflops:.3g}",
        f"{row.share:.1%}",
    )


def once_cells(row):
    """One-time costs: one cell for each column of ONCE_HEADER."""
    parts = (row.build_ms, row.trace_ms, row.compile_ms, row.first_call_ms)
    return (str(row.series), *(duration(part * 1e3) if part else "-" for part in parts))


def anatomy_cells(row, anatomy):
    """Where the time of a step goes: one cell for each column of ANATOMY_HEADER."""
    shares = (f"{duration(part)} {part / anatomy.step_us:4.0%}" for part in anatomy)
    return (row.series.implementation, *shares, duration(anatomy.step_us), duration(row.step_time_us))


def _sections(timings, cells_of):
    return [(str(cell), list(map(cells_of, timings.of_cell(cell)))) for cell in timings.cells()]


def _anatomy_sections(timings):
    found = []
    for cell in timings.cells():
        rows = timings.of_cell(cell, 1)
        anatomies = [(row, timings.anatomy(cell, row.series.implementation)) for row in rows]
        found.append((str(cell), [anatomy_cells(row, anatomy) for row, anatomy in anatomies if anatomy]))
    return found


def verdicts(timings):
    """[(title, sentences)] for each size: who is faster than whom, fastest first, and the control."""
    found = []
    for cell in timings.cells():
        sentences = []
        for steps in timings.plan.steps_per_call:
            sentences += [_of_two(*each) for each in timings.neighbours(cell, steps)]
        sentences += [_of_calls(*each) for each in timings.against_single_calls(cell)]
        found.append((f"{cell}: {scaled(step_flops(cell), 'FLOP')} a step", [*sentences, _of_control(timings, cell)]))
    return found


def crossover_sentences(timings):
    """One sentence for each pair whose order changes between two sizes, or one that says no order changes. Empty for
    a single size or implementation.
    """
    found = []
    for turn in timings.crossovers():
        steps = f", with {turn.steps_per_call} steps in a call" if turn.steps_per_call > 1 else ""
        found.append(
            f"{turn.small} is faster than {turn.large} at {turn.below} and slower at {turn.above}{steps}; "
            f"interpolated, they break even at {scaled(turn.flops, 'FLOP')} a step"
        )
    several = len(timings.cells()) > 1 and len(timings.plan.implementations) > 1
    return found or ["No change of ranking was found between these sizes."] * several


def _of_two(ours, theirs, verdict):
    if verdict.outcome == FASTER:
        return f"{ours.series} is {verdict.ratio:.2f} times faster than {theirs.series} {_interval(verdict)}"
    return f"{verdict.outcome}: {ours.series} and {theirs.series}, {_ratio(verdict)}: {verdict.reason}"


def _of_calls(many, single, verdict):
    name, steps = single.series, many.series.steps_per_call
    if verdict.outcome != FASTER:
        return f"{verdict.outcome}: {name}, {steps} steps a call and one, {_ratio(verdict)}: {verdict.reason}"
    if verdict.ratio > 1:
        return f"{name}: {steps} steps a call are {verdict.ratio:.2f} times faster than one {_interval(verdict)}"
    slower = verdict._replace(ratio=1 / verdict.ratio, low=1 / verdict.high, high=1 / verdict.low)
    return f"{name}: {steps} steps a call are {slower.ratio:.2f} times slower than one {_interval(slower)}"


def _of_control(timings, cell):
    control, verdict = timings.control(cell)
    name = control.series._replace(control=False)
    outcome = "a difference, so no verdict counts at this size" if verdict.outcome == FASTER else verdict.outcome
    reason = f", {verdict.reason}" if verdict.reason else ""
    return f"control: {name} against itself, {_ratio(verdict)}: {outcome}{reason}"


def _ratio(verdict):
    return f"{verdict.ratio:.2f} {_interval(verdict)}"


def _interval(verdict):
    return f"[{verdict.low:.2f}, {verdict.high:.2f}]"
