"""A timing as charts."""

import io
import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from graphs.implementations.table import IMPLEMENTATIONS
from graphs.reports.comparison_times_chart import step_and_first
from graphs.reports.human_numbers import duration, megabytes, scaled
from graphs.timing.plan import step_flops

DOTS_PER_INCH = 150
PARTS = {"Python": "#e2a33c", "dispatch": "#9db8d9", "kernels": "#1f5fa8"}


def charts(timings):
    """{name: the bytes of a PNG file} of every chart."""
    found = {"step_time": step_time_chart(timings), "first_call": first_call_chart(timings)}
    if len(timings.cells()) > 1 and all(row.peak_mb is not None for row in timings.rows.values()):
        found["memory"] = memory_chart(timings)
    if len(timings.plan.steps_per_call) > 1:
        found["steps_per_call"] = steps_per_call_chart(timings)
    if any(timings.anatomy(row.cell, row.series.implementation) for row in timings.rows.values()):
        found["anatomy"] = anatomy_chart(timings)
    return found


def step_time_chart(timings):
    """Step time against size, with 95% intervals and the points where an order changes; both axes are logarithmic.

    A single size gives a row for each implementation instead.
    """
    cells = timings.cells()
    if len(cells) == 1:
        return _step_time_rows(timings, cells[0])
    figure, (axes,) = _figure(8, 5)
    rows_by_name = _rows_by_name(timings)
    for name, rows in rows_by_name.items():
        _line(axes, name, [(step_flops(row.cell), row) for row in rows])
    changes = [found for found in timings.crossovers() if found.steps_per_call == _first(timings)]
    points = [_changing_point(rows_by_name, found) for found in changes]
    if points:
        look = {"markersize": 11, "markerfacecolor": "none", "markeredgecolor": "black", "linestyle": "none"}
        axes.plot(*zip(*points, strict=True), marker="o", label="an order changes or a lead ends", zorder=3, **look)
    _axis_of_sizes(axes, timings)
    _legend(figure, axes)
    return _png(figure)


def memory_chart(timings):
    """Peak resident memory that each implementation adds, against size; both axes are logarithmic."""
    figure, (axes,) = _figure(8, 4.5)
    for name, rows in _rows_by_name(timings).items():
        points = [(step_flops(row.cell), row.peak_mb) for row in rows if row.peak_mb]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", color=IMPLEMENTATIONS[name].color, label=name)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda mb, _: megabytes(mb)))
    axes.set_ylabel("peak resident memory added")
    axes.grid(color="#dddddd")
    _axis_of_sizes(axes, timings)
    _legend(figure, axes)
    return _png(figure)


def _rows_by_name(timings):
    """{implementation: its rows from the smallest size to the largest}, with the first number of steps per call."""
    found = {
        name: [_row(timings, cell, name, _first(timings)) for cell in timings.cells()]
        for name in timings.plan.implementations
    }
    return {name: [row for row in rows if row] for name, rows in found.items()}


def _changing_point(rows_by_name, found):
    """(FLOP, step time) of a Crossover, on the line of the implementation that is faster on one side."""
    rows = rows_by_name[found.small or found.large]
    flops, times = ([math.log(value) for value in values] for values in zip(*map(_point, rows), strict=True))
    return found.flops, math.exp(np.interp(math.log(found.flops), flops, times))


def _point(row):
    return step_flops(row.cell), row.step_time_us


