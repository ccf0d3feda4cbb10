"""Four texts, side by side
中文：四份代码，并排对照。会话、即时执行和 tf.function 的代码有哪些行不同，各是什么意思？即时执行与 tf.function 的 18 个
    函数中，16 个代码相同，后者只多了签名、装饰器和一个循环。会话与 tf.function 只有 5 个相同，但两张图用同样的算子计
    算，所以单看代码看不出谁快。判定：对。

Question: which lines change between a session, eager execution and a function, and what does each of them mean?
Claim of the notes: 即时执行（Eager Execution）.
    "TF 1.x：需显示构建图和会话，适合高性能场景。"
    "TF 2.x：默认即时执行，tf.function 实现图模式加速。"
    (TF 1.x: the graph and the session must be built explicitly; it suits scenarios that need high performance.
    TF 2.x: execution is eager by default, and tf.function brings the speed of graph mode.)
Before you run it: open two of the texts, tf1_session.py and tf2_function.py in graphs/implementations/, side by side.
    Which of their functions must differ?

    $ .venv/bin/python examples/18_four_texts.py
    eager and function: the same text in 16 of 18 functions
      81 lines in both, 2 only in eager, 16 only in function

      Loop
      eager    | for _ in range(n):
      function | i = tf.constant(0)
      function | while i < n:
      function | i += 1
      -> Eager: Python counts, and calls one step after another. Function: i and n
         are tensors, so AutoGraph turns the while into one While node, and one
         trace serves every n.

      Signature
      function | sizes = spec.layer_sizes
      function | inputs = tf.TensorSpec((None, sizes[0]), spec.dtype, "inputs")
      function | (2 more)
      -> A graph is made before there are values, from types and shapes alone. None
         stands for any batch size, so one trace serves them all.

      Tracing
      function | @tf.function(input_signature=[inputs], jit_compile=jit_compile)
      function | @concrete
      function | (6 more)
      -> The first call runs the Python code on symbolic tensors, which makes a
         graph; later calls run the graph. @concrete, a decorator of this package,
         spares them the search for the right trace.

      XLA
      eager    | def __init__(self, spec, state):
      function | def __init__(self, spec, state, jit_compile=False):
      -> With jit_compile=True, XLA compiles the graph. The implementation tf2_xla
         is this text with that argument.

    session and function: the same text in 5 of 18 functions
      52 lines in both, 51 only in session, 45 only in function

      Gradients
      session  | gradients = Parameters(*tf.gradients(loss, list(parameters)))
      function | with tf.GradientTape() as tape:
      function | gradients = tape.gradient(loss, parameters)
      -> tf.gradients walks back through a graph that exists, and adds the nodes of
         the chain rule. A tape records the forward pass as it happens, so it also
         works without a graph: the eager text has the same two lines.

      Order
      session  | counted = state.step.assign_add(1)
      session  | step = tf.cast(counted, spec.dtype)
      session  | return tf.group(*assignments, name="train_op")
      session  | (3 more)
      function | state.step.assign_add(1, read_value=False)
      function | step = tf.cast(state.step, spec.dtype)
      function | parameter.assign_sub(amount, read_value=False)
      function | (1 more)
      -> The order of the lines means nothing to a TF1 graph. A node that reads the
         result of assign_add waits for it, and tf.group makes one node of all
         updates, to be fetched. tf.function keeps the order of the lines: it adds
         control dependencies to the graph.

      Step
      session  | return result, update(spec, state, result.gradients)
      function | update(spec, state, result.gradients)
      function | return result.loss
      -> TF1 returns nodes; the fetches of session.run decide later which of them
         run. In TF2 the call itself updates.

      Loop
      session  | def body(i, loss):
      session  | with tf.control_dependencies([train_op]):
      session  | _, loss = tf.while_loop(lambda i, loss: i < n, body, start)
      session  | (4 more)
      function | while i < n:
      function | loss = train_step(spec, state, inputs, targets)
      function | i += 1
      function | (2 more)
      -> Both become one While node. In TF1 you write its body as a function, and
         make each turn wait for the update. In TF2 AutoGraph makes it from a Python
         while.

      Variables
      session  | return tf.Variable(value, name=name, use_resource=True)
      session  | self.initializer = tf.global_variables_initializer()
      session  | self.restore(state)
      session  | (7 more)
      function | return tf.Variable(value, name=name)
      function | self.variables = variables = make_variables(spec, state)
      function | tf.nest.map_structure(lambda v, value: v.assign(value), self.variables, state)
      -> A TF1 variable has no value until the session runs its initializer; here
         the value comes in through a placeholder. A TF2 variable has its value from
         the start.

      Inputs
      session  | inputs = tf.placeholder(spec.dtype, (None, sizes[0]), "inputs")
      session  | self.n = tf.placeholder("int32", (), "n")
      session  | self.batch = Batch(inputs, targets)
      session  | (1 more)
      function | inputs = tf.TensorSpec((None, sizes[0]), spec.dtype, "inputs")
      function | (2 more)
      -> The same information: type and shape, None for any batch size. session.run
         feeds a placeholder; a function takes an argument.

      Graph
      session  | self.graph = tf.Graph()
      session  | with self.graph.as_default():
      session  | self.result, self.train_op = train_step(spec, self.variables, *self.batch)
      session  | (2 more)
      function | @tf.function(input_signature=[inputs], jit_compile=jit_compile)
      function | def step(inputs, targets):
      function | return train_step(spec, variables, inputs, targets)
      function | (9 more)
      -> TF1's constructor makes a graph, calls train_step once to add its nodes,
         and finalizes the graph. In TF2 the decorator does this, when the function
         is first called.

      Optimizers
      session  | def __init__(self, spec, state, optimize_graph=True):
      session  | grappler = config.graph_options.rewrite_options
      session  | grappler.disable_meta_optimizer = not optimize_graph
      session  | (1 more)
      function | def __init__(self, spec, state, jit_compile=False):
      -> Each session has its own switch for the graph optimizer. All functions
         share one, tf.config.optimizer; each function can ask for XLA.

      Fetches
      session  | outputs = self.result.activations.outputs
      session  | fetches = (self.result.loss, self.train_op)
      function | def outputs(inputs):
      function | def result(inputs, targets):
      function | self.outputs, self.result, self.step, self.steps = outputs, result, step, steps
      function | (2 more)
      -> One TF1 graph serves all calls: a run computes only what its fetches need.
         In TF2 each of them is a function with a graph of its own.

      Running
      session  | self.session = tf.Session(graph=self.graph, config=config)
      session  | return self.session.run(outputs, feed_dict={self.batch.inputs: inputs})
      session  | def close(self):
      session  | (8 more)
      function | return self.outputs(tf.constant(inputs)).numpy()
      function | return to_numpy(self.result(*map(tf.constant, batch)))
      function | inputs, targets = map(tf.constant, batch)
      function | (5 more)
      -> session.run takes and returns arrays. A function takes and returns tensors.
         A session owns the values of its variables, and has to be closed.

    numpy and eager: the same text in 1 of 18 functions
      37 lines in both, 65 only in numpy, 46 only in eager
      functions only in numpy: identity, sigmoid, tanh, relu, softmax, d_logits_of, backward
      side by side: ...
      side by side: ...
      side by side: ...

    One step, graph optimizer off: the loss of all three is ...
      nodes                   session  function
      MatMul                        9         8
      MatMul nobody reads           1         0
      SigmoidGrad                   2         2
      While                         1         1
      VarHandleOp                  19         0
      Assign that waits             0        18
      MatMul: one of tf.gradients is the gradient of the inputs, which nobody fetches, so it never runs
      VarHandleOp: TF1's graph contains its variables; a function's graph gets them as inputs
      Assign: tf.function makes it wait for earlier reads of its variable, in the order of the lines
    Try next: add a line to graphs/implementations/tf2_function.py. What stops this lesson?
    Then: examples/19_stages_of_a_step.py

Found: true of the texts. TF1's builds a graph and opens a session; in TF2 the same network is eager, and signatures,
    decorators and a loop are all that tf.function adds. But both graphs compute with the same operations (TF1's also
    holds the variables, their initializers and one MatMul that never runs), so the text alone does not decide which is
    fast.
Asserted: every differing line is explained exactly once, and nothing else is; equal losses; the counts of nodes
Minutes: 12
"""

