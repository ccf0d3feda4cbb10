"""A neuron as a switch
中文：像开关一样的神经元。这样的神经元能判断什么，能用梯度下降训练吗？阈值为 0.5 的开关把 8 种情形全部判对；两个输入的函
    数共 16 个，一个开关能算 14 个，其余两个要用三个开关。但开关的损失是斜率为 0 的阶梯，训练五次，每次 1000 步，参数一
    个也没动；sigmoid 五次都学会了 OR，却从不完全关闭，该输出 0 时仍输出 0.055。判定：第 1 条对，第 2、3 条半对。

Question: what can a neuron decide if it is a switch, and can gradient descent teach it anything?
Claims of the notes:
    1. 模拟生物的神经元信号传递规则. "所有信号的加权总和超过一个“阔值”，就被“激活”（兴奋），向下传递信息"
       "否则就保持“抑制”"
       (If the weighted sum of all signals exceeds a threshold, the neuron is activated, or excited, and passes
       information on. Otherwise it stays inhibited. 阔值 is misspelled: a threshold is 阈值.)
    2. 模拟生物的神经元信号传递规则. "这种简单的开关机制构成了整个网络决策和学习的根本。"
       (This simple switch is the foundation of all that a network decides and learns.)
    3. 一个神经元就是一个决策小单元. "上面说的开关就是 **激活函数** 实现。" "是否需要继续向下传递？"
       (The switch is what the activation function does: does the information have to be passed on?)
Before you run it: a function of two inputs, each 0 or 1, has four values, so there are 16 such functions. How many of
    them can one switch compute? The loss is a number that says how wrong a neuron is. Gradient descent changes each
    weight a little, in the direction in which the loss falls. If you change a weight of a switch by a millionth, how
    much does its loss change?

    $ .venv/bin/python examples/01_switch.py
    Take an umbrella? One neuron decides: it is on if the sum exceeds 0.5
              rain  clouds  wind
      weights    3       1    -2  positive weights excite, a negative one inhibits
      inputs     0       0     0  sum  0  off
      inputs     0       0     1  sum -2  off
      inputs     0       1     0  sum  1  on
      inputs     0       1     1  sum -1  off
      inputs     1       0     0  sum  3  on
      inputs     1       0     1  sum  1  on
      inputs     1       1     0  sum  4  on
      inputs     1       1     1  sum  2  on
    Functions of two inputs, by their values for 00, 01, 10, 11
      one switch computes 14 of 16, all but (0, 1, 1, 0) and (1, 0, 0, 1)
      three switches, two of which feed the third, compute these two as well
    A sigmoid is a switch with a soft edge: its output goes smoothly from 0 to 1
    1000 steps of gradient descent on OR, which is 0, 1, 1, 1
    How many of the 4 outputs are wrong? (An output above 0.5 counts as 1.)
            switch  switch  sigmoid  outputs of the sigmoid for
      seed  before   after    after     00    01    10    11
         0       1       1        0  0.055 0.966 0.966 1.000
         1       1       1        0  0.055 0.966 0.966 1.000
         2       3       3        0  0.055 0.966 0.966 1.000
         3       3       3        0  0.055 0.966 0.966 1.000
         4       1       1        0  0.056 0.965 0.965 1.000
      in five trainings, 0 of the 3 parameters of the switch changed
    Rosenblatt's rule, without a gradient: the switch learns OR in 2 to 5 passes
    Picture: ...
    Try next: train both on exclusive or, (0, 1, 1, 0). Does the sigmoid learn it?
    Then: examples/02_forward.py

Found:
    1. true. A neuron with weights 3, 1 and -2 and threshold 0.5 decided all 8 cases as it should. A threshold is a bias
       with its sign changed.
    2. half true. Switches can decide: one computes 14 of the 16 functions of two inputs, and three compute the other
       two. But they do not learn by gradient descent: the loss of a switch is a staircase of slope 0, and in five
       trainings of 1000 steps no parameter changed, while a sigmoid learned OR in all five. Rosenblatt's rule teaches
       one switch without a gradient, but must be told its right output. A switch in the middle of a network, such as
       the two that feed the third, has no known right output.
    3. half true. The activation function does decide, and a switch passes on 0 or 1. The sigmoid, which can learn, is
       never off: trained on OR, it gave 0.055 where OR is 0.
Asserted: all 8 decisions; the functions that one switch and three switches compute; in five trainings, no parameter of
    the switch changed, and the sigmoid made no mistake and was never off; Rosenblatt's rule ended; both losses as drawn
Minutes: 8
"""

