"""The times of a comparison as a chart."""

import io

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from graphs.reports.human_numbers import duration

# TensorBoard shows a picture 350 pixels wide until "Show actual image size" is ticked; then one of this size fits a
# projector's 1280 x 720. On so small a figure, letters of the usual size can be read in both.
WIDTH, HEIGHT, DOTS_PER_INCH = 4, 3, 170  # inches
STEP, FIRST = "#1f5fa8", "#b4491f"


def timing_chart(outcomes):
    """(the bytes of a PNG file, its width, its height in pixels) of a Comparison's outcomes."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    for place, outcome in enumerate(outcomes):
        times, first_us = outcome.step_times, (outcome.build_ms + outcome.first_call_ms) * 1e3
        axes.plot([times.low_us, times.high_us], [place, place], color=STEP, linewidth=6, solid_capstyle="butt")
        step, first = step_and_first(axes, place, times.median_us, first_us)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda us, _: duration(us)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=8)
    axes.set_yticks(range(len(outcomes)), [outcome.name for outcome in outcomes])
    axes.set_ylim(len(outcomes) - 0.5, -0.5)
    axes.margins(x=0.3)  # room for the labels on both sides
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    labels = ["one step: median, middle half", "build and first step"]
    figure.legend([step, first], labels, loc="outside upper left", ncols=2, frameon=False, fontsize=8, columnspacing=1)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue(), round(WIDTH * DOTS_PER_INCH), round(HEIGHT * DOTS_PER_INCH)


def step_and_first(axes, place, step_us, first_us):
    """Draws the marks of a step and of the first call in a row, and returns them.

    The labels stand on the outer sides, where they cannot meet.
    """
    (step,) = axes.plot(step_us, place, "o", color=STEP, markersize=7)
    (first,) = axes.plot(first_us, place, "o", color=FIRST, markerfacecolor="white", markersize=7)
    for us, left in ((step_us, step_us <= first_us), (first_us, step_us > first_us)):
        offset, side = ((-8, 0), "right") if left else ((8, 0), "left")
        where = {"xytext": offset, "textcoords": "offset points", "ha": side, "va": "center"}
        axes.annotate(duration(us), (us, place), **where, fontsize=8)
    return step, first