import difflib
import inspect
import textwrap
from collections import Counter

from graphs.lesson import Lesson

from graphs.implementations import load, text

lesson = Lesson("18_four_texts", __doc__)
changed = lesson.predict("The function's text has 18 functions. How many differ from the eager text?", [0, 2, 9, 18])
shares = ["less than a third", "about half", "more than two thirds"]
shared = lesson.predict("How many of the session's lines are also in the function's text?", shares)


# %% The texts: the lines of each function, without indentation, comments and docstrings.
def code(function):
    source = inspect.getsource(function).replace(function.__doc__ or "", "")
    lines = [line.partition("#")[0].strip() for line in source.splitlines()]
    return [line for line in lines if line not in ("", '""""""')]


def functions(name):
    module = text(name)
    found = [*vars(module).values(), *vars(module.Execution).values()]
    own = [each for each in found if inspect.isfunction(each) and each.__module__ == module.__name__]
    return {each.__qualname__: code(each) for each in own}


numpy, session, eager, function = map(functions, ("numpy_manual", "tf1_session", "tf2_eager", "tf2_function"))


# %% Compare two texts, function by function.
def compare(names, left, right):
    lines = {" ": [], "-": [], "+": [], "?": []}  # in both, left only, right only, and ndiff's own hints
    for name in {**left, **right}:
        for line in difflib.ndiff(left.get(name, []), right.get(name, [])):
            lines[line[0]].append(f"in {name}: {line[2:]}")
    both, *only = lines[" "], lines["-"], lines["+"]
    equal = sum(left.get(name) == right[name] for name in right)
    print(f"{names[0]} and {names[1]}: the same text in {equal} of {len(right)} functions")
    print(f"  {len(both)} lines in both, {len(only[0])} only in {names[0]}, {len(only[1])} only in {names[1]}")
    return equal, len(both), only


