"""AutoGraph: which Python statements become nodes
中文：AutoGraph：哪些 Python 语句会变成节点。tf.function 把 Python 函数中哪些 if、for、while 和 break 变成图的节点？依赖
    张量的语句变成节点：一个 while、两个 if 和一个 break 变成 1 个 While 和 3 个 If，步数与 Python 相同；只依赖 Python
    值的语句仍由 Python 执行：循环次数是数字 5，循环体就复制成五份。另有四个普通函数，即时执行时正常，变成图就报错。
    判定：半对。

Question: which if, for, while and break of a Python function does tf.function turn into nodes of the graph?
Claim of the notes: tf.function：自动构建计算图.
    "将普通 Python 函数转换为 TensorFlow 计算图"
    (It turns an ordinary Python function into a TensorFlow graph.)
Before you run it: the body of the loop `for _ in range(turns)` is one multiplication. How many multiplications will the
    graph have when turns is the Python number 5? And when it is a tensor that holds 5?

    $ .venv/bin/python examples/16_autograph.py
    Steps from n to 1, at most 100: Python integers, eager tensors, the graph
      n = 6: 8 8 8
      n = 7: 16 16 16
      n = 27: 100 100 100
      one trace for all n, with 1 While and 3 If; the third If is the `and` of the break
    AutoGraph rewrote the ifs, the break and the while
      ag__.if_stmt(ag__.ld(n) % 2 == 0, if_body, else_body, get_state, ...
      ag__.if_stmt(ag__.ld(steps) == 100, if_body_1, else_body_1, get_state_1, ...
      return ag__.and_(lambda: ag__.not_(break_), lambda: ag__.ld(n) != 1)
      ag__.while_stmt(loop_test, loop_body, get_state_2, set_state_2, ...
    Python runs these branches of absolute(1.0)
      eager: positive
      traced: positive, negative
    The graph of a loop of five turns
      turns is a Python number: 5 Mul, 0 While
      turns is a tensor: 1 Mul, 1 While
    Each of these runs eagerly, and fails as a tf.function
      a list that grows in a loop over a tensor: InaccessibleTensorError
        <tf.Tensor ...> is out of scope and cannot be used here
      a variable that only one branch makes: ValueError
        'y' must also be initialized in the else branch
      an if on a tensor, with autograph=False: OperatorNotAllowedInGraphError
        Using a symbolic `tf.Tensor` as a Python `bool` is not allowed
      the same in a lambda made by eval, which has no source: OperatorNotAllowedInGraphError
        Using a symbolic `tf.Tensor` as a Python `bool` is not allowed
    The same lambda with its source works: 1.0
    TensorBoard: ... --logdir ...
    Try next: in appended, write to a tf.TensorArray instead of a list, and the lesson stops: it no longer fails.
    Then: examples/17_debugging.py

Found: half true. What depends on a tensor became nodes: AutoGraph made one While and three If of a while, two ifs and a
    break, and the graph gave the steps that Python gave. What depends on Python values alone stayed Python: a loop over
    the number 5 became five copies of its body. And four ordinary functions that run eagerly failed as graphs.
Asserted: the steps; how many While, If and Mul; the calls in AutoGraph's code; the branches that Python ran; four
    functions run eagerly and raise as graphs; a lambda with source works
Minutes: 8
"""

import re
import textwrap
from collections import Counter

from graphs.lesson import Lesson

import tensorflow as tf

lesson = Lesson("16_autograph", __doc__)
branches = lesson.predict("An if tests a tensor. How many of its two branches does Python run while tracing?", [1, 2])
copies = lesson.predict("for _ in range(5) holds one multiplication. How many will the graph have?", [1, 5])
from_eval = lesson.predict("A lambda made by eval has an if on a tensor. Can tf.function use it?", ["yes", "no"])


# %% One text, run by Python on numbers, run by Python on tensors, and traced into a graph.
def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
        if steps == 100:
            break
    return steps


def node_types(graph):
    """How many nodes of each type a graph has. The bodies of its loops and branches are graphs in its library."""
    graph_def = graph.as_graph_def()
    nodes = [*graph_def.node, *(node for body in graph_def.library.function for node in body.node_def)]
    return Counter(node.op.removeprefix("Stateless") for node in nodes)  # StatelessIf: an If without side effects