def _axis_of_sizes(axes, timings):
    cells = timings.cells()
    axes.set_xlabel(f"floating-point operations of a step; below, the layers and the batch{_calls(timings)}")
    axes.set_xscale("log")
    axes.set_xticks([step_flops(cell) for cell in cells], list(map(_size_label, cells)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if len(cells) > 4:
        axes.set_xticks(axes.get_xticks(), [_size_label(cell, ", ") for cell in cells], rotation=30, ha="right")
    axes.tick_params(axis="x", labelsize=7)
    axes.margins(x=0.12)


def _first(timings):
    return timings.plan.steps_per_call[0]


def _step_time_rows(timings, cell):
    figure, (axes,) = _figure(6, 3.6)
    names = timings.plan.implementations
    for place, name in enumerate(names):
        row = _row(timings, cell, name, timings.plan.steps_per_call[0])
        if row:
            interval = [[row.step_time_us - row.interval_us[0]], [row.interval_us[1] - row.step_time_us]]
            look = {"color": IMPLEMENTATIONS[name].color, "markersize": 8, "capsize": 4, "elinewidth": 2}
            axes.errorbar(row.step_time_us, place, xerr=interval, fmt="o", **look)
            label = duration(row.step_time_us)
            axes.annotate(label, (row.step_time_us, place), (0, 9), textcoords="offset points", ha="center")
    axes.set_title(f"{cell}: {scaled(step_flops(cell), 'FLOP')} a step", fontsize=11)
    axes.set_xlabel(f"step time, with 95% intervals{_calls(timings)}")
    _log_of_time(axes.xaxis)
    axes.margins(x=0.15)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.7)
    axes.grid(axis="x", color="#dddddd")
    return _png(figure)


def _calls(timings):
    steps = timings.plan.steps_per_call[0]
    return f"; {steps} steps in a call" if steps > 1 else ""


def steps_per_call_chart(timings):
    """Step time against the number of steps in a call, a chart for each size."""
    cells = timings.cells()
    figure, all_axes = _figure(4 * len(cells) + 1, 4.2, len(cells))
    for axes, cell in zip(all_axes, cells, strict=True):
        for name in timings.plan.implementations:
            rows = [_row(timings, cell, name, steps) for steps in timings.plan.steps_per_call]
            _line(axes, name, [(row.series.steps_per_call, row) for row in rows if row])
        axes.set_title(cell, fontsize=10)
        axes.set_xlabel("steps in a call")
        axes.set_xscale("log")
        axes.set_xticks(timings.plan.steps_per_call, timings.plan.steps_per_call)
        axes.xaxis.set_minor_formatter(NullFormatter())
    _legend(figure, all_axes[0])
    return _png(figure)


def first_call_chart(timings):
    """The wait for the first call beside the step time, a row for each implementation."""
    cells = timings.cells()
    figure, all_axes = _figure(4 * len(cells) + 1, 3, len(cells), sharey=True)
    names = timings.plan.implementations
    for axes, cell in zip(all_axes, cells, strict=True):
        for place, name in enumerate(names):
            row = _row(timings, cell, name, timings.plan.steps_per_call[0])
            if row:
                step_us, first_us = row.step_time_us, (row.build_ms + row.first_call_ms) * 1e3
                axes.plot([step_us, first_us], [place, place], color="#cccccc", zorder=1)
                step, first = step_and_first(axes, place, step_us, first_us)
        axes.set_title(cell, fontsize=10)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda us, _: duration(us)))
        axes.tick_params(axis="x", labelsize=8)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.margins(x=0.3)  # room for the labels on both sides
        axes.grid(axis="x", color="#dddddd")
    labels = ["one step", "build and first call"]
    figure.legend([step, first], labels, loc="outside upper left", ncols=2, frameon=False)
    return _png(figure)


def anatomy_chart(timings):
    """The shares of Python, dispatch and kernels in a step, and that step's time, a bar for each implementation."""
    names = timings.plan.implementations
    cells = [cell for cell in timings.cells() if any(timings.anatomy(cell, name) for name in names)]
    figure, all_axes = _figure(4 * len(cells) + 1, 3, len(cells), sharey=True)
    names = timings.plan.implementations
    for axes, cell in zip(all_axes, cells, strict=True):
        for place, name in enumerate(names):
            parts = timings.anatomy(cell, name)
            left = 0.0
            for (part, color), us in zip(PARTS.items(), parts or (), strict=bool(parts)):
                share = us / parts.step_us
                axes.barh(place, share, left=left, color=color, label=part if place == 0 else None)
                if share > 0.08:
                    text = "white" if part == "kernels" else "black"
                    axes.text(left + share / 2, place, f"{share:.0%}", ha="center", va="center", fontsize=8, color=text)
                left += share
            if parts:
                axes.text(1.02, place, duration(parts.step_us), va="center", fontsize=9)
        axes.set_title(cell, fontsize=10)
        axes.set_xlim(0, 1.3)
        axes.set_xticks([])
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.spines[["bottom"]].set_visible(False)
    _legend(figure, all_axes[0])
    return _png(figure)


def _figure(width, height, columns=1, **options):
    """(Figure, the axes of each column)."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    found = figure.subplots(1, columns, squeeze=False, **options)[0]
    for axes in found:
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, found


def _size_label(cell, separator="\n"):
    layers = "-".join(map(str, cell.layer_sizes))
    return separator.join((scaled(step_flops(cell), "FLOP"), layers, f"batch {cell.batch_size}"))


def _row(timings, cell, name, steps_per_call):
    rows = {row.series.implementation: row for row in timings.of_cell(cell, steps_per_call)}
    return rows.get(name)


def _line(axes, name, points):
    """The step times of an implementation at (x, Measurement) with their intervals."""
    if points:
        middle = [row.step_time_us for _, row in points]
        below = [row.step_time_us - row.interval_us[0] for _, row in points]
        above = [row.interval_us[1] - row.step_time_us for _, row in points]
        xs = [x for x, _ in points]
        axes.errorbar(xs, middle, [below, above], marker="o", capsize=3, color=IMPLEMENTATIONS[name].color, label=name)
    _log_of_time(axes.yaxis)
    axes.set_ylabel("step time")
    axes.grid(color="#dddddd")


def _log_of_time(axis):
    """Makes an axis a logarithmic one of durations, with labels at 1, 2 and 5."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    for which in (axis.set_major_formatter, axis.set_minor_formatter):
        which(FuncFormatter(lambda us, _: duration(us)))
    axis.set_minor_locator(LogLocator(subs=(2, 5)))
    axis.set_tick_params(which="minor", labelsize=8)


def _legend(figure, axes):
    """Places the legend above the axes, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=5 if len(labels) <= 5 else 3, frameon=False)


def _png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
