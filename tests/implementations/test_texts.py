"""The implementations are parallel texts: a reader who lays two of them side by side sees only what differs in kind."""

import ast
import difflib
import inspect
from pathlib import Path

import pytest

import graphs
from graphs.implementations import NAMES, load, numpy_manual, tf1_session, tf2_eager, tf2_function
from graphs.implementations.table import IMPLEMENTATIONS

TENSORFLOW = (tf1_session, tf2_eager, tf2_function)

FUNCTIONS = [
    "forward",
    "mean_squared_error",
    "mean_absolute_error",
    "binary_crossentropy",
    "categorical_crossentropy",
    "evaluate",
    "update",
    "train_step",
    "train_steps",
    "make_variables",
]
METHODS = ["__init__", "predict", "evaluate", "train_step", "train_steps", "state", "restore"]

# All that may stand in one file and not in all.
EXTRA = {
    numpy_manual: ["identity", "sigmoid", "tanh", "relu", "softmax", "d_logits_of", "backward"],
    tf1_session: ["make_placeholders", "Execution.close"],
    tf2_eager: ["to_numpy"],
    tf2_function: ["to_numpy"],
}


def definitions(module):
    """{name: node} of the functions and classes of a file, in order; methods of Execution as Execution.name."""
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}": method for method in methods}
    return found


def sources(module):
    """{name: source} of the same, but for the class as a whole."""
    text = inspect.getsource(module)
    return {
        name: ast.get_source_segment(text, node)
        for name, node in definitions(module).items()
        if not isinstance(node, ast.ClassDef)
    }


def table(module, name):
    text = inspect.getsource(module)
    (node,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return ast.get_source_segment(text, node)


def differing_lines(ours, theirs):
    """Lines that stand in one of two files only."""
    one, other = (inspect.getsource(module).splitlines() for module in (ours, theirs))
    return [line for line in difflib.ndiff(one, other) if line[0] in "-+"]


@pytest.mark.parametrize("module", EXTRA, ids=lambda module: module.__name__)
def test_the_same_names_in_the_same_order(module):
    names = [name for name in definitions(module) if name not in EXTRA[module]]
    assert names == [*FUNCTIONS, "Execution", *(f"Execution.{name}" for name in METHODS)]


def test_the_same_function_stands_at_the_same_height():
    for name in FUNCTIONS[: FUNCTIONS.index("evaluate") + 1]:
        heights = [definitions(module)[name].lineno for module in EXTRA]
        assert max(heights) - min(heights) <= 1, (name, heights)  # one line for the import of the decorator
    for name in (*FUNCTIONS, "Execution"):
        heights = [definitions(module)[name].lineno for module in (tf2_eager, tf2_function)]
        assert 0 <= heights[1] - heights[0] <= 4, (name, heights)  # the loop in the graph takes three more


@pytest.mark.parametrize("name", FUNCTIONS[:5])
def test_the_mathematics_is_one_text_in_tensorflow(name):
    assert len({sources(module)[name] for module in TENSORFLOW}) == 1


def test_tables_are_one_text():
    assert len({table(module, "ACTIVATIONS") for module in TENSORFLOW}) == 1
    assert len({table(module, "LOSSES") for module in EXTRA}) == 1


def test_the_function_is_the_eager_text_but_for_this_list():
    eager, function = sources(tf2_eager), sources(tf2_function)
    different = [name for name in eager if eager[name] != function[name]]
    assert different == ["train_steps", "Execution.__init__"]
    loop = [line for line in function["train_steps"].splitlines() if "#" not in line]
    assert loop[2:4] + loop[5:6] == ["    i = tf.constant(0)", "    while i < n:", "        i += 1"]
    assert [*loop[:2], "    for _ in range(n):", loop[4], *loop[6:]] == eager["train_steps"].splitlines()
    added = [line.strip() for line in function["Execution.__init__"].splitlines()]
    for line in eager["Execution.__init__"].splitlines()[1:]:
        added.remove(line.strip())
    decorators = [line for line in added if line.startswith("@tf.function(input_signature=[")]
    assert len(decorators) == 4
    assert all(line.endswith("], jit_compile=jit_compile)") for line in decorators)
    statements = [line for line in added if line not in decorators and not line.startswith("#")]
    assert [line.split(" = ")[0] for line in statements] == [
        "def __init__(self, spec, state, jit_compile=False):",
        *("sizes", "inputs", "targets", "n"),
        *["@concrete"] * 4,
    ]
    assert len(differing_lines(tf2_eager, tf2_function)) <= 30


def test_the_session_is_the_eager_text_but_for_this_list():
    session, eager = sources(tf1_session), sources(tf2_eager)
    different = [name for name in session if name in eager and session[name] != eager[name]]
    assert different == [
        *("evaluate", "update", "train_step", "train_steps", "make_variables"),
        *(f"Execution.{name}" for name in METHODS),
    ]


@pytest.mark.parametrize("module", EXTRA, ids=lambda module: module.__name__)
def test_a_text_fits_beside_another_on_a_projector(module):
    lines = inspect.getsource(module).splitlines()
    assert max(map(len, lines)) <= 88
    assert len(lines) <= (200 if module is numpy_manual else 165)


@pytest.mark.parametrize("method", METHODS)
def test_methods_have_one_signature(method):
    signatures = {str(inspect.signature(getattr(module.Execution, method))) for module in EXTRA}
    if method == "__init__":
        signatures -= {"(self, spec, state, optimize_graph=True)", "(self, spec, state, jit_compile=False)"}
    assert len(signatures) == 1


@pytest.mark.parametrize("module", EXTRA, ids=lambda module: module.__name__)
def test_an_implementation_holds_its_text_and_nothing_else(module):
    text = inspect.getsource(module)
    for word in ("import time", "perf_counter", "tf.summary", "FileWriter", "tensorboard", "check_", "raise", "assert"):
        assert word not in text


@pytest.mark.parametrize("name", NAMES)
def test_every_network_is_the_one_network(name):
    network = load(name).Network
    assert network is load(name).Network
    assert str(inspect.signature(network)) == "(spec, parameters, optimize_graph=True)"
    for method in (*METHODS[1:], "parameters", "close", "graph", "loop_graph", "trace_count"):
        assert inspect.getdoc(getattr(network, method))
    assert "NumPy in, NumPy out" in (network.__doc__ or "")


def names_in(path):
    """What names an implementation in a file, but for docstrings and comments: strings, names and imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # A docstring is an expression that is nothing but a string.
    docstrings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    words = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            words.append(node.value)
        if isinstance(node, ast.Name):
            words.append(node.id)
        if isinstance(node, ast.Attribute):
            words.append(node.attr)
        if isinstance(node, ast.alias):
            words.append(node.name)
        if isinstance(node, ast.ImportFrom):
            words.append(node.module or "")
    known = {*NAMES, *(implementation.module for implementation in IMPLEMENTATIONS.values())}
    return sorted({name for name in known for word in words if name in word})


def test_no_other_file_names_an_implementation():
    folder = Path(graphs.__file__).parent
    table_file = folder / "implementations" / "table.py"
    assert names_in(table_file) == sorted(NAMES)
    others = {path: names_in(path) for path in folder.rglob("*.py") if path != table_file}
    assert len(others) > 50
    assert {path.name: names for path, names in others.items() if names} == {}
