"""Every pitfall runs and prints what its docstring says, leaves TensorFlow as it was, and stops if it is wrong."""

import pitfalls
import pytest
import tensorflow as tf
from shown_output import as_shown

PITFALLS = pitfalls.paths()

# All in one process, one after the other: TensorFlow is imported once.
pytestmark = pytest.mark.xdist_group("pitfalls")


@pytest.mark.parametrize("path", PITFALLS, ids=lambda path: path.stem)
def test_a_pitfall_prints_what_its_docstring_says(path, run):
    before = tf.config.optimizer.get_experimental_options()
    output, errors = run(path)
    assert errors == ""
    pitfall = pitfalls.read_pitfall(path)
    assert pitfall.command == f".venv/bin/python examples/pitfalls/{path.name}"
    assert as_shown(output.splitlines(), pitfall.output) == pitfall.output
    assert tf.config.optimizer.get_experimental_options() == before


# A pitfall, one of its lines, and a wrong one in its place.
BROKEN = [
    # The wrong way is the right one.
    ("adagrad_epsilon", "apart = distance(tf1, keras())", "apart = distance(tf1, keras(epsilon=0.0))"),
    ("adam_epsilon", "own_epsilon = gap(EXACT)", "own_epsilon = gap(EXACT, epsilon=EPSILON)"),
    ("adam_epsilon", "rounded = gap(ROUNDED", "rounded = gap(EXACT"),
    ("crossentropy_at_zero", "gradient(elementary, 0.0)", "gradient(from_tensorflow, 0.0)"),
    (
        "crossentropy_saturation",
        "log_loss(TARGET, tf.sigmoid(logits))",
        "sigmoid_cross_entropy(TARGET, logits)",
    ),
    ("division_by_root", "return gradient / tf.sqrt(mean_square)", "return gradient / mean_square"),
    ("fetch_order", "value_first, use_resource=False", "value_first, use_resource=True"),
    ("float32_hyperparameters", "rmsprop_gap(0.9)", "rmsprop_gap(np.float64(0.9))"),
    ("float32_hyperparameters", "adagrad_gap(0.1)", "adagrad_gap(np.float64(0.1))"),
    ("momentum_learning_rate", "keras(HALVED))", "keras(HALVED, scale_velocity=True))"),
    ("nan_through_relu", "gradient_below_nan(tf.nn.relu)", "gradient_below_nan(leaky_relu)"),
    ("nan_through_relu", "not math.isnan(compiled(tf.nn.relu6, NAN))", "not math.isnan(compiled(relu6, NAN))"),
    ("random_seed", "largest(run(), eager())", "largest(run(OPERATION_SEED), eager(OPERATION_SEED))"),
    ("random_seed", "largest(compiled(stateless), stateless())", "largest(stateless(), stateless())"),
    ("reciprocal", "return 1 / (1 / x)", "return 1 / x"),
    ("nodes_added_in_the_loop", "session.run(total / 4, feed), 2)", "session.run(mean, feed), 2)"),
    (
        "update_that_is_never_fetched",
        "losses = [session.run(loss).item() for _ in range(4)]",
        "losses = [session.run([loss, train_op])[0].item() for _ in range(4)]",
    ),
    (
        "new_shape_retraces",
        "wrong = tf.function(mean_of_rows)",
        "wrong = tf.function(mean_of_rows, reduce_retracing=True)",
    ),
    ("print_happens_at_tracing", "        wrong(batch)", "        wrong.python_function(batch)"),
    ("if_on_symbolic_tensor", "tf.function(flipped, autograph=False)", "tf.function(flipped)"),
    ("softmax_twice", "with_logits(target, tf.nn.softmax(logits)).numpy())", "with_logits(target, logits).numpy())"),
    # The right way is the wrong one.
    ("adagrad_epsilon", "keras(epsilon=0.0)", "keras()"),
    ("adam_epsilon", "exact = gap(EXACT", "exact = gap(ROUNDED"),
    ("crossentropy_saturation", "(from_logits=True)(TARGET, logits)", "()(TARGET, tf.sigmoid(logits))"),
    ("division_by_root", '{"arithmetic_optimization": False}', '{"remapping": False}'),
    ("fetch_order", "tf1.control_dependencies([value])", "tf1.control_dependencies([])"),
    ("momentum_learning_rate", "rates[step] / rates[step - 1]", "rates[step - 1] / rates[step]"),
    ("rmsprop_slots", "tf.ones_like(x)", "tf.zeros_like(x)"),
    ("reciprocal", '{"constant_folding": False}', '{"remapping": False}'),
]


@pytest.mark.parametrize(("stem", "line", "wrong"), BROKEN)
def test_a_pitfall_that_is_wrong_stops(stem, line, wrong, tmp_path, run):
    text = (pitfalls.FOLDER / f"{stem}.py").read_text(encoding="utf-8")
    assert text.count(line) == 1
    broken = tmp_path / f"{stem}.py"
    broken.write_text(text.replace(line, wrong), encoding="utf-8")
    with pytest.raises(AssertionError):
        run(broken)


def test_the_index_is_made_from_the_pitfalls():
    assert pitfalls.PAGE.read_text(encoding="utf-8") == pitfalls.page(), "run python tools/pitfalls.py"
    assert all(pitfalls.index().count(f"[{path.stem}]") == 1 for path in PITFALLS)


def test_a_docstring_without_one_of_its_parts_is_refused(tmp_path):
    text = PITFALLS[0].read_text(encoding="utf-8")
    broken = tmp_path / "broken.py"
    for part, wrong in (("\nAnswer: ", "\nAnser: "), ("Theme: ", "Theme: un"), ("\nWhy: ", "\nHow: ")):
        broken.write_text(text.replace(part, wrong, 1), encoding="utf-8")
        with pytest.raises(ValueError, match=r"^broken.py: the docstring needs a title, Theme \(one of "):
            pitfalls.read_pitfall(broken)
