"""Record what tf1_session.py computes on the real TensorFlow 1.15.5, for the tests to compare with.

With a Python 3.7 that has tensorflow==1.15.5 and protobuf<3.21, from the project's folder:

    PYTHONPATH=.:tests/support python3.7 tests/implementations/witness/record.py > tensorflow_1_15_5.json

NumPy's generators are not the same in every version, so the inputs are recorded, too. Each number is written with as
many digits as its dtype needs to come back bit for bit.
"""

import itertools
import json
import platform
import sys

import numpy as np
import tensorflow as tf
from samples import HEADS

from graphs.implementations import load
from graphs.network import DTYPES, HIDDEN_ACTIVATIONS, OPTIMIZERS, Batch, NetworkSpec, Parameters, parameter_shapes

LAYER_SIZES = (3, 4, 3, 2)
BATCH_SIZE = 4
STEPS = 3


def cases():
    """The fields of each spec: all activations with all losses in both dtypes, and all optimizers in float64, since in
    float32 a few steps already make more of a last bit than a comparison can bear.
    """
    for dtype in DTYPES:
        for hidden_activation, (output_activation, loss) in itertools.product(HIDDEN_ACTIVATIONS, HEADS):
            yield {
                "hidden_activation": hidden_activation,
                "output_activation": output_activation,
                "loss": loss,
                "dtype": dtype,
            }
    for optimizer in OPTIMIZERS:
        yield {"optimizer": optimizer, "learning_rate": 0.01, "dtype": "float64"}


def make_inputs():
    """Parameters, inputs and the targets of each loss, as float32 so that both dtypes can hold them."""
    generator = np.random.RandomState(0)
    shapes = parameter_shapes(NetworkSpec(LAYER_SIZES))
    classes = LAYER_SIZES[-1]
    numbers = generator.normal(size=(BATCH_SIZE, classes))
    one_hot = np.eye(classes)[generator.randint(0, classes, BATCH_SIZE)]
    targets = {
        "mean_squared_error": numbers,
        "mean_absolute_error": numbers,
        "binary_crossentropy": generator.randint(0, 2, (BATCH_SIZE, classes)),
        "categorical_crossentropy": one_hot,
    }
    return {
        "parameters": [to_lists(generator.normal(size=shape).astype("float32")) for shape in shapes],
        "inputs": to_lists(generator.normal(size=(BATCH_SIZE, LAYER_SIZES[0])).astype("float32")),
        "targets": {loss: to_lists(array.astype("float32")) for loss, array in targets.items()},
    }


def to_lists(structure):
    if isinstance(structure, tuple) or np.ndim(structure) > 0:
        return [to_lists(part) for part in structure]
    return float(str(structure))


def record(fields, inputs):
    """The StepResult of one batch and, where an optimizer is given, the parameters and slots after some steps."""
    spec = NetworkSpec(LAYER_SIZES, **fields)
    parameters = Parameters(*(np.array(array, spec.dtype) for array in inputs["parameters"]))
    batch = Batch(np.array(inputs["inputs"], spec.dtype), np.array(inputs["targets"][spec.loss], spec.dtype))
    with load("tf1_session").Network(spec, parameters) as network:
        found = {"spec": fields, "result": to_lists(network.evaluate(batch))}
        if "optimizer" in fields:
            found["last_loss"] = to_lists(network.train_steps(batch, STEPS))
            state = network.state()
            found["state"] = [to_lists(state.parameters), to_lists(state.slots)]
    return found


def main():
    inputs = make_inputs()
    recorded = {
        "versions": {
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "machine": platform.machine(),
        },
        "layer_sizes": LAYER_SIZES,
        "steps": STEPS,
        "inputs": inputs,
    }
    lines = [json.dumps(record(fields, inputs)) for fields in cases()]
    head = json.dumps(recorded)
    # A line for each case: what changes when it is recorded again can be read in a diff.
    sys.stdout.write(head[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
