"""tf1_session.py runs unchanged on the real TensorFlow 1.15.5 under Python 3.7, and so does all that it imports.

What it computes there is recorded in witness/. Set TENSORFLOW1_PYTHON to a Python 3.7 that has tensorflow==1.15.5 and
it runs there once more.
"""

import ast
import copy
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import HEADS, arrays_of

from graphs import parity
from graphs.implementations import NAMES, load
from graphs.network import (
    DTYPES,
    HIDDEN_ACTIVATIONS,
    OPTIMIZERS,
    Activations,
    Batch,
    NetworkSpec,
    Parameters,
    StepResult,
)

ROOT = Path(__file__).parents[2]
FILES = [
    *(f"graphs/{name}.py" for name in ("__init__", "input_checks", "network", "optimizers", "refusals")),
    *(f"graphs/implementations/{name}.py" for name in ("__init__", "checked_network", "table", "tf1_session")),
]
WITNESS = Path(__file__).parent / "witness"


@pytest.mark.parametrize("file", FILES)
def test_the_syntax_is_that_of_python_3_7(file):
    ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_these_files_import_nothing_else_of_the_package():
    code = (
        "import sys; from graphs.implementations import load; load('tf1_session').Network; "
        "print(*[m for m in sys.modules if 'graphs' in m])"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in FILES]
    assert sorted(name for name in output.split() if name.split(".")[0] == "graphs") == sorted(names)


@pytest.fixture(scope="module")
def recorded():
    return json.loads((WITNESS / "tensorflow_1_15_5.json").read_text(encoding="utf-8"))


def test_the_record_is_of_the_real_one_and_complete(recorded):
    assert recorded["versions"]["tensorflow"] == "1.15.5"
    specs = [case["spec"] for case in recorded["cases"]]
    kinds = [(s["dtype"], s["hidden_activation"], s["output_activation"], s["loss"]) for s in specs if "loss" in s]
    heads = itertools.product(DTYPES, HIDDEN_ACTIVATIONS, HEADS)
    assert sorted(kinds) == sorted((dtype, hidden, *head) for dtype, hidden, head in heads)
    assert [spec["optimizer"] for spec in specs if "optimizer" in spec] == list(OPTIMIZERS)


def load_case(recorded, case):
    """(spec, parameters, batch) that a case was recorded with."""
    spec = NetworkSpec(tuple(recorded["layer_sizes"]), **case["spec"])
    arrays = (recorded["inputs"]["inputs"], recorded["inputs"]["targets"][spec.loss])
    parameters = Parameters(*(np.array(array, spec.dtype) for array in recorded["inputs"]["parameters"]))
    return spec, parameters, Batch(*(np.array(array, spec.dtype) for array in arrays))


def recorded_result(spec, case):
    """The StepResult of a case."""
    activations, loss, gradients = case["result"]
    return StepResult(
        Activations(*(np.array(array, spec.dtype) for array in activations)),
        np.array(loss, spec.dtype),
        Parameters(*(np.array(array, spec.dtype) for array in gradients)),
    )


def disagreements(recorded, name, cases):
    """Where an implementation of today, or TensorFlow 1.15.5, is further from what is right than rounding explains."""
    for case in cases:
        spec, parameters, batch = load_case(recorded, case)
        with load(name).Network(spec, parameters) as network:
            today = network.evaluate(batch)
            last_loss = network.train_steps(batch, recorded["steps"]) if "state" in case else None
            state = network.state()
        for result in (today, recorded_result(spec, case)):
            for one in parity.judge(spec, parameters, batch, result):
                if not parity.holds([one]):
                    yield spec, one.name
        if "state" in case:
            if last_loss is None or abs(last_loss - case["last_loss"]) > 1e-12:
                yield spec, "the loss before the last step"
            parameters_then, slots_then = case["state"]
            then = [*parameters_then, *itertools.chain(*slots_then)]
            states = zip(arrays_of((state.parameters, *state.slots)), then, strict=True)
            # Three steps from the same start, so a last bit of the first is in what the third divides by.
            if not all(np.allclose(ours, theirs, rtol=1e-12, atol=1e-12) for ours, theirs in states):
                yield spec, "state"


@pytest.mark.parametrize("name", NAMES)
def test_today_agrees_with_the_record(name, recorded):
    assert list(disagreements(recorded, name, cases_for(name, recorded))) == []


def cases_for(name, recorded):
    """All of them, but for those whose graph has to be built, traced or compiled anew for each: of the 96 kinds every
    fifth or seventh, which takes every head in turn, and all optimizers. That the others compute the same as NumPy is
    tested in test_matrix.py.
    """
    stride = {"tf1_session": 5, "tf2_function": 5, "tf2_xla": 7}.get(name, 1)
    kinds = [case for case in recorded["cases"] if "optimizer" not in case["spec"]]
    return kinds[::stride] + [case for case in recorded["cases"] if "optimizer" in case["spec"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_head_and_optimizer_is_compared(name, recorded):
    specs = [case["spec"] for case in cases_for(name, recorded)]
    assert {(s["output_activation"], s["loss"]) for s in specs if "loss" in s} == set(HEADS)
    assert {s["optimizer"] for s in specs if "optimizer" in s} == set(OPTIMIZERS)


@pytest.mark.parametrize("part", ["activations", "loss", "gradients", "state"])
def test_a_record_that_is_not_right_is_noticed(part, recorded):
    case = copy.deepcopy(next(case for case in recorded["cases"] if "state" in case))
    arrays = {**dict(zip(["activations", "loss", "gradients"], case["result"], strict=True)), "state": case["state"][0]}
    if part == "loss":
        case["result"][1] *= 1 + 1e-12
    else:
        arrays[part][1][0] = np.multiply(arrays[part][1][0], 1 + 1e-10).tolist()
    assert [tensor for _, tensor in disagreements(recorded, "numpy_manual", [case])] != []


def test_the_real_tensorflow_1_agrees():
    python = os.environ.get("TENSORFLOW1_PYTHON")
    if not python:
        pytest.skip("TENSORFLOW1_PYTHON names no Python 3.7 with tensorflow==1.15.5")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [python, "-W", "ignore", str(WITNESS / "record.py")]
    live = json.loads(subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True, check=True).stdout)
    assert live["versions"]["tensorflow"] == "1.15.5"
    for name in ("numpy_manual", "tf1_session"):
        assert list(disagreements(live, name, live["cases"])) == []
