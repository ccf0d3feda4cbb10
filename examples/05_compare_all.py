"""All of them on the same parameters and batches: what graphs compare does, in a few lines of Python.

python examples/05_compare_all.py [log folder]
"""

import sys

from rich.console import Console

from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.folders import make_folder
from graphs.reports import comparison as report
from graphs.system.quiet_tensorflow import import_tensorflow_quietly


def main(logdir="logs"):
    import_tensorflow_quietly()
    from graphs.comparison import Plan, compare
    from graphs.event_log.comparison_log import ComparisonLog

    data = load_dataset("breast_cancer")
    # With the graph optimizer off, every graph runs as it was written, and rounds as eager execution does.
    plan = Plan(default_spec(data), data, batch_size=64, epochs=5, optimize_graph=False)
    with ComparisonLog(make_folder(logdir), plan.implementations) as log:
        comparison = compare(plan, [log])

    console = Console(width=120)
    console.print(report.table(comparison))
    for sentence in report.verdict(comparison):
        console.print(sentence)
    print(f"log        graphs board --logdir {logdir}")


if __name__ == "__main__":
    main(*sys.argv[1:])
