"""TensorFlow 2, @tf.function: the first call traces the eager text into a graph, every call runs that graph.

Read it beside graphs/implementations/tf2_function.py.   python examples/04_tf2_function.py [log folder]
"""

import statistics
import sys
import time

from graphs.data.datasets import default_spec, load_dataset, minibatches
from graphs.event_log.folders import make_folder
from graphs.implementations import load
from graphs.inspection.graph_def import step_graph_def
from graphs.network import initial_parameters
from graphs.reports.markdown import shapes_table
from graphs.system.quiet_tensorflow import import_tensorflow_quietly


def main(logdir="logs"):
    import_tensorflow_quietly()
    from graphs.event_log.event_file import RunLog

    digits = load_dataset("digits")
    spec = default_spec(digits)
    batch = minibatches(digits.train, size=64, seed=0)[0]

    with load("tf2_function").Network(spec, initial_parameters(spec, seed=0)) as network:
        first_call_ms, loss = timed_ms(lambda: network.train_step(batch))
        print(f"traced     the first call took {first_call_ms:.0f} ms: Python ran the text once, to record it")
        inputs = network.graph.get_tensor_by_name("inputs:0")
        print(f"           a graph of {len(network.graph.get_operations())} operations; inputs is {inputs.shape}")

        calls = [timed_ms(lambda: network.train_step(batch)) for _ in range(19)]
        losses = [loss, *(loss for _, loss in calls)]
        median_ms = statistics.median(milliseconds for milliseconds, _ in calls)
        print(f"run        19 more took {median_ms:.2f} ms each (median): they ran the graph")
        print(f"came back  NumPy: {type(losses[-1]).__name__}, from {losses[0]:.6f} to {losses[-1]:.6f}")

        smaller = minibatches(digits.train, size=10, seed=0)[0]
        other_size_ms, _ = timed_ms(lambda: network.train_step(smaller))
        print(f"           a batch of another size took {other_size_ms:.2f} ms: the same graph, not traced again")

        run = RunLog(make_folder(logdir, "04_tf2_function"))
        run.graph(step_graph_def(network.graph))
        run.text("shapes/step", shapes_table(network, batch))
        for step, loss in enumerate(losses):
            run.scalars(step, {"train/loss": loss})
        run.close()
    print(f"log        tensorboard --logdir {run.folder}")


def timed_ms(action):
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1e3, result


if __name__ == "__main__":
    main(*sys.argv[1:])
