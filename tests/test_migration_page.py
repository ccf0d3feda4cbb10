"""The pairs of docs/migration.md: what stands before and after gives the same, or is as far apart as the page says.

A subsection of "Before and after" is one program: its Python blocks run from top to bottom in one namespace, after the
blocks that precede the first subsection. The blocks assign to `before` and `after`, and these are compared.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from tensorflow.tools.compatibility import ast_edits, tf_upgrade_v2

PAGE = Path(__file__).parents[1] / "docs" / "migration.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = PAGE.read_text(encoding="utf-8")
_, PAIRS, *_ = re.split(r"^## (?:Before and after\n|What both)", TEXT, flags=re.MULTILINE)
INTRODUCTION, *SUBSECTIONS = re.split(r"^### ", PAIRS, flags=re.MULTILINE)
SUBJECTS = {text.partition("\n")[0]: text for text in SUBSECTIONS}
PREAMBLE = BLOCK.findall(INTRODUCTION)

# How far before and after may be apart: rounding in float64, of as many operations as there are.
APART = {
    "get_variable and scopes": 1e-14,
    "tf.train optimizers to Keras": 1e-13,
    "Saver to Checkpoint": 1e-14,
    "FileWriter to tf.summary": 0,
    "cond and while_loop to AutoGraph": 1e-14,
    "Collections": 1e-14,
    "K.gradients and K.function": 1e-14,
    "feed_dict to tf.data": 1e-14,
    "disable_v2_behavior": 1e-14,
    "tf_upgrade_v2": 1e-14,
}

pytestmark = pytest.mark.xdist_group("migration page")  # TensorFlow is imported once


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Runs programs one after the other in one namespace, and returns it."""
    monkeypatch.chdir(tmp_path)

    def execute(*programs, names=None):
        names = {} if names is None else names
        for number, program in enumerate(programs):
            file = tmp_path / f"block_{number}.py"  # AutoGraph reads the text of a function in its file
            file.write_text(program, encoding="utf-8")
            exec(compile(program, file, "exec"), names)
        return names

    return execute


def blocks_of(subject):
    return [*PREAMBLE, *BLOCK.findall(SUBJECTS[subject])]


def in_child(program):
    """Runs a program in a process of its own and returns what it assigned to `before`, and to `more` if it did."""
    program += "\nimport json\nprint(json.dumps([np.asarray(before).tolist(), globals().get('more')]))\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_in_tensorflow_1(program):
    return program.replace("import tensorflow as tf\n", "import tensorflow.compat.v1 as tf\n")


def run_subject(subject, execute):
    blocks = blocks_of(subject)
    if subject == "disable_v2_behavior":  # it would switch this process
        *preamble, switched, after = blocks
        return execute(*preamble, after, names={"before": np.array(in_child("\n".join([*preamble, switched]))[0])})
    if subject == "tf_upgrade_v2":
        blocks = [*PREAMBLE, *map(as_in_tensorflow_1, blocks[len(PREAMBLE) : -2]), *blocks[-2:]]
    return execute(*blocks)


def apart(before, after):
    """The largest difference; other texts, shapes and structures are an AssertionError."""
    before, after = ([np.asarray(leaf) for leaf in tf.nest.flatten(values)] for values in (before, after))
    assert [leaf.shape for leaf in before] == [leaf.shape for leaf in after]
    assert [str(leaf) for leaf in before if leaf.dtype.kind == "U"] == [
        str(leaf) for leaf in after if leaf.dtype.kind == "U"
    ]
    return max(np.abs(a - b).max() for a, b in zip(before, after, strict=True) if a.dtype.kind != "U")


def test_every_subject_has_its_pair():
    assert list(SUBJECTS) == list(APART)
    for subject in SUBJECTS:
        assert all(len(block.splitlines()) <= 20 for block in blocks_of(subject)), subject


@pytest.mark.parametrize("subject", APART)
def test_before_and_after_are_the_same(subject, execute, capfd):
    names = run_subject(subject, execute)
    assert capfd.readouterr().out == ""
    assert apart(names["before"], names["after"]) <= APART[subject]


