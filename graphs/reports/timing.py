"""A timing as tables and sentences."""

from collections import Counter

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from graphs.reports.human_numbers import duration, duration_range, enumerated, megabytes, scaled
from graphs.system.environment import blas_names
from graphs.timing.plan import step_flops
from graphs.timing.results import Measurement
from graphs.timing.self_test import ALLOWED, REPEATS, complete, known_factors, trusted
from graphs.timing.verdict import EQUAL, FASTER, UNDECIDED

STEP_HEADER = ("implementation", "step time", "95% interval", "examples/s", "GFLOP/s", "share", "memory")
GROWTH_HEADER = ("implementation", "step time", "grows", "memory", "grows")
ONCE_HEADER = ("implementation", "build", "trace", "compile", "first call")
LEAST_MB = 0.05
ANATOMY_HEADER = ("implementation", "Python", "dispatch", "kernels", "traced step", "step time")

LEGEND = (
    "step time: the median over the blocks of a process; the geometric mean over processes, with its 95% interval.",
    "GFLOP/s: counts the eight matrix products. share: of the limit, the best tf.matmul in this run.",
    "memory: by how much resident memory rose at most until the first step was done.",
)
LEGEND_OF_DETAILS = (
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


ANSWER_TITLE = "Fastest training step at each size (layers, batch), compared with the next [95% interval]"


def answer(timings):
    """The sentences that come first: who leads at each size, where the lead passes on, how sure that is."""
    if len(timings.plan.implementations) == 1:
        return [_how_sure(timings)]
    steps = timings.plan.steps_per_call[0]
    led = {cell: _leaders(timings, cell, steps) for cell in timings.cells()}
    leads = [_of_lead(timings, steps, cell, *led[cell]) for cell in timings.first_cells()]
    return [*leads, *_of_passing(led), *_of_slowest(timings, steps), _how_sure(timings)]


def _leaders(timings, cell, steps):
    """(the fastest row of a size and those not shown to be slower, whether they are all shown to be about equal).

    Who is slower than one that is slower than the fastest is slower than the fastest.
    """
    first, *others = timings.of_cell(cell, steps)
    leaders, slower = [first], list[Measurement]()
    for row in others:
        verdicts = [timings.verdict(faster, row) for faster in [first, *slower]]
        behind = any(verdict.outcome == FASTER and verdict.ratio > 1 for verdict in verdicts)
        (slower if behind else leaders).append(row)
    return leaders, all(timings.verdict(first, row).outcome == EQUAL for row in leaders[1:])


def _of_lead(timings, steps, cell, leaders, decided):
    """Who leads at a size, and by how much over the next."""
    names = [str(row.series) for row in leaders]
    outcome = f"; {EQUAL if decided else UNDECIDED}" if len(leaders) > 1 else ""
    found = f"{enumerated(names, 'and' if decided else 'or')} ({duration(leaders[0].step_time_us)}{outcome})"
    others = [row for row in timings.of_cell(cell, steps) if row not in leaders]
    if others:
        by = timings.verdict(leaders[0], others[0])
        found += f", {times(by.ratio)} times faster than {others[0].series} {_interval(by)}"
    return f"{cell}: {found}"


def _of_passing(led):
    """Where the lead passes on or is shared, between two sizes. led: {cell: _leaders}.

    A size at which it is undecided who of the old and the new is ahead tells nothing, and is passed over.
    """
    found = []
    (below, (leaders, decided)), *others = led.items()
    old = [str(row.series) for row in leaders]
    for above, (successors, decided_there) in others:
        new = [str(row.series) for row in successors]
        where = f"between {below} and {above}"
        if not set(old) & set(new):
            to = enumerated(new, "and" if decided_there else "or")
            found.append(f"The lead passes from {enumerated(old, 'and' if decided else 'or')} to {to} {where}.")
        elif decided and decided_there and (lost := [name for name in old if name not in new]):
            found.append(f"{enumerated(lost)} {'lose' if len(lost) > 1 else 'loses'} the lead {where}.")
        elif decided and decided_there and (gained := [name for name in new if name not in old]):
            found.append(f"{enumerated(gained)} {'share' if len(gained) > 1 else 'shares'} the lead {where}.")
        elif not set(new) <= set(old):
            continue
        below, old, decided = above, new, decided_there
    return found


def _of_slowest(timings, steps):
    """Who is slowest at most sizes, and by how much at most; nothing where it is undecided."""
    lags = []
    for cell in timings.first_cells():
        *_, last_but_one, last = rows = timings.of_cell(cell, steps)
        verdict = timings.verdict(last_but_one, last)
        if verdict.outcome == FASTER and verdict.ratio > 1:
            lags.append((timings.verdict(rows[0], last).ratio, str(last.series), cell))
    if not lags:
        return []
    name, number = Counter(name for _, name, _ in lags).most_common(1)[0]
    most, where = max((ratio, str(cell)) for ratio, slowest, cell in lags if slowest == name)
    sizes = len(timings.first_cells())
    at = f" at {number} of {sizes} sizes:" if sizes > 1 else ","
    return [f"{name} is the slowest{at} {times(most)} times slower than the fastest at {where}."]


def self_test_sentences(timings):
    """What a self-test found, and whether this machine can be trusted now."""
    (cell,) = timings.cells()
    found = []
    for known in known_factors(timings):
        name, repeats, off = known.series.implementation, known.series.repeats, "" if known.right else ", too far off"
        measured = f"found {known.found:.2f} {_interval(known.verdict)}{off}"
        found.append(f"{name}, {repeats} steps against {REPEATS[0]}: true {known.factor:.2f}, {measured}")
    found.append(_of_control(timings, cell))
    allowed = enumerated([f"{factor:.2f} is found within {off}" for factor, off in ALLOWED.items()])
    if not complete(timings):
        return [*found, f"Too few processes to tell in {timings.plan.seconds} seconds; --seconds allows more."]
    can = "can" if trusted(timings) else "cannot"
    return [*found, f"This machine {can} be trusted now, which asks that {allowed}, and that the control is no faster."]


def setting_lines(timings):
    """What was timed, and where."""
    plan, environment = timings.plan, timings.environment
    machine = environment["machine_metadata"]
    threads = {None: "each library's own number of threads", 1: "1 thread on 1 core"}.get(
        plan.threads, f"{plan.threads} threads on as many cores"
    )
    cores = ", ".join(map(str, environment["affinity"]))
    onednn = "on" if environment["onednn"] else "off"
    return [
        f"step: sigmoid, mean_squared_error, {plan.optimizer}, {plan.dtype}; {threads}; seed {plan.seed}",
        f"TensorFlow {environment['tensorflow']} with oneDNN {onednn}; NumPy {environment['numpy']}",
        f"BLAS: {', '.join(blas_names(environment))}",
        f"{machine.get('cpu_model_name', environment['machine'])}, in the first process core {cores}",
        f"load at the start: {machine.get('load_avg_1min', 'unknown')}",
        f"limit: tf.matmul reached {timings.limit_gflops:.0f} GFLOP/s at best",
    ]


def tables(timings, details=False):
    """[(title, header, [(a size, rows of cells)])] of every table; details: also of what is paid once."""
    found: list[tuple] = [("What is paid for each step", STEP_HEADER, _sections(timings, step_cells))]
    if len(timings.cells()) > 1:
        found.append(("How time and memory grow", GROWTH_HEADER, _growth_sections(timings)))
    if details:
        found.append(("What is paid once", ONCE_HEADER, _sections(timings, once_cells)))
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


def legend(timings, details=False):
    """What the columns mean."""
    several = LEGEND_OF_CALLS if max(timings.plan.steps_per_call) > 1 else ()
    anatomy = LEGEND_OF_ANATOMY if timings.plan.anatomy else ()
    return (*LEGEND, *(LEGEND_OF_DETAILS if details else ()), *several, *anatomy)


def step_cells(row):
    """What a step costs: one cell for each column of STEP_HEADER."""
    several = len(row.measured) > 1
    return (
        str(row.series),
        duration(row.step_time_us),
        duration_range(*row.interval_us) if several else "one process",
        scaled(row.throughput),
        f"{row.gflops:.3g}",
        f"{row.share:.1%}",
        megabytes(row.peak_mb),
    )


def once_cells(row):
    """One-time costs: one cell for each column of ONCE_HEADER."""
    parts = (row.build_ms, row.trace_ms, row.compile_ms, row.first_call_ms)
    return (str(row.series), *(duration(part * 1e3) if part else "-" for part in parts))


def growth_cells(small, large):
    """How a series grows from a small size to a large one: one cell for each column of GROWTH_HEADER."""
    memory = growth = "-"
    if small.peak_mb is not None:
        memory = f"{megabytes(small.peak_mb)} to {megabytes(large.peak_mb)}"
        # Less than a page or two is no measurement.
        growth = f"{scaled(large.peak_mb / small.peak_mb)} times" if small.peak_mb > LEAST_MB else "-"
    times = f"{duration(small.step_time_us)} to {duration(large.step_time_us)}"
    return (str(small.series), times, f"{scaled(large.step_time_us / small.step_time_us)} times", memory, growth)


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
        if shown := [anatomy_cells(row, anatomy) for row, anatomy in anatomies if anatomy]:
            found.append((str(cell), shown))
    return found


def _growth_sections(timings):
    cells = timings.cells()
    smallest, largest = ({row.series: row for row in timings.of_cell(cell)} for cell in (cells[0], cells[-1]))
    flops = step_flops(cells[-1]) / step_flops(cells[0])
    title = f"from {cells[0]} to {cells[-1]}: {scaled(flops)} times the floating-point operations"
    return [(title, [growth_cells(smallest[each], largest[each]) for each in smallest if each in largest])]


def verdicts(timings):
    """[(title, sentences)] for each size: who is faster than whom, fastest first, and the control."""
    found = []
    for cell in timings.cells():
        sentences = [of_two(*each) for steps in timings.plan.steps_per_call for each in timings.neighbours(cell, steps)]
        sentences += [_of_calls(*each) for each in timings.against_single_calls(cell)]
        found.append((f"{cell}: {scaled(step_flops(cell), 'FLOP')} a step", [*sentences, _of_control(timings, cell)]))
    return found


def crossover_sentences(timings):
    """One sentence for each pair whose order changes between two sizes, or one that says no order changes. Empty for
    a single size or implementation.
    """
    several = len(timings.cells()) > 1 and len(timings.plan.implementations) > 1
    return [*map(_of_crossover, timings.crossovers())] or ["No change of order is shown between these sizes."] * several


def _of_crossover(found):
    one, other = found.pair
    steps = f", with {found.steps_per_call} steps in a call" if found.steps_per_call > 1 else ""
    flops = f"{scaled(found.flops, 'FLOP')} a step"
    if found.small and found.large:
        return (
            f"{found.small} is faster than {found.large} at {found.below} and slower at {found.above}{steps}; "
            f"interpolated, they break even at {flops}"
        )
    faster = found.small or found.large
    slower = other if faster == one else one
    if found.small:
        return (
            f"{faster} is faster than {slower} at {found.below} and about equal at {found.above}{steps}; "
            f"interpolated, the lead is lost at {flops}"
        )
    return (
        f"{faster} is about equal to {slower} at {found.below} and faster at {found.above}{steps}; "
        f"interpolated, the lead begins at {flops}"
    )


def of_two(ours, theirs, verdict):
    """The sentence of a Verdict on two rows."""
    if verdict.outcome == FASTER:
        if verdict.ratio < 1:
            ours, theirs, verdict = theirs, ours, _the_other_way(verdict)
        return f"{ours.series} is {times(verdict.ratio)} times faster than {theirs.series} {_interval(verdict)}"
    if verdict.outcome == EQUAL:
        return f"{ours.series} and {theirs.series} are about equal, {_ratio(verdict)}"
    reason = f": {verdict.reason}" if verdict.reason else ""
    return f"{verdict.outcome}: {ours.series} and {theirs.series}, {_ratio(verdict)}{reason}"


def _of_calls(many, single, verdict):
    name, steps = single.series, many.series.steps_per_call
    if verdict.outcome == FASTER:
        faster = verdict if verdict.ratio > 1 else _the_other_way(verdict)
        how = "faster" if verdict.ratio > 1 else "slower"
        return f"{name}: {steps} steps a call are {times(faster.ratio)} times {how} than one {_interval(faster)}"
    reason = f": {verdict.reason}" if verdict.reason else ""
    return f"{verdict.outcome}: {name}, {steps} steps a call and one, {_ratio(verdict)}{reason}"


def _of_control(timings, cell):
    _, verdict = timings.control(cell)
    name = timings.plan.controlled
    outcome = "a difference, so there is no verdict at this size" if verdict.outcome == FASTER else verdict.outcome
    return f"control: {name} against itself, {_ratio(verdict)}: {outcome}"


def _how_sure(timings):
    compared = [verdict for cell in timings.cells() for *_, verdict in timings.comparisons(cell)]
    decided = sum(verdict.outcome in (FASTER, EQUAL) for verdict in compared)
    controls = [timings.control(cell)[1] for cell in timings.cells()]
    name = timings.plan.controlled
    broken = sum(verdict.outcome == FASTER for verdict in controls)
    off = max(max(verdict.ratio, 1 / verdict.ratio) for verdict in controls) - 1
    number = len({process.number for row in timings.rows.values() for process, _ in row.measured})
    processes = f"{number} fresh process{'es' * (number > 1)}"
    if compared:
        sentence = f"How sure: {decided} of {len(compared)} comparisons of neighbours are decided, in {processes}. "
    else:
        sentence = f"Timed in {processes}. "
    sentence += f"{name} timed against itself (the control) differs by up to {off:.0%}"
    return sentence + (f": too much at {broken} size{'s' * (broken > 1)}." if broken else ": so much is chance.")


def times(ratio):
    """A ratio with three digits."""
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.1f}" if ratio < 99.95 else f"{ratio:.0f}"


def _the_other_way(verdict):
    return verdict._replace(ratio=1 / verdict.ratio, low=1 / verdict.high, high=1 / verdict.low)


def _ratio(verdict):
    return f"{times(verdict.ratio)} {_interval(verdict)}"


def _interval(verdict):
    return f"[{times(verdict.low)}, {times(verdict.high)}]" if verdict.low else "[one process tells no interval]"
