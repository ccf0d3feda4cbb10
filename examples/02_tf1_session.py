"""TensorFlow 1: Python builds the graph once, then a session runs the parts of it that are fetched.

Read it beside graphs/implementations/tf1_session.py.   python examples/02_tf1_session.py [log folder]
"""

import sys

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

    with load("tf1_session").Network(spec, initial_parameters(spec, seed=0)) as network:
        built = len(network.graph.get_operations())
        inputs = network.graph.get_tensor_by_name("inputs:0")
        print(
            f"built      a graph of {built} operations, before any data came; inputs is {inputs.shape}, a placeholder"
        )

        result = network.evaluate(batch)
        print(f"run        session.run fetched activations, loss and gradients; the loss is {result.loss:.6f}")
        print(f"came back  NumPy arrays: outputs {result.activations.outputs.shape}, {type(result.loss).__name__}")

        losses = [network.train_step(batch) for _ in range(20)]
        print(f"run        20 times session.run of loss and train_op: {losses[0]:.6f} to {losses[-1]:.6f}")
        print(f"           the graph still has {len(network.graph.get_operations())} operations: {built} were enough")

        run = RunLog(make_folder(logdir, "02_tf1_session"))
        run.graph(step_graph_def(network.graph))
        run.text("shapes/step", shapes_table(network, batch))
        for step, loss in enumerate(losses):
            run.scalars(step, {"train/loss": loss})
        run.close()
    print(f"log        tensorboard --logdir {run.folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