# A subject, one of its lines, and what one would write without knowing.
WRONG = [
    ("get_variable and scopes", "layer(layer(images))", "layer(images)"),
    ("tf.train optimizers to Keras", ", epsilon=0)", ")"),
    ("tf.train optimizers to Keras", ", mean_square=1.0", ""),
    ("tf.train optimizers to Keras", "rho=float32_decay", "rho=0.9"),
    ("tf.train optimizers to Keras", ", epsilon=1e-8", ""),
    ("Saver to Checkpoint", "velocity.assign(-0.125 *", "velocity.assign("),
    ("FileWriter to tf.summary", 'loss", value, step)', 'loss", value, 0)'),
    ("cond and while_loop to AutoGraph", "    if steps < 10:", "    if steps >= 10:"),
    ("Collections", " + 0.01 * tf.nn.l2_loss(model.weights)", ""),
    ("K.gradients and K.function", "tape.gradient(outputs, x)", "2 * tape.gradient(outputs, x)"),
    ("feed_dict to tf.data", ".batch(24)", ".shuffle(64, seed=1).batch(24)"),
    ("tf_upgrade_v2", "tf.square(images), 1, keepdims", "tf.square(images), 0, keepdims"),
]


@pytest.mark.parametrize(("subject", "line", "wrong"), WRONG)
def test_another_after_is_noticed(subject, line, wrong, execute, monkeypatch):
    assert SUBJECTS[subject].count(line) == 1
    monkeypatch.setitem(SUBJECTS, subject, SUBJECTS[subject].replace(line, wrong))
    names = run_subject(subject, execute)
    assert apart(names["before"], names["after"]) > APART[subject]


def test_the_optimizers_are_as_far_apart_as_the_page_says(execute):
    names = execute(*blocks_of("tf.train optimizers to Keras"))
    with_keras, keras = names["with_keras"], tf.keras.optimizers
    old = names["before"] | {"Adam": names["with_tf1"](tf1.train.AdamOptimizer(0.125))}
    defaults = {
        "SGD": keras.SGD(0.125),
        "momentum": keras.SGD(0.125, momentum=0.9),
        "AdaGrad": keras.Adagrad(0.125),
        "RMSProp": keras.RMSprop(0.125),
        "Adam": keras.Adam(0.125),
    }
    rows = re.findall(r"^\| (\w+) \| ([\d.e-]+) \| ([\d.e-]+) \|", SUBJECTS["tf.train optimizers to Keras"], re.M)
    assert [name for name, _, _ in rows] == list(defaults)
    for name, default, brought_together in rows:
        found = apart(old[name], with_keras(defaults[name]))
        assert found == pytest.approx(float(default), rel=0.05, abs=1e-13), name
        assert apart(names["before"][name], names["after"][name]) <= float(brought_together) + 1e-13
    exact = (np.float64(0.9), np.float64(0.999))
    assert apart(old["Adam"], with_keras(keras.Adam(0.125, epsilon=1e-8))) > 1e-6
    assert apart(names["before"]["Adam"], with_keras(keras.Adam(0.125, *exact))) > 1e-6
    assert 5e-7 < apart(old["Adam"], with_keras(keras.Adam(0.125, *exact, epsilon=1e-8))) < 2e-6


TABLE, ROWS = np.array([[1.0], [2.0], [3.0]]), ([0, 1], [0, 2], [0, 1], [0, 2])


def table_with_tf1(optimizer, look_up):
    with tf1.Graph().as_default(), tf1.Session() as session:
        table, rows = tf1.Variable(TABLE), tf1.placeholder(tf.int32, (2,))
        train_op = optimizer.minimize(tf.reduce_mean(tf.square(look_up(table, rows))))
        session.run(tf1.global_variables_initializer())
        for step in ROWS:
            session.run(train_op, {rows: step})
        return session.run(table)


