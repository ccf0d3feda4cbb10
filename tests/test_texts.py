"""The implementations are parallel texts: a reader who lays two of them side by side sees only what differs in kind."""

import ast
import inspect

import pytest

from graphs.implementations import NAMES, load, numpy_manual, tf1_session, tf2_eager, tf2_function

TENSORFLOW = (tf1_session, tf2_eager, tf2_function)

MATHEMATICS = [
    *("forward", "mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy"),
    *("evaluate", "update", "train_step", "train_steps", "make_variables"),
]
METHODS = [
    *("__init__", "predict", "evaluate", "train_step", "train_steps", "parameters", "state", "restore", "close"),
    *("__enter__", "__exit__"),
]

# All that may stand in one file and in no other.
EXTRA = {
    numpy_manual: ["identity", "sigmoid", "tanh", "relu", "softmax", "d_logits_of", "backward"],
    tf1_session: ["make_placeholders", "graph", "loop_graph"],
    tf2_eager: ["to_numpy"],
    tf2_function: ["to_numpy", "Traced", "graph", "loop_graph", "trace_count"],
}


def definitions(module):
    """{name: source} of the functions and classes of a file, in order; of Network, its methods as Network.name."""
    text = inspect.getsource(module)
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.get_source_segment(text, node)
        if isinstance(node, ast.ClassDef) and node.name == "Network":
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found |= {f"Network.{method.name}": ast.get_source_segment(text, method) for method in methods}
            found["Network"] = ast.get_docstring(node)
    return found


def constant(module, name):
    text = inspect.getsource(module)
    (node,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return ast.get_source_segment(text, node)


@pytest.mark.parametrize("module", EXTRA, ids=lambda module: module.__name__)
def test_the_same_names_in_the_same_order(module):
    names = [name for name in definitions(module) if name.removeprefix("Network.") not in EXTRA[module]]
    assert names == [*MATHEMATICS, "Network", *(f"Network.{name}" for name in METHODS)]


@pytest.mark.parametrize("name", MATHEMATICS[:5])
def test_the_mathematics_is_one_text_in_tensorflow(name):
    assert len({definitions(module)[name] for module in TENSORFLOW}) == 1


def test_tables_are_one_text():
    assert len({constant(module, "ACTIVATIONS") for module in TENSORFLOW}) == 1
    assert len({constant(module, "LOSSES") for module in EXTRA}) == 1


def test_the_function_is_the_eager_text_but_for_this_list():
    eager, function = definitions(tf2_eager), definitions(tf2_function)
    different = [name for name in eager if eager[name] != function[name]]
    assert different == ["train_steps", "Network", "Network.__init__"]
    loop = [line for line in function["train_steps"].splitlines() if "#" not in line]
    assert loop[2:4] + loop[5:6] == ["    i = tf.constant(0)", "    while i < n:", "        i += 1"]
    assert [*loop[:2], "    for _ in range(n):", loop[4], *loop[6:]] == eager["train_steps"].splitlines()


def test_the_session_is_the_eager_text_but_for_this_list():
    session, eager = definitions(tf1_session), definitions(tf2_eager)
    different = [name for name in session if name in eager and session[name] != eager[name]]
    assert different == [
        *("evaluate", "update", "train_step", "train_steps", "make_variables", "Network"),
        *(f"Network.{name}" for name in METHODS if name not in ("parameters", "__enter__", "__exit__")),
    ]


@pytest.mark.parametrize("method", METHODS)
def test_methods_have_one_signature_and_one_docstring(method):
    networks = [load(name).Network for name in NAMES if name != "tf2_xla"]
    signatures = {str(inspect.signature(getattr(network, method))) for network in networks}
    if method == "__init__":
        signatures.remove("(self, spec, parameters, optimize_graph=True, jit_compile=False)")
    assert len(signatures) == 1
    if method != "__init__":
        assert len({getattr(network, method).__doc__ for network in networks}) == 1


@pytest.mark.parametrize("module", EXTRA, ids=lambda module: module.__name__)
def test_no_implementation_knows_clocks_or_logs(module):
    text = inspect.getsource(module)
    for word in ("import time", "perf_counter", "tf.summary", "FileWriter", "tensorboard"):
        assert word not in text
