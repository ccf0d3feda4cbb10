"""Every lesson runs, and prints what its docstring says; the notebooks and the table are made from the same text."""

import json
import re
import runpy

import course
import numpy as np
import pytest
from shown_output import as_shown

IDS = [path.stem for path in course.LESSONS]

# All in one process, one after the other: TensorFlow is imported once.
pytestmark = pytest.mark.xdist_group("lessons")


@pytest.mark.parametrize("path", course.LESSONS, ids=IDS)
def test_a_lesson_prints_what_its_docstring_says(path, tmp_path, run):
    output, errors = run(path, "--logdir", tmp_path)
    assert errors == ""
    lesson = course.read_lesson(path)
    assert lesson.command == f".venv/bin/python examples/{path.name}"
    assert as_shown(output.splitlines(), lesson.output) == lesson.output


def test_what_differs_from_the_docstring_is_seen():
    assert as_shown(["a 12", "b", "c"], ["a ...", "b"]) == ["a ...", "b", "c"]
    assert as_shown(["a 12"], ["a ... us"]) != ["a ... us"]
    assert as_shown(["a"], ["a", "b"]) != ["a", "b"]


def test_each_lesson_leads_to_the_next():
    for path, following in zip(course.LESSONS, [*course.LESSONS[1:], None]):
        then = [line for line in course.read_lesson(path).output if line.startswith("Then: ")]
        assert then == ([f"Then: examples/{following.name}"] if following else [])


# A lesson, one of its lines, and a wrong one in its place.
BROKEN = [
    # A node more.
    ("00_graph_and_session", 'c = tf.add(a, b, name="add")', 'c = tf.add(a, tf.add(b, 0.0), name="add")'),
    # Uphill.
    ("01_switch", "return (above - below) / (2 * width)", "return (below - above) / (2 * width)"),
    # W is not transposed but read in another order.
    ("02_forward", "sigmoid(weights1.T @ flower", "sigmoid(weights1.reshape(8, 4) @ flower"),
    # A wrong derivative.
    ("03_activations", 'sigmoid(x) * (1 - sigmoid(x)), "tanh"', 'sigmoid(x) * sigmoid(x), "tanh"'),
    # A bias that is multiplied out in the wrong way.
    ("04_nonlinearity", "(biases1 @ weights2 + biases2) @ weights3", "biases1 @ weights2 @ weights3"),
    # A slope of 1 for every input.
    ("05_vanishing_gradients", "np.where(hidden > 0, 1.0, 0.0)", "np.ones_like(hidden)"),
    # Initial weights of He that are those of Glorot.
    ("05_vanishing_gradients", '"He": np.sqrt(2)', '"He": 1.0'),
    # Mean and median the wrong way round.
    ("06_losses", "best(mae, spoiled) == np.median(usual)", "best(mae, spoiled) == np.mean(usual)"),
    # Logits that Keras finds behind the probabilities.
    ("06_losses", "tf.identity(tf.sigmoid(logits))", "tf.keras.activations.sigmoid(logits)"),
    # A derivative of the sigmoid that lacks a factor.
    (
        "07_backpropagation",
        "d_z = d_activation * activation * (1 - activation)",
        "d_z = d_activation * (1 - activation)",
    ),
    # The wrong order claimed to make no difference.
    ("07_backpropagation", "        if too_early:", "        if False:"),
    # Weights that are nearly 0 do move.
    ("08_from_nothing", "equal_start(0.0)", "equal_start(1e-3)"),
    # A batch's gradient that is a sum, not a mean.
    ("09_gradient_descent", "replace=False)].mean(axis=0)", "replace=False)].sum(axis=0)"),
    # A plain sum where a mean is claimed.
    ("10_optimizers", "0.9 * mean_square + 0.1 * np.square(gradient)", "mean_square + np.square(gradient)"),
    # No correction of Adam's first steps.
    ("10_optimizers", "    whole_mean = mean / -np.expm1(step * math.log(0.9))", "    whole_mean = mean"),
    # A wrong loss, so wrong gradients.
    ("11_tensors", "(tf.reduce_sum(x * x) + tf.reduce_sum(y))", "(tf.reduce_sum(x) + tf.reduce_sum(y))"),
    # A wrong gradient.
    ("12_session_in_numpy", "lambda y, d: d * y * (1 - y)", "lambda y, d: d * y"),
    # Nothing is pruned.
    ("12_session_in_numpy", "if node not in order and node not in fed:", "if node not in order:"),
    # Nothing is trained.
    ("13_fetches", "    session.run(train_op, everything)", "    session.run(loss, everything)"),
    # Another number of turns.
    ("14_eager", "2) > 1e-4:", "2) > 1e-2:"),
    # A wrong count of traces.
    ("15_tracing", "tf.function(train_step), rates, 4,", "tf.function(train_step), as_tensors, 4,"),
    # A loop where copies are claimed.
    ("16_autograph", "    for _ in range(turns):", "    for _ in tf.range(turns):"),
    # A graph where eager execution is claimed to be bypassed.
    ("17_debugging", "concrete(inputs, targets).numpy()", "function(inputs, targets).numpy()"),
    # A difference of the texts that is not explained.
    ("18_four_texts", '"while i < n:", "i += 1"]', '"while i < n:"]'),
    # A product that cannot be folded.
    (
        "19_stages_of_a_step",
        "    rate = tf.constant(0.5) * tf.constant(0.2)\n    weights",
        "    rate = tf.constant(0.5) * tf.norm(biases)\n    weights",
    ),
    # A bound that is too tight.
    ("20_same_numbers", "unit = 2.0**-24", "unit = 2.0**-34"),
    # A graph that is optimized in another way than claimed.
    ("21_graph_optimizer", "tf.matmul(x, x) + tf.matmul(x, x)", "tf.matmul(x, x) + tf.matmul(x, w)"),
    # A wrong count of nodes.
    ("22_loops", "[4 + 6 * n for", "[4 + 5 * n for"),
    # A loop that takes no batch.
    ("24_input_pipelines", "lambda: eager(prefetch=0), 8)", "lambda: eager(prefetch=0), 7)"),
    # Verdicts the wrong way round.
    ("25_step_time", 'else "slower" if ratio > 1 else "faster"', 'else "faster" if ratio > 1 else "slower"'),
    # A loop that XLA compiles once, whatever n is.
    ("26_xla", "    for _ in tf.range(n):", "    for _ in range(5):"),
    # Other gradients in one of seven versions.
    (
        "27_migration",
        "    gradients = tape.gradient(loss, variables)",
        "    gradients = [1.0001 * g for g in tape.gradient(loss, variables)]",
    ),
]