def table_with_keras(optimizer, look_up, mean_square=0.0):
    table = tf.Variable(TABLE)
    optimizer.build([table])
    for slot in optimizer.variables:
        if slot.path.endswith("velocity"):
            slot.assign(mean_square * tf.ones_like(slot))
    for step in ROWS:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(look_up(table, tf.constant(step))))
        optimizer.apply(tape.gradient(loss, [table]), [table])
    return table.numpy()


def test_sparse_gradients_are_as_far_apart_as_the_page_says(execute):
    subject = "tf.train optimizers to Keras"
    rows = re.findall(r"^\| (\w+) \| [\d.e-]+ \| [\d.e-]+ \| ([\d.e-]+) \|", SUBJECTS[subject], re.MULTILINE)
    for look_up, factor in ((tf.gather, 1), (lambda table, rows: tf.one_hot(rows, 3, dtype=table.dtype) @ table, 0)):
        functions = {
            "with_tf1": lambda optimizer, look_up=look_up: table_with_tf1(optimizer, look_up),
            "with_keras": lambda *args, look_up=look_up, **names: table_with_keras(args[0], look_up, **names),
        }
        # The page's own lists of optimizers, around these functions.
        old, _, new = (re.sub(r"(?s)^def .*?\n\n\n", "", block) for block in BLOCK.findall(SUBJECTS[subject]))
        names = execute(*PREAMBLE, old, new, names=functions)
        assert [name for name, _ in rows] == list(names["before"])
        for name, gathered in rows:
            found = apart(names["before"][name], names["after"][name])
            assert found == pytest.approx(factor * float(gathered), rel=0.05, abs=1e-13), name


def test_a_schedule_and_clipping_in_keras():
    schedules = tf.keras.optimizers.schedules
    with tf1.Graph().as_default(), tf1.Session() as session:
        steps, x = tf1.train.get_or_create_global_step(), tf1.Variable(np.float64(0))
        rate = tf1.train.exponential_decay(0.5, steps, 2, 0.5)
        train_op = tf1.train.GradientDescentOptimizer(rate).minimize(x * 1.0, global_step=steps)
        session.run(tf1.global_variables_initializer())
        old = []
        for _ in range(5):
            session.run(train_op)
            old.append(session.run([x, steps]))
    x, optimizer = tf.Variable(np.float64(0)), tf.keras.optimizers.SGD(schedules.ExponentialDecay(0.5, 2, 0.5))
    for value, steps in old:
        optimizer.apply([tf.constant(1.0, tf.float64)], [x])
        assert x.numpy() == pytest.approx(value, rel=1e-6)
        assert optimizer.iterations.numpy() == steps
    gradients = [tf.constant(3.0), tf.constant(4.0)]

    def moved(gradients, **clipping):
        variables = [tf.Variable(0.0), tf.Variable(0.0)]
        tf.keras.optimizers.SGD(1.0, **clipping).apply(gradients, variables)
        return [-variable.numpy() for variable in variables]

    assert moved(tf.clip_by_global_norm(gradients, 1.0)[0]) == pytest.approx([0.6, 0.8])
    assert moved(gradients, global_clipnorm=1.0) == pytest.approx([0.6, 0.8])
    assert moved(gradients, clipnorm=1.0) == pytest.approx([1, 1])


def test_get_variable_shares_nothing_in_eager_execution():
    for reuse in (True, tf1.AUTO_REUSE):
        with tf1.variable_scope("shared", reuse=reuse):
            first, second = tf1.get_variable("weights", ()), tf1.get_variable("weights", ())
        assert first is not second
        assert first.name == second.name == "shared/weights:0"
        first.assign(second + 1)
        assert first.numpy() != second.numpy()


def test_what_keras_3_took_away():
    assert tf.keras.__version__.startswith("3.")
    for module in (tf, tf1):
        assert not hasattr(module, "contrib")
        assert not hasattr(module, "estimator")
    for module, name in ((tf1.layers, "dense"), (tf1.layers, "batch_normalization"), (tf1.nn.rnn_cell, "LSTMCell")):
        with pytest.raises(AttributeError, match="is not available with Keras 3"):
            getattr(module, name)