# %% Every differing line must be explained exactly once, and every explanation must be about differing lines.
def explain(names, only, meanings):
    for topic, (left, right, meaning) in meanings.items():
        print(f"\n  {topic}")
        for name, lines, parts in zip(names, only, (left, right), strict=True):
            found = [[line for line in lines if part in line] for part in parts]
            assert all(found), f"{topic}: explained, but no difference of {name}: {parts}"
            for first, *_ in found[:3]:
                print(f"  {name:8} | {first.partition(': ')[2]}")
            if more := sum(map(len, found)) - len(found[:3]):
                print(f"  {name:8} | ({more} more)")
        print(textwrap.fill(meaning, 80, initial_indent="  -> ", subsequent_indent="     "))
    for side, lines in enumerate(only):
        parts = [part for explanation in meanings.values() for part in explanation[side]]
        for line in lines:
            assert sum(part in line for part in parts) == 1, f"{names[side]}: not explained exactly once: {line}"


# %% Eager and function: parts of the lines that differ, first eager's, then the function's, and what they mean.
EAGER_AND_FUNCTION = {
    "Loop": (
        ["for _ in range(n):"],
        ["i = tf.constant(0)", "while i < n:", "i += 1"],
        "Eager: Python counts, and calls one step after another. Function: i and n are tensors, so AutoGraph turns the"
        " while into one While node, and one trace serves every n.",
    ),
    "Signature": (
        [],
        ["sizes = ", "tf.TensorSpec("],
        "A graph is made before there are values, from types and shapes alone. None stands for any batch size, so one"
        " trace serves them all.",
    ),
    "Tracing": (
        [],
        ["@tf.function(", "@concrete"],
        "The first call runs the Python code on symbolic tensors, which makes a graph; later calls run the graph."
        " @concrete, a decorator of this package, spares them the search for the right trace.",
    ),
    "XLA": (
        ["__init__(self, spec, state):"],
        ["jit_compile=False"],
        "With jit_compile=True, XLA compiles the graph. The implementation tf2_xla is this text with that argument.",
    ),
}
equal, _, only = compare(("eager", "function"), eager, function)
explain(("eager", "function"), only, EAGER_AND_FUNCTION)
changed.answer(len(function) - equal)

