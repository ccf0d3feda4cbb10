"""The log of a timing: charts as files, and charts and tables for TensorBoard."""

import struct

from graphs.event_log.event_file import RunLog
from graphs.reports.markdown import markdown_table
from graphs.reports.timing import answer, crossover_sentences, legend, setting_lines, tables, verdicts
from graphs.reports.timing_charts import charts
from graphs.system.output_file import write_whole

RUN = "times"


def write_timing_log(timings, details=False):
    """Write the log into the folder of a Timings; details: with what is paid once.

    Raises OSError or ValueError if that fails.
    """
    pictures = charts(timings)
    for name, png in pictures.items():
        write_whole("logdir", timings.folder / f"{name}.png", png)
    run = RunLog(timings.folder / RUN)
    for name, png in pictures.items():
        run.image(f"charts/{name}", png, *_size(png))  # in one group, which the page unfolds
    run.text("Answer", _list(answer(timings)))  # the page begins with capitals, in alphabetical order
    run.text("setting", _list(setting_lines(timings)))
    for title, header, sections in tables(timings, details):
        parts = [f"**{size}**\n\n{markdown_table(header, rows)}" for size, rows in sections]
        run.text(title, "\n\n".join([*parts, _list(legend(timings, details))]))
    told = [f"**{title}**\n\n{_list(sentences)}" for title, sentences in verdicts(timings)]
    turns = crossover_sentences(timings)
    run.text("verdicts", "\n\n".join([*told, *([f"**Where the order changes**\n\n{_list(turns)}"] if turns else [])]))
    for row in timings.rows.values():
        blocks = [us for process in row.blocks for us in process]
        for number, us in enumerate(blocks):
            run.scalars(number, {f"step_time_us/{row.cell}/{row.series}": us})
    run.close()


def _list(lines):
    return "\n".join(f"- {line}" for line in lines)


def _size(png):
    """(width, height) of a PNG file, from its first chunk: ISO/IEC 15948, 11.2.2."""
    return struct.unpack(">II", png[16:24])