def moving_mean(call):
    """Of a Keras layer in a graph of TensorFlow 1, after three steps with inputs of 8."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        layer = tf.keras.layers.BatchNormalization(momentum=0.5)
        layer.build((None, 1))
        outputs = call(layer)(tf.fill((4, 1), 8.0))
        updates = tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)
        assert updates == []
        with tf.control_dependencies(updates):
            train_op = tf1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(tf.square(outputs - 1)))
        session.run(tf1.global_variables_initializer())
        for _ in range(3):
            session.run(train_op)
        return session.run(layer.moving_mean.value).item()


def test_batch_normalization_of_keras_in_a_graph_of_tensorflow_1():
    assert moving_mean(lambda layer: lambda x: layer(x, training=True)) == 0
    assert moving_mean(lambda layer: tf.function(lambda x: layer(x, training=True))) == 7
    for call in (lambda function: function, tf.function):
        layer = tf.keras.layers.BatchNormalization(momentum=0.5)
        layer.build((None, 1))
        train = call(lambda x, layer=layer: layer(x, training=True))
        for _ in range(3):
            train(tf.fill((4, 1), 8.0))
        assert layer.moving_mean.numpy().item() == 7


def test_the_collection_of_regularization_losses():
    def half(weights):
        return 0.5 * tf.reduce_sum(weights)

    def layer():
        dense = tf.keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer=half)
        dense(tf.ones((1, 2)))
        return dense

    made: list[tf.Variable] = []

    @tf.function
    def in_a_function():
        if not made:
            made.append(tf1.get_variable("in_a_function", (), initializer=tf1.ones_initializer(), regularizer=half))
        return made[0] + 0

    before = tf1.losses.get_regularization_loss().numpy()
    assert layer().losses[0].numpy() == 1
    assert in_a_function().numpy() == 1
    assert tf1.losses.get_regularization_loss().numpy() == before
    with tf1.Graph().as_default():
        assert len(layer().losses) == 1
        assert tf1.losses.get_regularization_losses() == []
    # Called eagerly, get_variable does fill the collection.
    tf1.get_variable("eager", (), initializer=tf1.ones_initializer(), regularizer=half)
    assert tf1.losses.get_regularization_loss().numpy() == before + 0.5


def test_a_variable_of_tensorflow_2_is_not_looked_up():
    first, second = tf.Variable(1.0, name="weights"), tf.Variable(2.0, name="weights")
    assert (first.numpy(), second.numpy()) == (1, 2)
    with tf1.Graph().as_default():
        weights = tf1.get_variable("weights", (100, 200))
        limit = np.sqrt(6 / 300)  # Glorot's
        with tf1.Session() as session:
            session.run(weights.initializer)
            assert 0.95 * limit < np.abs(session.run(weights)).max() <= limit
        with tf1.variable_scope("", reuse=True), pytest.raises(ValueError, match="does not exist"):
            tf1.get_variable("wieghts", (100, 200))


def test_the_names_in_the_two_checkpoints(execute):
    execute(*blocks_of("Saver to Checkpoint"))
    assert [name for name, _ in tf.train.list_variables("old")] == ["model/weights", "model/weights/Momentum"]
    names = [name for name, _ in tf.train.list_variables("new-1")]
    assert "model/weights/.ATTRIBUTES/VARIABLE_VALUE" in names
    model = tf.Module()
    model.weights = tf.Variable(np.zeros((4, 1)), name="weights")
    status = tf.train.Checkpoint(model=model).restore("old")  # under another name
    assert not model.weights.numpy().any()
    for check in (status.assert_consumed, status.assert_existing_objects_matched):
        with pytest.raises(AssertionError, match="not restored"):
            check()


def test_adam_goes_on_from_the_file_of_a_saver(execute):
    names = execute(*PREAMBLE)
    images, labels, betas = names["images"], names["labels"], (np.float64(0.9), np.float64(0.999))
    with tf1.Graph().as_default(), tf1.Session() as session:
        weights = tf1.get_variable("weights", initializer=names["start"])
        loss = tf.reduce_mean(tf.square(images @ weights - labels))
        train_op = tf1.train.AdamOptimizer(0.125, *betas).minimize(loss)
        session.run(tf1.global_variables_initializer())
        for _ in range(5):
            session.run(train_op)
        tf1.train.Saver().save(session, "./adam")
        session.run(train_op)
        expected = session.run(weights)
    old = tf.train.load_checkpoint("adam")
    steps = np.log(old.get_tensor("beta1_power")) / np.log(0.9) - 1
    assert steps == pytest.approx(5)

    def next_weights(iterations):
        weights, optimizer = tf.Variable(old.get_tensor("weights")), tf.keras.optimizers.Adam(0.125, *betas, 1e-8)
        optimizer.build([weights])
        for slot in optimizer.variables:
            for ending, name in (("_momentum", "Adam"), ("_velocity", "Adam_1")):
                if slot.path.endswith(ending):
                    slot.assign(old.get_tensor(f"weights/{name}"))
        optimizer.iterations.assign(iterations)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(images @ weights - labels))
        optimizer.apply(tape.gradient(loss, [weights]), [weights])
        return weights.numpy()

    assert apart(expected, next_weights(round(steps))) <= 1e-14
    start = old.get_tensor("weights")
    (times,) = re.findall(r"([\d.]+) times as long", SUBJECTS["Saver to Checkpoint"])
    np.testing.assert_allclose((next_weights(0) - start) / (expected - start), float(times), rtol=0.02)


def test_tags_of_summaries(execute):
    names = execute(*blocks_of("FileWriter to tf.summary"))
    assert names["before"] == [("loss", 0, 2.5), ("loss", 1, 1.5), ("loss", 2, 1.25)]
    with tf1.Graph().as_default():
        texts = [tf1.summary.scalar("loss", 1.0) for _ in range(2)]
        with tf1.Session() as session:
            found = [tf1.Summary.FromString(text).value[0].tag for text in session.run(texts)]
    assert found == ["loss", "loss_1"]
    assert not tf.summary.scalar("loss", 1.0, step=0)  # outside of as_default: not written, and no error
    with tf.summary.create_file_writer("twice").as_default() as writer:
        tf.summary.scalar("loss", 1.0, step=0)
        tf.summary.scalar("loss", 2.0, step=0)
    writer.close()
    assert names["scalars"]("twice") == [("loss", 0, 1), ("loss", 0, 2)]


def test_a_loop_without_a_tensor_is_unrolled(execute):
    names = execute(
        *PREAMBLE,
        """