@pytest.mark.parametrize(("stem", "line", "wrong"), BROKEN)
def test_a_lesson_that_is_wrong_stops(stem, line, wrong, tmp_path, run):
    text = (course.EXAMPLES / f"{stem}.py").read_text(encoding="utf-8")
    assert text.count(line) == 1
    broken = tmp_path / f"{stem}.py"
    broken.write_text(text.replace(line, wrong), encoding="utf-8")
    with pytest.raises((AssertionError, KeyError)):
        run(broken, "--logdir", tmp_path)


def test_the_session_in_numpy_adds_up_the_gradients_of_a_tensor_that_is_used_twice(tmp_path, monkeypatch):
    """As TensorFlow does: the same nodes, AddN among them, and the same number."""
    import tensorflow.compat.v1 as tf1

    monkeypatch.setattr("sys.argv", ["pytest"])
    monkeypatch.chdir(tmp_path)
    lesson = runpy.run_path(str(course.EXAMPLES / "12_session_in_numpy.py"))

    def build(tf):
        with tf.Graph().as_default() as graph:
            x = tf.placeholder("float64", (2, 2), "x")
            (gradient,) = tf.gradients(tf.nn.l2_loss(tf.subtract(tf.sigmoid(x), tf.matmul(x, x))), [x])
        return graph, x, gradient

    our_graph, our_x, our_gradient = build(lesson["ours"])
    graph, x, gradient = build(tf1)
    assert sorted(our_graph.nodes) == sorted(node.name for node in graph.get_operations())
    assert our_gradient.op == "AddN" == gradient.op.type
    value = [[0.5, -1.0], [2.0, 0.25]]
    with tf1.Session(graph=graph) as session:
        expected = session.run(gradient, {x: value})
    (result,) = lesson["Session"]().run([our_gradient], {our_x: np.array(value)})
    assert result == pytest.approx(expected, rel=1e-12)


def test_the_table_is_made_from_the_lessons():
    assert (course.EXAMPLES / "README.md").read_text(encoding="utf-8") == course.table(), "run tools/course.py --table"