traced = tf.function(collatz)
print("Steps from n to 1, at most 100: Python integers, eager tensors, the graph")
for n, expected in ((6, 8), (7, 16), (27, 100)):
    steps = collatz(n), collatz(tf.constant(n)), traced(tf.constant(n)).numpy()
    print(f"  n = {n}:", *steps)
    assert steps == (expected, expected, expected)
graph = traced.get_concrete_function(tf.constant(6)).graph
types = node_types(graph)
print(
    f"  one trace for all n, with {types['While']} While and {types['If']} If; the third If is the `and` of the break"
)
assert traced.experimental_get_tracing_count() == 1
assert (types["While"], types["If"]) == (1, 3)

# %% AutoGraph rewrites the source first. The break becomes part of the loop's condition: not break_ and n != 1.
# ag__.ld loads a variable. The functions if_body, else_body and loop_body hold your lines; get_state and set_state
# carry n, steps and break_ in and out of them, as a node has inputs and outputs.
print("AutoGraph rewrote the ifs, the break and the while")
code = tf.autograph.to_code(collatz)
for line in code.splitlines():
    if "_stmt(" in line or "and_(" in line:
        print("  " + textwrap.shorten(line, width=76, placeholder=" ..."))
assert [code.count(call) for call in ("while_stmt(", "if_stmt(", "and_(")] == [1, 2, 1]

# %% Tracing must cover both branches, as the graph will choose. Eager takes one.
branches_run = []


def absolute(x):
    if x > 0:
        branches_run.append("positive")
        y = x
    else:
        branches_run.append("negative")
        y = -x
    return y


print("Python runs these branches of absolute(1.0)")
for kind, function, expected in (("eager", absolute, 1), ("traced", tf.function(absolute), 2)):
    branches_run.clear()
    assert function(tf.constant(1.0)) == 1
    print(f"  {kind}: {', '.join(branches_run)}")
    assert len(branches_run) == expected
branches.answer(len(branches_run))


# %% A loop over a Python number is copied turn by turn while tracing. A loop over a tensor is one While.
def doubled(x, turns):
    for _ in range(turns):
        x = 2.0 * x
    return x


print("The graph of a loop of five turns")
for kind, turns, expected in (("a Python number", 5, (5, 0)), ("a tensor", tf.constant(5), (1, 1))):
    types = node_types(tf.function(doubled).get_concrete_function(tf.constant(1.0), turns).graph)
    print(f"  turns is {kind}: {types['Mul']} Mul, {types['While']} While")
    assert (types["Mul"], types["While"]) == expected
    if kind == "a Python number":
        copies.answer(types["Mul"])


# %% Python accepts more than a graph can hold, and AutoGraph can convert only what it can read.
def appended(x):
    values = []
    for _ in tf.range(3):
        x = 2.0 * x
        values.append(x)
    return tf.stack(values)


def one_branch(x):
    if x > 0:
        y = x
    return y


without_source = eval("lambda x: x if x > 0 else -x")
one = tf.constant(1.0)
print("Each of these runs eagerly, and fails as a tf.function")
for kind, function, autograph, expected in (
    ("a list that grows in a loop over a tensor", appended, True, ValueError),
    ("a variable that only one branch makes", one_branch, True, ValueError),
    ("an if on a tensor, with autograph=False", absolute, False, TypeError),
    ("the same in a lambda made by eval, which has no source", without_source, True, TypeError),
):
    function(one)
    try:
        tf.function(function, autograph=autograph)(one)
    except expected as error:  # or one of its subclasses
        message = re.split(r"\. |\n", str(error).split("Error: ")[-1])[0]
        print(f"  {kind}: {type(error).__name__}\n    {message}")
    else:
        raise AssertionError(f"{kind} did not fail")
    if function is without_source:
        from_eval.answer("no")
with_source = tf.function(lambda x: x if x > 0 else -x)
print("The same lambda with its source works:", with_source(-one).numpy())
assert with_source(-one) == 1

# %% What to try next
lesson.log("collatz").graph(graph.as_graph_def(add_shapes=True))
lesson.end(
    "in appended, write to a tf.TensorArray instead of a list, and the lesson stops: it no longer fails.",
    follows="17_debugging",
)