# %% Session and function.
SESSION_AND_FUNCTION = {
    "Gradients": (
        ["tf.gradients("],
        ["tf.GradientTape(", "tape.gradient("],
        "tf.gradients walks back through a graph that exists, and adds the nodes of the chain rule. A tape records the"
        " forward pass as it happens, so it also works without a graph: the eager text has the same two lines.",
    ),
    "Order": (
        ["counted = ", "tf.cast(counted", "tf.group(", "assignments = ", "assignments.append("],
        ["step.assign_add(1, ", "tf.cast(state.step", "parameter.assign_sub(", "slot.assign("],
        "The order of the lines means nothing to a TF1 graph. A node that reads the result of assign_add waits for it,"
        " and tf.group makes one node of all updates, to be fetched. tf.function keeps the order of the lines: it adds"
        " control dependencies to the graph.",
    ),
    "Step": (
        ["return result, update("],
        ["update(spec, state, result.gradients)", "return result.loss"],
        "TF1 returns nodes; the fetches of session.run decide later which of them run. In TF2 the call itself updates.",
    ),
    "Loop": (
        ["body(", "control_dependencies", "while_loop(", '"train_steps"', "start = ", "return i", "result, train_op"],
        ["while i < n:", "loss = train_step(", "i += 1", "i = tf.constant(0)", "loss = tf.zeros("],
        "Both become one While node. In TF1 you write its body as a function, and make each turn wait for the update."
        " In TF2 AutoGraph makes it from a Python while.",
    ),
    "Variables": (
        ["use_resource", "initializer = ", "self.restore(", "variables = make_", "initial = ", "in make_placeholders:"],
        ["tf.Variable(value, name=name)", "variables = make_", "v.assign(value)"],
        "A TF1 variable has no value until the session runs its initializer; here the value comes in through a"
        " placeholder. A TF2 variable has its value from the start.",
    ),
    "Inputs": (
        ["tf.placeholder(spec.dtype", 'tf.placeholder("int32"', "Batch("],
        ["tf.TensorSpec("],
        "The same information: type and shape, None for any batch size. session.run feeds a placeholder; a function"
        " takes an argument.",
    ),
    "Graph": (
        ["tf.Graph()", "as_default()", "self.train_op = train_step(", "last_loss = ", "finalize()"],
        ["@tf.function(", "def step", "return train_", "@concrete"],
        "TF1's constructor makes a graph, calls train_step once to add its nodes, and finalizes the graph. In TF2 the"
        " decorator does this, when the function is first called.",
    ),
    "Optimizers": (
        ["optimize_graph=True", "rewrite_options", "disable_meta_optimizer", "tf.ConfigProto()"],
        ["jit_compile=False"],
        "Each session has its own switch for the graph optimizer. All functions share one, tf.config.optimizer; each"
        " function can ask for XLA.",
    ),
    "Fetches": (
        ["outputs = ", "fetches = "],
        ["def outputs", "def result", "self.outputs, ", "forward(", "evaluate("],
        "One TF1 graph serves all calls: a run computes only what its fetches need. In TF2 each of them is a function"
        " with a graph of its own.",
    ),
    "Running": (
        ["tf.Session(", "session.run(", "in Execution.close:", "feed_dict = "],
        [".numpy()", "to_numpy(", "inputs, targets = map("],
        "session.run takes and returns arrays. A function takes and returns tensors. A session owns the values of its"
        " variables, and has to be closed.",
    ),
}
print()
_, common, only = compare(("session", "function"), session, function)
explain(("session", "function"), only, SESSION_AND_FUNCTION)
shared.answer(shares[3 * common // sum(map(len, session.values()))])

# %% NumPy and eager: the same functions in other words, and a few that TensorFlow brings along.
print()
compare(("numpy", "eager"), numpy, eager)
missing = [name for name in numpy if name not in eager]
print("  functions only in numpy:", ", ".join(missing))
assert {"sigmoid", "backward"} < set(missing)

# %% Whole texts, side by side, as pages for the browser.
for pair in (("tf2_eager", "tf2_function"), ("tf1_session", "tf2_function"), ("numpy_manual", "tf2_eager")):
    texts = [inspect.getsource(text(name)).splitlines() for name in pair]
    page = lesson.folder() / f"{pair[0]}-{pair[1]}.html"
    page.write_text(difflib.HtmlDiff().make_file(*texts, *pair), encoding="utf-8")
    print("  side by side:", page)

# %% Three texts, one computation: a step gives the same loss, and the graphs compute with the same nodes.
spec, parameters, batch = lesson.digits()
losses, counts = {}, {}
for name in ("tf2_eager", "tf1_session", "tf2_function"):
    with load(name).Network(spec, parameters, optimize_graph=False) as network:
        losses[name] = network.train_step(batch)
        if name != "tf2_eager":
            nodes = [node for graph in {network.graph, network.loop_graph} for node in graph.get_operations()]
            counts[name] = Counter(node.type for node in nodes)
            unread = [node for node in nodes if node.type == "MatMul" and not node.outputs[0].consumers()]
            waiting = [node for node in nodes if node.type.startswith("Assign") and node.control_inputs]
            counts[name].update({"MatMul nobody reads": len(unread), "Assign that waits": len(waiting)})
print("\nOne step, graph optimizer off: the loss of all three is", *set(losses.values()))
print("  nodes                   session  function")
kinds = ("MatMul", "MatMul nobody reads", "SigmoidGrad", "While", "VarHandleOp", "Assign that waits")
table = {kind: (counts["tf1_session"][kind], counts["tf2_function"][kind]) for kind in kinds}
for kind, (of_session, of_function) in table.items():
    print(f"  {kind:20} {of_session:10} {of_function:9}")
print("  MatMul: one of tf.gradients is the gradient of the inputs, which nobody fetches, so it never runs")
print("  VarHandleOp: TF1's graph contains its variables; a function's graph gets them as inputs")
print("  Assign: tf.function makes it wait for earlier reads of its variable, in the order of the lines")
assert len(set(losses.values())) == 1
assert list(table.values()) == [(9, 8), (1, 0), (2, 2), (1, 1), (19, 0), (0, 18)]

# %% What to try next
lesson.end(
    "add a line to graphs/implementations/tf2_function.py. What stops this lesson?", follows="19_stages_of_a_step"
)
