"""What is said and drawn of a timing."""

import dataclasses
import io
import json
import re

import numpy as np
import pytest
from fake_timings import LARGE, SMALL, make_timings
from matplotlib.figure import Figure
from rich.console import Console

from graphs.event_log.listing import list_runs
from graphs.event_log.timing_log import write_timing_log
from graphs.reports import timing as report
from graphs.reports.comparison_times_chart import HEIGHT, WIDTH, step_and_first
from graphs.reports.human_numbers import duration, duration_range, scaled
from graphs.reports.pyperf_file import to_json
from graphs.reports.timing_charts import charts, step_time_chart
from graphs.timing.plan import SIZES, Series, step_flops

TIMES = {
    SMALL: {"numpy_manual": 50, "tf1_session": 200, "tf2_function": 204},
    LARGE: {"numpy_manual": 4000, "tf1_session": 2000, "tf2_function": 1000},
}
CALLS = {Series("tf1_session"): 200, Series("tf1_session", 10): 50, Series("tf1_session", 100): 201}


def test_numbers_as_a_person_reads_them():
    assert [duration(us) for us in (0.5, 42, 1234, 2.5e6)] == ["0.5 us", "42 us", "1.23 ms", "2.5 s"]
    assert [scaled(number) for number in (7, 1234, 2.5e6, 17.2e9, 3e12)] == ["7", "1.23 k", "2.5 M", "17.2 G", "3 T"]
    assert [scaled(number, "FLOP") for number in (16, 4480)] == ["16 FLOP", "4.48 kFLOP"]


def test_the_setting_names_what_a_figure_depends_on():
    text = "\n".join(report.setting_lines(make_timings(TIMES)))
    for part in (
        "1 thread on 1 core",
        "seed 0",
        "TensorFlow 2.21.0",
        "oneDNN on",
        "openblas 0.3 Haswell",
        "A processor",
    ):
        assert part in text
    assert "core 0, 1" in text
    assert "load at the start: 0.25" in text
    assert "tf.matmul reached 102 GFLOP/s at best" in text
    assert "each library's own number of threads" in report.setting_lines(make_timings(TIMES, threads=None))[0]


def printed(timings, width=200, details=False):
    """The tables, as they are printed on so many columns."""
    console = Console(width=width, file=io.StringIO())
    with console.capture() as capture:
        for _, header, sections in report.tables(timings, details):
            console.print(report.rich_table(header, sections), crop=False)
    return capture.get()


def test_tables_fit_into_eighty_columns_and_hold_every_row():
    text = printed(make_timings(TIMES, anatomy=True), details=True)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert text.count("numpy_manual") == 3 * len(TIMES) + 1  # once more for the growth
    assert re.search(r"numpy_manual +(50|49\.\d|50\.\d) us +(49\.\d|50) to 5\d\.?\d? us", text)
    assert re.search(r"numpy_manual .*us to \d\.?\d* ms +(79\.\d|8\d|80\.\d) times +3\.0 MB to 3\.0 MB +1 times", text)
    assert "70%" in text


def test_in_a_narrow_terminal_names_wrap_and_no_figure_is_cut():
    slow = {Series("tf2_function", steps): 999e3 for steps in (1, 100)}
    timings = make_timings({SIZES[-1]: slow}, spread=0.9)
    wide, narrow = printed(timings), printed(timings, width=60)
    assert "1024-1024-1024-1024, 1024\n" in wide
    assert sorted(narrow.replace("─", "").split()) == sorted(wide.replace("─", "").split())


@pytest.mark.parametrize(
    ("low", "high", "text"), [(99.5, 101, "99.5 to 101 us"), (990, 1010, "990 us to 1.01 ms"), (2e6, 3e6, "2 to 3 s")]
)
def test_a_range_names_a_shared_unit_once(low, high, text):
    assert duration_range(low, high) == text


def test_what_is_paid_once_is_a_detail():
    titles = [[title for title, *_ in report.tables(make_timings(TIMES), details)] for details in (False, True)]
    assert [("What is paid once" in each) for each in titles] == [False, True]
    assert len(report.legend(make_timings(TIMES), True)) > len(report.legend(make_timings(TIMES)))


# The answer


def test_the_answer_comes_first_and_says_who_leads_and_how_sure_that_is():
    small, large, passes, slowest, sure = report.answer(make_timings(TIMES))
    fastest = r"4-8-8-1, 8: numpy_manual \((50|49\.\d|50\.\d) us\), "
    assert re.match(fastest + r"(3\.9|4\.0)\d times faster than tf1_session \[3\.9\d, 4\.0\d\]$", small)
    assert re.match(r"64-64-32-10, 64: tf2_function \(.*\), (1\.9|2\.0)\d times faster than tf1_session", large)
    assert passes == "The lead passes from numpy_manual to tf2_function between 4-8-8-1, 8 and 64-64-32-10, 64."
    assert slowest.startswith("numpy_manual is the slowest at 1 of 2 sizes: ")
    assert re.search(r": (3\.9|4\.0)\d times slower than the fastest at 64-64-32-10, 64\.$", slowest)
    assert sure.startswith("How sure: 4 of 4 comparisons of neighbours are decided, in 3 fresh processes. ")
    assert re.search(
        r" tf2_function timed against itself \(the control\) differs by up to [01]%: so much is chance\.$", sure
    )