def test_there_is_a_notebook_for_each_lesson_and_no_other():
    assert sorted(path.stem for path in course.NOTEBOOKS.glob("*.ipynb")) == IDS


@pytest.mark.parametrize("path", course.LESSONS, ids=IDS)
def test_a_notebook_holds_the_cells_of_its_lesson_and_none_failed(path):
    stored = json.loads((course.NOTEBOOKS / f"{path.stem}.ipynb").read_text(encoding="utf-8"))
    made = course.notebook(path)
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in stored["cells"]]
    assert cells == [(cell.cell_type, cell.source) for cell in made.cells], (
        f"run python tools/course.py {path.stem[:2]}"
    )
    for number, cell in enumerate((cell for cell in stored["cells"] if cell["cell_type"] == "code"), start=1):
        assert cell["execution_count"] == number
        assert {output["output_type"] for output in cell["outputs"]} <= {"stream", "display_data"}
    outputs = [output for cell in stored["cells"] for output in cell.get("outputs", []) if "text" in output]
    printed = "".join("".join(output["text"]) for output in outputs).splitlines()
    shown = [line for line in course.read_lesson(path).output if not line.startswith("Picture: ")]
    assert as_shown(printed, shown) == shown


def test_a_docstring_without_one_of_its_parts_is_refused(tmp_path):
    broken = tmp_path / "98_made_up.py"
    text = (course.EXAMPLES / "00_graph_and_session.py").read_text(encoding="utf-8")
    broken.write_text(text.replace("Found: ", ""), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"^98_made_up.py: the docstring needs a title, 中文, Question, Claim of the notes, "
    ):
        course.read_lesson(broken)
    for part, wrong, words in [
        ('"计算图', "计算图", r"Claim of the notes: got no quotation; allowed: HEADING\. "),
        (
            "Found: true",
            "Found: perhaps",
            r"Found: got perhaps\. Building added \.\.\.; allowed: it begins with true, ",
        ),
        ("Found: true", "Found:\n    1. true. It is\n    2. wrong", "Found: got 2; allowed: 1, one for each claim"),
    ]:
        assert text.count(part) == 1
        broken.write_text(text.replace(part, wrong), encoding="utf-8")
        with pytest.raises(ValueError, match=f"^98_made_up.py: {words}"):
            course.read_lesson(broken)


def test_each_claim_of_a_lesson_has_its_own_verdict(tmp_path):
    made_up = tmp_path / "98_made_up.py"
    text = (course.EXAMPLES / "00_graph_and_session.py").read_text(encoding="utf-8")
    claims = (
        'Claims of the notes:\n    1. 什么是张量. "张量" (one,\n       of two)\n    2. 反向传播. "2." (two)\nBefore you'
    )
    text = re.sub(r"Claim of the notes: .*?\nBefore you", claims, text, count=1, flags=re.DOTALL)
    found = "Found:\n    1. half true. Of\n       1.5 only.\n    2. wrong, and more\nAsserted:"
    made_up.write_text(re.sub(r"Found: .*?\nAsserted:", found, text, count=1, flags=re.DOTALL), encoding="utf-8")
    assert course.read_lesson(made_up).claims == [
        course.Claim("什么是张量", '"张量" (one, of two)', "half true", "half true. Of 1.5 only."),
        course.Claim("反向传播", '"2." (two)', "wrong", "wrong, and more"),
    ]


def test_every_heading_of_the_notes_has_its_row():
    rows = [line.split(" | ") for line in course.table().split("## The notes, claim by claim")[1].splitlines()]
    rows = [[cell.strip("| ") for cell in row] for row in rows if len(row) > 1][1:]
    headings = list(dict.fromkeys(row[0].partition(" / ")[0] for row in rows))
    assert headings == list(course.HEADINGS)
    assert all(len(row) == 5 and all(row) for row in rows)
    assert {row[3] for row in rows} <= {*course.VERDICTS, "not measured", "no claim"}


def test_a_heading_that_the_notes_lack_is_refused(monkeypatch):
    monkeypatch.setattr(course, "HEADINGS", [each for each in course.HEADINGS if each != "什么是张量"])
    with pytest.raises(ValueError, match=r"^11_tensors.py: heading: got 什么是张量; allowed: 深度学习框架, "):
        course.table()
