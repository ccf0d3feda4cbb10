"""Backpropagation: the chain rule, from the error back to every weight
中文：反向传播：用链式法则把误差传回每个权重。网络怎样知道每个权重对误差有多大影响？链式法则沿一条路径相乘，在路径交汇
    处相加；求 6,570 个参数的梯度，它只要前向、反向各一次，双侧差分要前向传播 13,140 次，耗时是它的几千倍。更新一次，
    误差从 0.298 降到 0.291；如果先更新第二层再往回传，第一层得到的就不再是梯度，不过在这里，误差到第七位才有差别。判
    定：第 1、2、3 条都对。

Question: how does a network find out how much each of its weights contributes to its error?
Claims of the notes:
    1. 反向传播. "就是通过
       **链式法则**，从最终结果开始，一层层地向后计算每一个节点、每个参数对最终结果的“影响力”（即梯度）。"
       (By the chain rule, beginning with the final result, it works backwards layer by layer and computes how much
       each node and each parameter influences the final result: the gradient.)
    2. 反向传播. "在真实的神经网络中，计算出这个“影响力”后，就可以根据它来微调参数 => 这就是“学习”的过程。"
       (Once this influence is known, it tells how to adjust the parameters a little. That is learning.)
    3. 前馈神经网络的训练过程. "前向计算每一层的状态和激活值，直到最后一层" "反向计算每一层的参数的偏导数" "更新参数"
       (Forward, compute the state and the activation of each layer, up to the last. Backward, compute the partial
       derivatives of each layer's parameters. Update the parameters.)
Before you run it: two inputs, two hidden units, two outputs. The weight w1 leads from input 1 to hidden unit 1, which
    leads to both outputs, through w5 and w7. Which paths go from w1 to the error, and what does the chain rule do with
    them? Without it, one moves each parameter a little up and a little down, and looks at the error. How many forward
    passes is that for 6,570 parameters?

    $ .venv/bin/python examples/07_backpropagation.py
    Forward, through two hidden units to two outputs
      hidden   0.593269992  0.596884378
      outputs  0.751365070  0.772928465
      error    0.298371109
    Backward along one path: the error, output 1, its weighted sum z, w5
      d(error)/d(output1) = output1 - target1      0.741365070
      d(output1)/d(z)     = output1 (1 - output1)  0.186815602
      d(z)/d(w5)          = hidden unit 1          0.593269992
      d(error)/d(w5)      = their product          0.082167041
    Backward along both paths that lead to w1
      by output 1 and w5   0.000668396
      by output 2 and w7  -0.000229828
      d(error)/d(w1)       0.000438568, their sum
    d(error)/d(w)     chain rule    differences   tf.gradients   GradientTape
      w1             0.000438568    0.000438568    0.000438568    0.000438568
      w2             0.000877135    0.000877135    0.000877135    0.000877135
      w3             0.000497713    0.000497713    0.000497713    0.000497713
      w4             0.000995425    0.000995425    0.000995425    0.000995425
      w5             0.082167041    0.082167041    0.082167041    0.082167041
      w6             0.082667628    0.082667628    0.082667628    0.082667628
      w7            -0.022602540   -0.022602540   -0.022602540   -0.022602540
      w8            -0.022740242   -0.022740242   -0.022740242   -0.022740242
      largest gap          0e+00  ...  ...  ...
    Move one weight: the change of the error        predicted     measured
      w5 + 0.01                                   0.000821670  0.000821057
      w5 + 0.001                                  0.000082167  0.000082161
      w1 + 0.01                                   0.000004386  0.000004386
      the influence of w5 is 187 times that of w1
    The error
      before                             0.298371109
      one update                         0.291027774
      one update, uphill                 0.305640633
      one update, layer 2 too early      0.291027924
      10,000 updates                     0.000035102
      10,000 updates, layer 2 too early  0.000035085
    A network for the digits, 64-64-32-10, with 6570 parameters, and one digit
      differences: 13140 forward passes, ... ms
      chain rule: 1 forward pass and 1 backward pass, ... ms
      ... times as long for the same gradients; largest gap ...
    Picture: ...
    TensorBoard: ... --logdir ...
    Try next: let w3 = w1, w4 = w2, w6 = w5, w8 = w7. Do the hidden units ever part?
    Then: examples/08_from_nothing.py

Found:
    1. true, and one thing is unsaid: along a path the chain rule multiplies, and where paths meet it adds. All eight
       gradients agree with differences to both sides to 5e-12 and with both of TensorFlow's to 1e-15. For the 6,570
       gradients of a network for the digits the chain rule needs one forward and one backward pass. Differences to both
       sides need 13,140 forward passes (to one side 6,571, less exactly), and took thousands of times as long.
    2. true. w5 + 0.01 changes the error by 0.000821, and its gradient predicts 0.000822. One update lowers the error
       from 0.298 to 0.291, the same step uphill raises it to 0.306, and 10,000 updates leave 0.000035.
    3. true. If layer 2 is updated before the error passes back through it, the numbers for layer 1 are no longer the
       gradient. Here that hardly mattered: the error differed in the seventh digit after one update, and after 10,000
       it was even a little lower, 0.000035085, not 0.000035102. Matt Mazur's article, from which this network is taken,
       publishes the errors of this wrong order with the weights of the right one.
Asserted: 15 published figures to their last digit, and three more in the wrong order; the gradients from four
    sources; a miss that shrinks a hundredfold if the move shrinks tenfold; the counts of passes; the order of errors
Minutes: 12
"""