import itertools

from graphs.lesson import Lesson

import numpy as np
from matplotlib.figure import Figure

lesson = Lesson("01_switch", __doc__)
computed = lesson.predict("How many of the 16 functions of two inputs can one switch compute?", [8, 12, 14, 16])
moved = lesson.predict("Gradient descent trains a switch. How many of its 2 weights and 1 bias change?", [0, 1, 2, 3])


# %% A neuron adds up its weighted inputs. It is on if the sum exceeds its threshold.
def switch(inputs, weights, threshold):
    return int(np.dot(inputs, weights) > threshold)


weights, threshold = [3, 1, -2], 0.5
print("Take an umbrella? One neuron decides: it is on if the sum exceeds 0.5")
print("          rain  clouds  wind")
print("  weights    3       1    -2  positive weights excite, a negative one inhibits")
for rain, clouds, wind in itertools.product([0, 1], repeat=3):
    inputs = [rain, clouds, wind]
    total, decision = np.dot(inputs, weights), switch(inputs, weights, threshold)
    print(f"  inputs  {rain:4}{clouds:8}{wind:6}  sum {total:2}  {'on' if decision else 'off'}")
    assert decision == (rain or (clouds and not wind))
    # Other lessons add a bias and compare with 0. A bias is the threshold with its sign changed.
    bias = -threshold
    assert decision == (total + bias > 0)

# %% What can one switch decide? Try 36 switches, and collect the functions that they compute.
INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # (4, 2): four examples, as rows
functions = set()
for *weights, threshold in itertools.product((-1, 0, 1), (-1, 0, 1), (-1.5, -0.5, 0.5, 1.5)):
    functions.add(tuple(switch(inputs, weights, threshold) for inputs in INPUTS))
lacking = set(itertools.product((0, 1), repeat=4)) - functions
print("Functions of two inputs, by their values for 00, 01, 10, 11")
print(f"  one switch computes {len(functions)} of 16, all but {' and '.join(map(str, sorted(lacking)))}")
computed.answer(len(functions))
# No other weights v, w and threshold t help. (0, 1, 1, 0), exclusive or, needs 0 <= t < v, w: then v + w > t, but the
# sum for 11 must not exceed t. (1, 0, 0, 1) needs v, w <= t < 0: then v + w < t, but the sum for 11 must exceed t.
assert lacking == {(0, 1, 1, 0), (1, 0, 0, 1)}


# %% Two switches that feed a third compute what one cannot.
def three_switches(inputs, weights, threshold):
    either, both = switch(inputs, [1, 1], 0.5), switch(inputs, [1, 1], 1.5)
    return switch([either, both], weights, threshold)


# Either and not both is exclusive or. Its negation takes the same switch with all signs changed.
found = {tuple(three_switches(inputs, *third) for inputs in INPUTS) for third in (([1, -2], 0.5), ([-1, 2], -0.5))}
print("  three switches, two of which feed the third, compute these two as well")
assert found == lacking


# %% Learning is another matter. The loss says how wrong a neuron is, and its gradient which way is down.
# z is the weighted sum plus the bias. As a function of z, a switch is a step from 0 to 1.
def on_off(z):
    return np.where(z > 0, 1.0, 0.0)


# A switch with a soft edge: its output goes smoothly from 0 to 1.
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def neuron(activation, parameters):
    weights, bias = parameters[:2], parameters[2]
    return activation(INPUTS @ weights + bias)  # (4,)


def loss(activation, parameters, targets):
    return np.mean((neuron(activation, parameters) - targets) ** 2)


def gradient(activation, parameters, targets, width=1e-6):
    """The slope of the loss along each parameter, from the loss a little above it and a little below."""
    nudges = width * np.eye(3)
    above = np.array([loss(activation, parameters + nudge, targets) for nudge in nudges])
    below = np.array([loss(activation, parameters - nudge, targets) for nudge in nudges])
    return (above - below) / (2 * width)