@tf.function
def unrolled(y):
    steps = 0
    while steps < 10:
        steps, y = steps + 1, y * 0.8
    return y
""",
        *BLOCK.findall(SUBJECTS["cond and while_loop to AutoGraph"]),
    )

    def count(function, operation):
        nodes = function.get_concrete_function(tf.constant(names["start"])).graph.get_operations()
        return [node.type for node in nodes].count(operation)

    assert count(names["unrolled"], "Mul") == 10
    assert count(names["shrink"], "Mul") == 0
    assert any(count(names["shrink"], loop) == 1 for loop in ("While", "StatelessWhile"))


def test_a_module_lists_its_variables_by_name_and_a_collection_as_they_were_made():
    module = tf.Module()
    module.weights = tf.Variable(1.0, name="weights")
    module.biases = tf.Variable(2.0, name="biases")
    assert [variable.name for variable in module.trainable_variables] == ["biases:0", "weights:0"]
    with tf1.Graph().as_default():
        tf1.get_variable("weights", ())
        tf1.get_variable("biases", ())
        assert [variable.name for variable in tf1.trainable_variables()] == ["weights:0", "biases:0"]


def test_what_is_left_of_the_backend_of_keras():
    with pytest.raises(AttributeError, match="has no attribute 'function'"):
        _ = tf.keras.backend.function
    message = "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."
    assert message in " ".join(SUBJECTS["K.gradients and K.function"].split())
    with pytest.raises(RuntimeError, match=re.escape(message)):
        tf.keras.backend.gradients(tf.constant(1.0), [tf.constant(1.0)])


def test_a_data_set_shuffles_in_an_order_of_its_own():
    data = tf.data.Dataset.range(64).shuffle(64, seed=1)
    order = list(data.as_numpy_iterator())
    assert sorted(order) == list(range(64))
    for generator in (np.random.default_rng(1), np.random.RandomState(1)):
        assert order != generator.permutation(64).tolist()
    assert [len(batch) for batch in data.batch(24)] == [24, 24, 16]
    assert [len(batch) for batch in data.batch(24, drop_remainder=True)] == [24, 24]
    # With a buffer of 8, no example comes more than 7 places early.
    order = list(tf.data.Dataset.range(64).shuffle(8, seed=1).as_numpy_iterator())
    assert max(example - place for place, example in enumerate(order)) <= 7


# What the process is like now, in the order of the page's table.
STATE = """
from tensorflow.python.data.ops import dataset_ops