def test_the_slowest_at_several_sizes_is_told_once():
    timings = make_timings({SMALL: TIMES[SMALL] | {"tf2_eager": 900}, LARGE: TIMES[LARGE] | {"tf2_eager": 9000}})
    assert "tf2_eager is the slowest at 2 of 2 sizes: 18." in " ".join(report.answer(timings))


def test_leaders_that_are_about_equal_share_the_lead_and_lose_it():
    three = {"numpy_manual": 50, "tf1_session": 50.5, "tf2_function": 204}
    last = {"numpy_manual": 400, "tf1_session": 200, "tf2_function": 201}
    first, second, passes, *_ = report.answer(make_timings({SMALL: three, LARGE: last}))
    assert first.startswith("4-8-8-1, 8: numpy_manual and tf1_session (")
    assert second.startswith("64-64-32-10, 64: tf1_session and tf2_function (200 us; about equal), ")
    assert passes == "numpy_manual loses the lead between 4-8-8-1, 8 and 64-64-32-10, 64."
    alone = {"numpy_manual": 50, "tf1_session": 100, "tf2_function": 204}
    _, _, passes, *_ = report.answer(make_timings({SMALL: alone, LARGE: three}))
    assert passes == "tf1_session shares the lead between 4-8-8-1, 8 and 64-64-32-10, 64."


def test_a_lead_that_is_undecided_on_the_way_passes_between_the_sizes_around():
    restless = tuple({Series("tf2_function"): factor} for factor in (1, 1.2, 0.9))
    times = {
        SMALL: {"numpy_manual": 50, "tf2_function": 500},
        LARGE: {"numpy_manual": 200, "tf2_function": 200},
        SIZES[2]: {"numpy_manual": 5000, "tf2_function": 500},
    }
    said = report.answer(make_timings(times, drift=restless))
    assert said[1].endswith("; undecided)")
    assert said[3] == "The lead passes from numpy_manual to tf2_function between 4-8-8-1, 8 and 784-512-512-10, 128."


def test_a_load_that_came_later_does_not_turn_the_order():
    times = {"numpy_manual": 100, "tf1_session": 120, "tf2_function": 600}
    timings = make_timings({LARGE: times}, drift=(1, 1, 1, 2, 2, 2))

    def without(events, name):
        for event in events:
            blocks = getattr(event, "blocks", None)
            yield (
                event
                if blocks is None
                else event._replace(blocks={one: block for one, block in blocks.items() if one.implementation != name})
            )

    first, last = timings.processes[:3], timings.processes[3:]
    last = tuple(tuple(without(events, "tf1_session")) for events in last)
    timings = dataclasses.replace(timings, processes=first + last)
    # The slow processes timed NumPy and not the session, so its own times are the longer ones.
    fastest, second, _ = timings.of_cell(LARGE)
    assert fastest.step_time_us > second.step_time_us
    assert report.answer(timings)[0].startswith("64-64-32-10, 64: numpy_manual (")


def test_an_undecided_lead_is_not_given_away():
    restless = tuple({Series("tf2_function"): factor} for factor in (1, 1.4, 0.9))
    times = {LARGE: {"numpy_manual": 1000, "tf1_session": 300, "tf2_function": 310}}
    large, *_, sure = report.answer(make_timings(times, drift=restless))
    assert large.startswith("64-64-32-10, 64: tf1_session or tf2_function (")
    assert "1 of 2 comparisons of neighbours" in sure
    broken = report.answer(make_timings(TIMES, control=1.3))
    assert broken[0].endswith("us; undecided)")
    assert broken[-1].endswith("differs by up to 30%: too much at 2 sizes.")


def test_one_implementation_has_nothing_to_lead():
    (sure,) = report.answer(make_timings({SMALL: {"tf1_session": 300}}))
    assert sure.startswith("Timed in 3 fresh processes. tf1_session timed against itself")


def test_verdicts_are_sentences_from_the_fastest_on():
    (small, sentences), (large, others) = report.verdicts(make_timings(TIMES))
    assert small == "4-8-8-1, 8: 4.48 kFLOP a step"
    assert re.match(r"numpy_manual is (3\.9|4\.0)\d times faster than tf1_session \[3\.9", sentences[0])
    assert sentences[1].startswith("tf1_session and tf2_function are about equal, 1.02 [")
    assert re.match(r"control: tf2_function against itself, (0\.9|1\.0)\d \[.*\]: about equal$", sentences[2])
    assert large.startswith("64-64-32-10, 64")
    assert re.match(r"tf2_function is (1\.9|2\.0)\d times faster than tf1_session", others[0])


def test_a_broken_control_says_so():
    (_, sentences), _ = report.verdicts(make_timings(TIMES, control=1.3))
    assert sentences[0].startswith("no verdict: numpy_manual and tf1_session")
    assert "a difference, so there is no verdict at this size" in sentences[-1]


def test_processes_that_disagree_leave_small_ratios_undecided_and_no_large_ones():
    disagreeing = tuple({Series("tf1_session"): factor} for factor in (1, 1.3, 1))
    (_, sentences), _ = report.verdicts(make_timings(TIMES, drift=disagreeing))
    assert re.match(r"numpy_manual is \d\.\d\d times faster than tf2_function", sentences[0])
    assert re.match(r"undecided: tf2_function and tf1_session, 1\.\d\d \[0\.\d\d, 1\.\d\d\]$", sentences[1])


def test_cpu_time_that_says_the_opposite_is_said():
    (_, sentences), _ = report.verdicts(make_timings(TIMES, cpu={"numpy_manual": 9}))
    assert re.match(
        r"no verdict: numpy_manual and tf1_session, .*\]: CPU time says the opposite, 0\.4\d \[0\.4", sentences[0]
    )


def test_one_process_tells_no_interval():
    (_, sentences), _ = report.verdicts(make_timings(TIMES, drift=(1,)))
    assert re.match(
        r"undecided: numpy_manual and tf1_session, \d\.\d\d \[one process tells no interval\]$", sentences[0]
    )
    assert "one process" in printed(make_timings(TIMES, drift=(1,)))


def test_many_steps_a_call_are_compared_with_one():
    ((_, sentences),) = report.verdicts(make_timings({SMALL: CALLS}))
    assert re.match(r"tf1_session: 10 steps a call are (3\.9|4\.0)\d times faster than one \[3\.9", sentences[0])
    assert sentences[1].startswith("about equal: tf1_session, 100 steps a call and one, ")
    slower = CALLS | {Series("tf1_session", 100): 400}
    ((_, sentences),) = report.verdicts(make_timings({SMALL: slower}))
    assert re.match(r"tf1_session: 100 steps a call are (1\.9|2\.0)\d times slower than one \[1\.9", sentences[1])


def test_crossovers_are_sentences():
    first, *_ = report.crossover_sentences(make_timings(TIMES))
    assert first.startswith("numpy_manual is faster than tf1_session at 4-8-8-1, 8 and slower at 64-64-32-10, 64; ")
    assert "interpolated, they break even at" in first
    ends = {SMALL: {"numpy_manual": 50, "tf1_session": 200}, LARGE: {"numpy_manual": 500, "tf1_session": 500}}
    (lost,) = report.crossover_sentences(make_timings(ends))
    assert "numpy_manual is faster than tf1_session at 4-8-8-1, 8 and about equal at 64-64-32-10, 64; " in lost
    assert "interpolated, the lead is lost at" in lost
    begins = {SMALL: ends[LARGE], LARGE: {"numpy_manual": 200, "tf1_session": 50}}
    (begun,) = report.crossover_sentences(make_timings(begins))
    assert "tf1_session is about equal to numpy_manual at 4-8-8-1, 8 and faster at 64-64-32-10, 64; " in begun
    assert "interpolated, the lead begins at" in begun
    (none,) = report.crossover_sentences(make_timings({SMALL: TIMES[SMALL], LARGE: TIMES[SMALL]}))
    assert none == "No change of order is shown between these sizes."
    assert report.crossover_sentences(make_timings({SMALL: TIMES[SMALL]})) == []


def test_pyperf_reads_every_time(tmp_path):
    import pyperf

    timings = make_timings({SMALL: CALLS})
    file = tmp_path / "times.json"
    file.write_text(to_json(timings))
    suite = pyperf.BenchmarkSuite.load(str(file))
    assert suite.get_benchmark_names() == [
        *("tf1_session, 4-8-8-1, 8", "tf1_session x10, 4-8-8-1, 8", "tf1_session x100, 4-8-8-1, 8"),
        "tf1_session again, 4-8-8-1, 8",
    ]
    row = timings.rows[SMALL, Series("tf1_session", 10)]
    benchmark = suite.get_benchmark("tf1_session x10, 4-8-8-1, 8")
    assert [len(run.values) for run in benchmark.get_runs()] == [20, 20, 20]
    assert [value * 1e6 for value in benchmark.get_runs()[1].values] == pytest.approx(list(row.blocks[1]))
    # Raw values are those of whole blocks: 50 calls of ten steps.
    assert benchmark.get_total_loops() == 500
    metadata = benchmark.get_metadata()
    assert metadata["cpu_model_name"] == "A processor"
    assert metadata["tensorflow"] == "2.21.0"
    assert metadata["TF_NUM_INTRAOP_THREADS"] == "1"
    assert metadata["onednn"] == "on"
    assert metadata["threads"] == 1
    runs = [run.get_metadata() for run in benchmark.get_runs()]
    assert [run["trace_ms"] for run in runs] == [0, 20, 40]
    assert [run["peak_mb"] for run in runs] == [2, 3, 4]
    assert [run["cpu_us"] for run in runs] == pytest.approx([np.median(blocks) for blocks in row.blocks])
    assert [run["switches"] for run in runs] == [0, 0, 0]
    assert json.loads(file.read_text())["version"] == "1.0"