# %% Gradient descent moves each parameter a little against its slope, again and again.
OR = np.array([0, 1, 1, 1])  # its values for 00, 01, 10, 11
learning_rate = 2.0  # how far a parameter moves for a slope of 1
seeds = range(lesson.seed, lesson.seed + 5)
starts = [np.random.default_rng(seed).normal(size=3) for seed in seeds]
most_moved = 0
print("A sigmoid is a switch with a soft edge: its output goes smoothly from 0 to 1")
print("1000 steps of gradient descent on OR, which is 0, 1, 1, 1")
print("How many of the 4 outputs are wrong? (An output above 0.5 counts as 1.)")
print("        switch  switch  sigmoid  outputs of the sigmoid for")
print("  seed  before   after    after     00    01    10    11")
for seed, start in zip(seeds, starts):
    after = {}
    for activation in (on_off, sigmoid):
        parameters = start.copy()
        for _ in range(1000):
            parameters -= learning_rate * gradient(activation, parameters, OR)
        after[activation] = neuron(activation, parameters)
        if activation is on_off:
            most_moved = max(most_moved, np.sum(parameters != start))
    wrong = [np.sum((outputs > 0.5) != OR) for outputs in (neuron(on_off, start), *after.values())]
    shown = " ".join(f"{output:.3f}" for output in after[sigmoid])
    print(f"  {seed:4}{wrong[0]:8}{wrong[1]:8}{wrong[2]:9}  {shown}")
    assert wrong[2] == 0
    assert after[sigmoid].min() > 0.01  # a sigmoid is never off
print(f"  in five trainings, {most_moved} of the 3 parameters of the switch changed")
assert most_moved == 0
moved.answer(most_moved)


# %% A switch can learn without a gradient, by the rule of the perceptron (Rosenblatt, 1958).
def passes_to_learn(parameters, targets):
    """How often the rule goes through the examples until no output is wrong."""
    with_one = np.column_stack([INPUTS, np.ones(4)])  # the bias is the weight of an input that is always 1
    for passes in range(100):
        if (on_off(with_one @ parameters) == targets).all():
            return passes
        for inputs, target in zip(with_one, targets):
            parameters = parameters + (target - on_off(inputs @ parameters)) * inputs
    raise AssertionError("not learned in 100 passes")


passes = [passes_to_learn(start, OR) for start in starts]
print(f"Rosenblatt's rule, without a gradient: the switch learns OR in {min(passes)} to {max(passes)} passes")

# %% Why: the loss of a switch is a staircase. It is flat almost everywhere, and no slope says where down is.
z = np.linspace(-6, 6, 1201)
losses = {each: np.array([loss(each, np.array([w, 3.0, -2.0]), OR) for w in z]) for each in (on_off, sigmoid)}
assert set(losses[on_off]) == {0.5, 0.25, 0.0}
assert (np.diff(losses[sigmoid]) < 0).all()
figure = Figure((9, 3.8), layout="constrained")
left, right = figure.subplots(1, 2)
here, around = np.array([-2.5, 3.0, -2.0]), np.array([-1.5, 0, 1.5])
for name, activation, colour, style, *at in (
    ("switch", on_off, "#D55E00", "-", -2.4, 0.52),
    ("sigmoid", sigmoid, "#0072B2", "--", -6, 0.27),
):
    left.plot(z, activation(z), style, color=colour, linewidth=2)
    right.plot(z, losses[activation], style, color=colour, linewidth=2)
    height, slope = loss(activation, here, OR), gradient(activation, here, OR)[0]
    right.plot(here[0] + around, height + slope * around, "k", marker="o", markevery=[1])
    right.text(*at, f"{name}: slope {slope:.2f}", color=colour)
left.text(0.3, 0.92, "switch", color="#D55E00")
left.text(2.2, 0.8, "sigmoid", color="#0072B2")
left.set(title="A neuron", xlabel="weighted sum + bias", ylabel="output")
right.set(title="Its loss on OR: a staircase, and a slope", ylabel="mean squared error", ylim=(-0.03, 0.6))
right.set_xlabel("weight of the first input (the second is 3, the bias -2)")
lesson.figure(figure, "staircase")

# %% What to try next
lesson.end("train both on exclusive or, (0, 1, 1, 0). Does the sigmoid learn it?", follows="02_forward")