def state():
    with tf1.Graph().as_default() as graph:
        x = tf1.placeholder(tf.float32, (2,))
        tf1.while_loop(lambda i: i < 3, lambda i: i + 1, [tf1.placeholder(tf.int32, ())])
        loop = "Enter" in [node.type for node in graph.get_operations()]
        own = [type(x.shape[0]).__name__, type(tf1.Variable(1.0)).__name__, tf.Tensor._USE_EQUALITY, not loop]
    result = tf.function(lambda: tf.constant(1))()
    assert tf.is_symbolic_tensor(result) == (not tf.executing_eagerly())
    return [tf.executing_eagerly(), *own, dataset_ops.Dataset.__name__]
"""


def test_what_disable_v2_behavior_switches_and_that_there_is_no_way_back():
    *preamble, switched, _ = blocks_of("disable_v2_behavior")
    one_by_one = re.findall(r"^\| [^|]+ \| `(tf1\.disable_\w+)` \|", SUBJECTS["disable_v2_behavior"], re.MULTILINE)
    assert len(one_by_one) == 5
    states = [f"{switch}()\nmore.append(state())" for switch in one_by_one]
    refused = "try:\n    tf1.enable_v2_behavior()\nexcept ValueError as error:\n    more.append(str(error))"
    program = [*preamble, STATE, "more = [state()]", *states, switched, "more.append(state())", refused]
    *found, message = in_child("\n".join(program))[1]
    version_2 = [True, "int", "ResourceVariable", True, True, "DatasetV2"]
    version_1 = [False, "Dimension", "RefVariable", False, False, "DatasetV1"]
    assert found == [version_1[:changed] + version_2[changed:] for changed in range(7)]
    assert message in " ".join(SUBJECTS["disable_v2_behavior"].split())


def test_a_graph_of_tensorflow_1_compares_tensors_as_objects():
    x = tf.constant([1.0, 2.0])
    assert (x == x).numpy().tolist() == [True, True]
    with tf1.Graph().as_default():
        x = tf1.placeholder(tf.float32, (2,))
        assert (x == x) is True


def test_what_tf_upgrade_v2_makes(execute):
    old, new, _ = BLOCK.findall(SUBJECTS["tf_upgrade_v2"])
    upgrader = ast_edits.ASTCodeUpgrader(tf_upgrade_v2.TFAPIChangeSpec())
    _, found, _, problems = upgrader.update_string_pasta(old, "old.py")
    assert found == new
    (problem,) = problems
    assert "tf.get_variable returns ResourceVariables by default" in problem
    old, new = (execute(*PREAMBLE, program)["before"] for program in (as_in_tensorflow_1(old), new))
    assert apart(old, new) <= APART["tf_upgrade_v2"]


def test_the_links_within_the_page_lead_somewhere():
    titles = re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors
