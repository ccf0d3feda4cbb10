"""The times of a comparison as a chart."""

import io

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from graphs.reports.human_numbers import duration

WIDTH, HEIGHT, DOTS_PER_INCH = 5, 3.6, 200  # inches
STEP, FIRST = "#1f5fa8", "#b4491f"


def timing_chart(outcomes):
    """(the bytes of a PNG file, its width, its height in pixels) of a Comparison's outcomes."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    for place, outcome in enumerate(outcomes):
        times, first_us = outcome.step_times, (outcome.build_ms + outcome.first_call_ms) * 1e3
        axes.plot([times.low_us, times.high_us], [place, place], color=STEP, linewidth=7, solid_capstyle="butt")
        (step,) = axes.plot(times.median_us, place, "o", color=STEP, markersize=8)
        (first,) = axes.plot(first_us, place, "o", color=FIRST, markerfacecolor="white", markersize=8)
        for us in (times.median_us, first_us):
            axes.annotate(duration(us), (us, place), (0, 8), textcoords="offset points", ha="center", fontsize=9)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda us, _: duration(us)))
    axes.set_yticks(range(len(outcomes)), [outcome.name for outcome in outcomes])
    axes.set_ylim(len(outcomes) - 0.5, -0.7)
    axes.margins(x=0.12)
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    labels = ["one step: median, middle half", "build and first step"]
    figure.legend([step, first], labels, loc="outside upper left", ncols=2, frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue(), round(WIDTH * DOTS_PER_INCH), round(HEIGHT * DOTS_PER_INCH)