def figure_of(monkeypatch, chart, timings):
    """The Figure that a chart is made from."""
    figures = []
    monkeypatch.setattr("graphs.reports.timing_charts._png", lambda figure: figures.append(figure))
    chart(timings)
    return figures[0]


def test_one_size_gives_a_row_for_each_implementation(monkeypatch):
    timings = make_timings({LARGE: TIMES[LARGE]})
    (axes,) = figure_of(monkeypatch, step_time_chart, timings).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(TIMES[LARGE])
    shown = [container.lines[0].get_xydata()[0].tolist() for container in axes.containers]
    medians = {row.series.implementation: row.step_time_us for row in timings.of_cell(LARGE)}
    assert shown == [[medians[name], place] for place, name in enumerate(TIMES[LARGE])]
    assert len(figure_of(monkeypatch, step_time_chart, make_timings(TIMES)).axes[0].get_xticks()) == 2


def test_the_chart_shows_where_an_order_changes(monkeypatch):
    timings = make_timings(TIMES)
    (axes,) = figure_of(monkeypatch, step_time_chart, timings).axes
    (circles,) = [line for line in axes.lines if line.get_marker() == "o" and line.get_linestyle() == "None"]
    assert sorted(circles.get_xdata()) == pytest.approx(sorted(found.flops for found in timings.crossovers()))
    # Where both take equally long, a circle lies on both lines; up to 1.05 times between them otherwise.
    even = next(found for found in timings.crossovers() if found.small and found.large)
    index = list(circles.get_xdata()).index(even.flops)
    ends = [timings.rows[cell, Series(even.large)] for cell in (even.below, even.above)]
    us = np.interp(
        np.log(even.flops), [np.log(step_flops(row.cell)) for row in ends], [np.log(row.step_time_us) for row in ends]
    )
    assert circles.get_ydata()[index] == pytest.approx(np.exp(us), rel=0.02)
    none = figure_of(monkeypatch, step_time_chart, make_timings({SMALL: TIMES[SMALL], LARGE: TIMES[SMALL]}))
    assert not [line for line in none.axes[0].lines if line.get_marker() == "o" and line.get_linestyle() == "None"]


@pytest.mark.parametrize(("step_us", "first_us"), [(100, 101), (101, 100), (100, 100), (100, 1e6), (1e6, 100)])
def test_the_labels_of_a_row_never_meet(step_us, first_us):
    figure = Figure(figsize=(WIDTH, HEIGHT))
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_xlim(1, 1e8)
    step_and_first(axes, 0, step_us, first_us)
    left, right = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.x0)
    assert left.x1 < right.x0


def test_charts_of_everything(tmp_path):
    found = charts(make_timings(TIMES, anatomy=True))
    assert list(found) == ["step_time", "first_call", "memory", "anatomy"]
    assert list(charts(make_timings({SMALL: CALLS}))) == ["step_time", "first_call", "steps_per_call"]
    assert all(png.startswith(b"\x89PNG") for png in found.values())


def test_tensorboard_gets_charts_tables_and_times(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    timings = make_timings(TIMES, folder=tmp_path, anatomy=True)
    write_timing_log(timings)
    assert {path.name for path in tmp_path.glob("*.png")} == {
        *("step_time.png", "first_call.png", "memory.png", "anatomy.png")
    }
    assert list_runs(tmp_path) == {
        "times": "8 scalars; text: Answer, How time and memory grow, What is paid for each step, "
        "Where a step's time goes, setting, verdicts; "
        "images: charts/anatomy, charts/first_call, charts/memory, charts/step_time"
    }
    events = EventAccumulator(str(tmp_path / "times"), size_guidance={"tensors": 0}).Reload()
    (steps,) = events.Tensors("What is paid for each step")
    assert "numpy_manual | " in steps.tensor_proto.string_val[0].decode()
    blocks = events.Tensors("step_time_us/4-8-8-1, 8/numpy_manual")
    assert len(blocks) == 60
