"""tf1_session.py runs unchanged on the real TensorFlow 1.15.5 under Python 3.7, and so does all that it imports.

Set TENSORFLOW1_PYTHON to a Python 3.7 that has tensorflow==1.15.5 to see it run.
"""

import ast
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import HEADS, arrays_of, make_batch, make_parameters, make_spec

from graphs import parity
from graphs.implementations import load
from graphs.network import DTYPES, OPTIMIZERS

ROOT = Path(__file__).parent.parent
FILES = [
    *("graphs/__init__.py", "graphs/network.py", "graphs/optimizers.py"),
    *("graphs/implementations/__init__.py", "graphs/implementations/tf1_session.py"),
]
# Numbers travel as JSON, which keeps every bit of a float; pickled arrays do not cross from NumPy 2 to NumPy 1.
SCRIPT = """
import json, sys
import numpy as np
import tensorflow
from graphs.implementations import load
from graphs.network import Batch, NetworkSpec, Parameters

def to_lists(structure):
    return [to_lists(part) for part in structure] if isinstance(structure, tuple) else structure.tolist()

results = []
for fields, parameters, batch in json.load(sys.stdin):
    spec = NetworkSpec(**fields)
    parameters = Parameters(*(np.array(array, spec.dtype) for array in parameters))
    batch = Batch(*(np.array(array, spec.dtype) for array in batch))
    with load("tf1_session").Network(spec, parameters) as network:
        result, loss = network.evaluate(batch), network.train_steps(batch, 3)
        results.append([to_lists(result), float(loss), to_lists(network.parameters())])
json.dump([tensorflow.__version__, results], sys.stdout)
"""


@pytest.mark.parametrize("file", FILES)
def test_the_syntax_is_that_of_python_3_7(file):
    ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_these_files_import_nothing_else_of_the_package():
    code = "import sys; import graphs.implementations.tf1_session; print(*[m for m in sys.modules if 'graphs' in m])"
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in FILES]
    assert sorted(name for name in output.split() if name.split(".")[0] == "graphs") == sorted(names)


def test_the_real_tensorflow_1_agrees():
    python = os.environ.get("TENSORFLOW1_PYTHON")
    if not python:
        pytest.skip("TENSORFLOW1_PYTHON names no Python 3.7 with tensorflow==1.15.5")
    specs = [
        make_spec(output_activation=output_activation, loss=loss, optimizer=optimizer, dtype=dtype)
        for optimizer in OPTIMIZERS
        for dtype in DTYPES
        for output_activation, loss in HEADS
    ]
    cases = [
        (
            dataclasses.asdict(spec),
            *([array.tolist() for array in part] for part in (make_parameters(spec), make_batch(spec))),
        )
        for spec in specs
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    finished = subprocess.run(
        [python, "-W", "ignore", "-c", SCRIPT],
        input=json.dumps(cases),
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        check=True,
    )
    version, results = json.loads(finished.stdout)
    assert version == "1.15.5"
    for spec, (result, last_loss, parameters) in zip(specs, results, strict=True):
        tolerance = parity.TOLERANCES[spec.dtype].error
        magnitudes = parity.magnitudes(spec, make_parameters(spec), make_batch(spec))
        activations, loss, gradients = result
        with load("tf1_session").Network(spec, make_parameters(spec)) as network:
            today = arrays_of(network.evaluate(make_batch(spec)))
            then = [*activations, loss, *gradients]
            for ours, theirs, magnitude in zip(today, then, arrays_of(magnitudes), strict=True):
                assert parity.scaled_error(ours, theirs, magnitude) <= tolerance
            # In float32 the first steps of RMSProp, which divide by tiny roots, make more of a last bit.
            if spec.dtype == "float64":
                assert network.train_steps(make_batch(spec), 3) == pytest.approx(last_loss, rel=1e-12)
                for ours, theirs in zip(network.parameters(), parameters, strict=True):
                    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