import time

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from matplotlib.figure import Figure

lesson = Lesson("07_backpropagation", __doc__)
paths = lesson.predict(
    "Two paths lead from w1 to the error. What does the chain rule do with their products?",
    ["adds them", "multiplies them", "takes the larger"],
)
order = lesson.predict(
    "Layer 2 is updated before the gradients of layer 1 are computed. Is the error then exactly the same?",
    ["yes", "no"],
)
passes = lesson.predict(
    "6,570 parameters, each moved a little up and a little down: how many forward passes?", [2, 6570, 13140]
)

# %% A network with 2 inputs, 2 hidden units and 2 outputs, and one example to learn.
# Matt Mazur worked it out in "A Step by Step Backpropagation Example", 2015:
# https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/
# There is one example only, so a layer is W a here, weights @ inputs, as the notes write it.
inputs, targets = np.array([0.05, 0.10]), np.array([0.01, 0.99])
weights1 = np.array([[0.15, 0.20], [0.25, 0.30]])  # [[w1, w2], [w3, w4]], a row for each hidden unit
weights2 = np.array([[0.40, 0.45], [0.50, 0.55]])  # [[w5, w6], [w7, w8]], a row for each output
parameters = [weights1, np.array([0.35, 0.35]), weights2, np.array([0.60, 0.60])]  # weights and biases in turn
forward_passes = 0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(parameters, inputs):
    """The activations of all layers: the inputs first, the outputs last."""
    global forward_passes
    forward_passes += 1
    activations = [inputs]
    for weights, biases in zip(parameters[::2], parameters[1::2]):
        activations.append(sigmoid(weights @ activations[-1] + biases))
    return activations


def error_of(parameters, inputs, targets):
    outputs = forward(parameters, inputs)[-1]
    return np.sum((outputs - targets) ** 2) / 2


_, hidden, outputs = forward(parameters, inputs)
error = error_of(parameters, inputs, targets)
print("Forward, through two hidden units to two outputs")
for name, values in {"hidden": hidden, "outputs": outputs, "error": [error]}.items():
    print(f"  {name:7}" + "".join(f"{value:13.9f}" for value in values))
assert f"{error:.9f}" == "0.298371109"  # as published; so are the digits in the assertions below

