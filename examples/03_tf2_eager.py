"""TensorFlow 2, eager: every operation runs when Python reaches it, and a tape keeps what the gradients need.

Read it beside graphs/implementations/tf2_eager.py.   python examples/03_tf2_eager.py [log folder]
"""

import sys

from graphs.data.datasets import default_spec, load_dataset, minibatches
from graphs.event_log.folders import make_folder
from graphs.implementations import load, text
from graphs.network import initial_parameters
from graphs.reports.markdown import shapes_table
from graphs.system.quiet_tensorflow import import_tensorflow_quietly


def main(logdir="logs"):
    import_tensorflow_quietly()
    import tensorflow as tf

    from graphs.event_log.event_file import RunLog
    from graphs.inspection.inspect_step import distinct_state
    from graphs.inspection.recorded_step import ObservedEager

    digits = load_dataset("digits")
    spec = default_spec(digits)
    parameters = initial_parameters(spec, seed=0)
    batch = minibatches(digits.train, size=64, seed=0)[0]

    with tf.GradientTape() as tape:
        weights1 = tf.Variable(parameters.weights1)
        hidden1 = text("tf2_eager").forward(spec, parameters._replace(weights1=weights1), batch.inputs).hidden1
    print(f"at once    one line of Python gave hidden1 {hidden1.shape}; its first value is {hidden1[0, 0]:.6f} already")
    gradient = tape.gradient(hidden1, weights1)
    print(f"           the tape can differentiate it: the gradient of weights1 is {gradient.shape}")

    with load("tf2_eager").Network(spec, parameters) as network:
        print(f"built      {len(network.parameters())} variables; network.graph is {network.graph}")
        result = network.evaluate(batch)
        print(f"run        evaluate: its operations ran one after the other; the loss is {result.loss:.6f}")
        losses = [network.train_step(batch) for _ in range(20)]
        print(f"run        20 times train_step: loss {losses[0]:.6f} to {losses[-1]:.6f}")

        run = RunLog(make_folder(logdir, "03_tf2_eager"))
        run.text("shapes/step", shapes_table(network, batch))

    # There is no graph, but the operations of a step can be recorded while they run, and drawn as one.
    with ObservedEager("tf2_eager", spec, distinct_state(spec, seed=0)) as network:
        recorded = network.recorded_step(batch)
    print(f"recorded   one more train_step: {len(recorded.node)} nodes, the last of them {recorded.node[-1].name}")
    run.graph(recorded)
    for step, loss in enumerate(losses):
        run.scalars(step, {"train/loss": loss})
    run.close()
    print(f"log        tensorboard --logdir {run.folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
