"""NumPy by hand: nothing is built, every line computes when it is reached, and the backward pass is written out.

Read it beside graphs/implementations/numpy_manual.py.   python examples/01_numpy_manual.py [log folder]
"""

import sys

from graphs.data.datasets import default_spec, load_dataset, minibatches
from graphs.event_log.folders import make_folder
from graphs.implementations import load
from graphs.network import initial_parameters
from graphs.reports.markdown import shapes_table
from graphs.system.quiet_tensorflow import import_tensorflow_quietly


def main(logdir="logs"):
    digits = load_dataset("digits")
    spec = default_spec(digits)
    batch = minibatches(digits.train, size=64, seed=0)[0]

    with load("numpy_manual").Network(spec, initial_parameters(spec, seed=0)) as network:
        print(f"built      {len(network.parameters())} arrays of parameters; network.graph is {network.graph}")

        result = network.evaluate(batch)
        loss, outputs, gradient = result.loss, result.activations.outputs, result.gradients.weights1
        print("run        evaluate: forward, and backward")
        print(f"came back  the loss {loss:.6f}, outputs {outputs.shape}, the gradient of weights1 {gradient.shape}")

        losses = [network.train_step(batch) for _ in range(20)]
        print(f"run        20 times train_step: loss {losses[0]:.6f} to {losses[-1]:.6f}")
        shapes = shapes_table(network, batch)

    # TensorFlow appears only here, to write the log.
    import_tensorflow_quietly()
    from graphs.event_log.event_file import RunLog

    run = RunLog(make_folder(logdir, "01_numpy_manual"))
    run.text("shapes/step", shapes)
    for step, loss in enumerate(losses):
        run.scalars(step, {"train/loss": loss})
    run.close()
    print(f"log        tensorboard --logdir {run.folder}   (no graph: there is none)")


if __name__ == "__main__":
    main(*sys.argv[1:])