# %% One path backward, by hand: from the error through output 1 to w5, a factor for each step.
# error = (output1 - target1)^2 / 2 + ..., output1 = sigmoid(z), z = w5 * hidden unit 1 + w6 * hidden unit 2 + 0.60
factors = {
    "d(error)/d(output1) = output1 - target1": outputs[0] - targets[0],
    "d(output1)/d(z)     = output1 (1 - output1)": outputs[0] * (1 - outputs[0]),
    "d(z)/d(w5)          = hidden unit 1": hidden[0],
}
d_w5 = np.prod(list(factors.values()))
print("Backward along one path: the error, output 1, its weighted sum z, w5")
for name, factor in [*factors.items(), ("d(error)/d(w5)      = their product", d_w5)]:
    print(f"  {name:45}{factor:.9f}")
assert [f"{factor:.9f}" for factor in factors.values()] == ["0.741365070", "0.186815602", "0.593269992"]
assert f"{d_w5:.9f}" == "0.082167041"

# %% Two paths lead back to w1, through output 1 and through output 2.
d_z = (outputs - targets) * outputs * (1 - outputs)  # of both outputs
through = [d * w * hidden[0] * (1 - hidden[0]) * inputs[0] for d, w in zip(d_z, weights2[:, 0])]
print("Backward along both paths that lead to w1")
print(f"  by output 1 and w5  {through[0]:12.9f}\n  by output 2 and w7  {through[1]:12.9f}")
print(f"  d(error)/d(w1)      {sum(through):12.9f}, their sum")
assert f"{sum(through):.9f}" == "0.000438568"


# %% All paths at once. Each layer is visited once: what it hands down serves all layers below it.
def backward(parameters, activations, targets):
    """The gradients of all parameters, found from the last layer to the first."""
    d_activation = activations[-1] - targets  # d(error)/d(outputs)
    gradients = []
    for layer in reversed(range(len(parameters) // 2)):
        below, activation = activations[layer], activations[layer + 1]
        d_z = d_activation * activation * (1 - activation)
        gradients = [np.outer(d_z, below), d_z, *gradients]  # of the weights and of the biases
        d_activation = parameters[2 * layer].T @ d_z  # for the layer below; the product adds up the paths
    return gradients


# %% Check the chain rule without it: move each number up and down, and run forward again.
def central_differences(parameters, inputs, targets, step=1e-5):
    gradients = [np.empty_like(parameter) for parameter in parameters]
    for parameter, gradient in zip(parameters, gradients):
        for place in np.ndindex(parameter.shape):
            value = parameter[place]
            parameter[place] = value + step
            above = error_of(parameters, inputs, targets)
            parameter[place] = value - step
            gradient[place] = (above - error_of(parameters, inputs, targets)) / (2 * step)
            parameter[place] = value
    return gradients


def tensorflow_error(weights1, weights2):
    hidden = tf.sigmoid(tf.linalg.matvec(weights1, inputs) + parameters[1])
    outputs = tf.sigmoid(tf.linalg.matvec(weights2, hidden) + parameters[3])
    return tf.reduce_sum(tf.square(outputs - targets)) / 2


gradients = backward(parameters, [inputs, hidden, outputs], targets)
columns = {"chain rule": gradients[::2], "differences": central_differences(parameters, inputs, targets)[::2]}
with tf1.Graph().as_default() as graph, tf1.Session() as session:
    weights = [tf.constant(weights1), tf.constant(weights2)]
    columns["tf.gradients"] = session.run(tf1.gradients(tensorflow_error(*weights), weights))
with tf.GradientTape() as tape:
    weights = [tf.constant(weights1), tf.constant(weights2)]
    tape.watch(weights)
    columns["GradientTape"] = tape.gradient(tensorflow_error(*weights), weights)
columns = {name: np.ravel(both) for name, both in columns.items()}  # w1 to w8
print("d(error)/d(w)" + "".join(f"{name:>15}" for name in columns))
for number, row in enumerate(zip(*columns.values()), start=1):
    print(f"  w{number}         " + "".join(f"{value:15.9f}" for value in row))
gaps = [np.abs(column - columns["chain rule"]).max() for column in columns.values()]
print("  largest gap" + "".join(f"{gap:15.0e}" for gap in gaps))
assert gaps[1] < 1e-10  # the error is rounded to 1e-17 or so, which the step of 1e-5 magnifies
assert max(gaps[2:]) < 1e-15  # a few roundings of gradients below 0.1
combined = {"adds them": sum(through), "multiplies them": np.prod(through), "takes the larger": max(through)}
paths.answer(min(combined, key=lambda name: abs(combined[name] - columns["differences"][0])))

# %% The influence of a weight: how much the error changes when the weight does.
print(f"{'Move one weight: the change of the error':44}{'predicted':>13}{'measured':>13}")
misses = []
for name, index, move in (("w5", 2, 0.01), ("w5", 2, 0.001), ("w1", 0, 0.01)):
    moved = [parameter.copy() for parameter in parameters]
    moved[index][0, 0] += move
    predicted, change = move * gradients[index][0, 0], error_of(moved, inputs, targets) - error
    misses.append(abs(change - predicted))
    print(f"  {name} + {move:<37}{predicted:13.9f}{change:13.9f}")
print(f"  the influence of w5 is {d_w5 / sum(through):.0f} times that of w1")
assert misses[0] < 0.001 * 0.01 * d_w5
assert 95 < misses[0] / misses[1] < 105  # a tenth of the move, a hundredth of the miss: the gradient is the slope


# %% A step of learning: forward, backward, update. Mazur leaves the biases as they are.
def updated(parameters, gradients, learning_rate=0.5):
    return [p - learning_rate * g if p.ndim == 2 else p for p, g in zip(parameters, gradients)]


PUBLISHED = ["0.149780716", "0.19956143", "0.24975114", "0.29950229"]  # w1 to w4 after one update
PUBLISHED += ["0.35891648", "0.408666186", "0.511301270", "0.561370121"]  # w5 to w8


def train(parameters, steps, too_early=False):
    for _ in range(steps):
        activations = forward(parameters, inputs)
        gradients = backward(parameters, activations, targets)
        if too_early:  # the wrong order: layer 2 is updated, then the error goes back through its new weights
            ahead = [*parameters[:2], *updated(parameters, gradients)[2:]]
            gradients = backward(ahead, activations, targets)
        parameters = updated(parameters, gradients)
    return parameters


nearly = train(parameters, 9_999)
ends = {
    "before": parameters,
    "one update": train(parameters, 1),
    "one update, uphill": updated(parameters, gradients, learning_rate=-0.5),
    "one update, layer 2 too early": train(parameters, 1, too_early=True),
    "10,000 updates": train(nearly, 1),
    "10,000 updates, layer 2 too early": train(parameters, 10_000, too_early=True),
}
errors = {name: error_of(trained, inputs, targets) for name, trained in ends.items()}
print("The error")
for name, value in errors.items():
    print(f"  {name:35}{value:.9f}")
assert [f"{w:.{len(text) - 2}f}" for w, text in zip(np.ravel(ends["one update"][::2]), PUBLISHED)] == PUBLISHED
assert errors["one update"] < errors["before"] < errors["one update, uphill"]
assert errors["10,000 updates"] < 0.0002 * errors["before"]
assert f"{error_of(nearly, inputs, targets):.10f}" == "0.0000351085"  # published as the error after 10,000 updates
# His article has these digits, of the wrong order, beside the weights of the right one.
assert f"{errors['one update, layer 2 too early']:.9f}" == "0.291027924"
published_outputs = forward(ends["10,000 updates, layer 2 too early"], inputs)[-1]
assert [f"{output:.9f}" for output in published_outputs] == ["0.015912196", "0.984065734"]
assert f"{errors['one update']:.9f}" == "0.291027774"
order.answer("no" if errors["one update"] != errors["one update, layer 2 too early"] else "yes")

# %% What the chain rule saves. One backward pass gives all gradients; differences need two forward passes for each.
spec, start, batch = lesson.digits(1, dtype="float64")
big = [parameter.T.copy() for parameter in start]  # one row for each unit, as above
digit = batch.inputs[0], batch.targets[0]
forward_passes, began = 0, time.perf_counter()
differences = central_differences(big, *digit)
slow, slow_passes = time.perf_counter() - began, forward_passes
times = []
for _ in range(20):
    forward_passes, began = 0, time.perf_counter()
    gradients_of_big = backward(big, forward(big, digit[0]), digit[1])
    times.append(time.perf_counter() - began)
fast, count = np.median(times), sum(parameter.size for parameter in big)
largest = max(np.abs(a - b).max() for a, b in zip(gradients_of_big, differences))
print(f"A network for the digits, {'-'.join(map(str, spec.layer_sizes))}, with {count} parameters, and one digit")
print(f"  differences: {slow_passes} forward passes, {1000 * slow:.0f} ms")
print(f"  chain rule: {forward_passes} forward pass and 1 backward pass, {1000 * fast:.2f} ms")
print(f"  {slow / fast:.0f} times as long for the same gradients; largest gap {largest:.0e}")
assert (slow_passes, forward_passes) == (2 * count, 1) == (13140, 1)
assert largest < 1e-9
assert slow > 100 * fast
passes.answer(slow_passes)

# %% The network: a thicker line is a larger gradient. The path to w5 is marked, with its factors.
figure = Figure((9, 4.6), layout="constrained")
axes = figure.subplots()
axes.set_axis_off()
BLUE, RED, ORANGE = "#0072B2", "#D55E00", "#E69F00"
axes.plot([1, 2, 3], [1, 1, 0.5], color=ORANGE, linewidth=22, alpha=0.4, solid_capstyle="round")
for number, gradient in enumerate(columns["chain rule"]):
    layer, to, start = np.unravel_index(number, (2, 2, 2))
    color, style = (RED, "-") if gradient > 0 else (BLUE, "--")
    width = 0.8 + 80 * abs(gradient)
    axes.plot([layer, layer + 1], [1 - start, 1 - to], color=color, linestyle=style, linewidth=width)
    along = 0.5 if start == to else 0.25  # lines that cross have their labels before the crossing
    place = layer + along, 1 - start + along * (start - to)
    label = {"ha": "center", "va": "center", "fontsize": 9}
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    axes.text(*place, f"w{number + 1}\n{gradient:.4f}", bbox=white, **label)
for y in (1, 0):
    axes.plot([2, 3], [y, 0.5], color="black", linewidth=1)
layers = zip(("input", "hidden\nunit", "output"), (inputs, hidden, outputs))
units = [(f"{name} {row + 1}\n{v:.3f}", x, 1 - row) for x, (name, vs) in enumerate(layers) for row, v in enumerate(vs)]
for text, x, y in [*units, (f"error\n{error:.3f}", 3, 0.5)]:
    axes.scatter(x, y, s=2900, facecolor="white", edgecolor="black", zorder=3)
    axes.text(x, y, text, zorder=4, **label)
for (x, y), (name, factor) in zip([(2.62, 0.94), (2, 1.3), (1, 1.3)], factors.items()):
    axes.text(x, y, f"{name.partition('=')[0].strip()}\n= {factor:.3f}", **label)
axes.set_title(f"d(error)/d(w5) = {' × '.join(f'{factor:.3f}' for factor in factors.values())} = {d_w5:.4f}")
axes.plot([], [], color=RED, linewidth=3, label="positive: a larger weight, a larger error")
axes.plot(
    [], [], color=BLUE, linewidth=3, linestyle="--", label="negative: a larger weight, a smaller error   (width: size)"
)
axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
axes.set(xlim=(-0.3, 3.3), ylim=(-0.3, 1.5))
lesson.figure(figure, "gradients")

# %% What to try next
lesson.log("tf.gradients").graph(graph.as_graph_def(add_shapes=True))
lesson.end(
    "let w3 = w1, w4 = w2, w6 = w5, w8 = w7. Do the hidden units ever part?",
    follows="08_from_nothing",
)
