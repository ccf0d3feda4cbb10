"""Losses: what they ask for, and where their gradients go
中文：损失函数：它要求什么，梯度去了哪里。损失函数要求网络做什么，要求得有多强？MAE、MSE 和交叉熵对 10,004 个预测都大于
    0，预测正态分布的损失却可以是 -1.38；九个数里有一个离群值 1000，使 MSE 最小的均值就从 5 变成 115.1，使 MAE 最小的中
    位数不动。logit 为 -10、目标为 1 时，交叉熵的梯度是 -1，MSE 的是 -0.00009；要把神经元纠正过来，前者用 2 到 15 步，后
    者用 1,863 到 15,287 步。判定：第 2、3 条对，第 1 条半对。

Question: what does a loss ask of a network, and how strongly does it ask?
Claims of the notes:
    1. 损失函数（Loss Function）. "用来衡量模型预测值与真实值不一致的程度，是一个非负数函数"
       (It measures how far the values that a model predicts are from the true ones, and is never negative.)
    2. 损失函数（Loss Function）. "损失函数计算：平均绝对误差（Mean Absolute Error, MAE）和 均方误差（Mean Squared
       Error, MSE）"
       (How a loss is computed: the mean absolute error, MAE, and the mean squared error, MSE.)
    3. 损失函数（Loss Function）. "如果我们想要衡量神经网络对于两个类别的分类能力，可以使用二分类交叉熵损失函数（binary
       crossentropy）"
       (To measure how well a network tells two classes apart, one can use the binary cross-entropy.)
Before you run it: a network may answer with one number only, the same for all of 1, 2, 3, 4, 5, 6, 7, 8 and 1000. Which
    number makes MSE least, which makes MAE least? And a neuron is sure, and wrong: which loss corrects it sooner, MSE
    or cross-entropy?

    $ .venv/bin/python examples/06_losses.py
    Loss             least of 10,004    perfect prediction
      MAE                    1.1e-16                     0
      MSE                    1.2e-32                     0
      cross-entropy          1.1e-16                     0
    The loss of a predicted normal distribution whose mean is the target
      deviation  1.0:  0.92
      deviation  0.1: -1.38
      deviation 0.01: -3.69
    d(loss)/d(output), target 1     formula  differences     tape
      MAE            output 0.9      -1.000       -1.000   -1.000
      MAE            output 0.1      -1.000       -1.000   -1.000
      MSE            output 0.9      -0.200       -0.200   -0.200
      MSE            output 0.1      -1.800       -1.800   -1.800
      cross-entropy  output 0.9      -1.111       -1.111   -1.111
      cross-entropy  output 0.1     -10.000      -10.000  -10.000
    The constant with the least loss       MAE    MSE
      1, 2, ... 8, 9                       5.0    5.0
      1, 2, ... 8, 1000                    5.0  115.1
    Logit -10, target 1   d(loss)/d(logit)    steps until right, five neurons
      MSE                         -0.00009    15287  11592  14913   1863   5228
      cross-entropy               -0.99995       15     12     15      2      5
    Target 0: loss, gradient       logit 5      logit 10      logit 20      logit 40
      -log(1 - sigmoid)          5.0, 0.99    10.0, 1.00     inf,  nan     inf,  nan
      Keras, probabilities       5.0, 0.99    10.0, 1.00    15.9, 0.00    15.9, 0.00
      Keras, its own sigmoid     5.0, 0.99    10.0, 1.00    20.0, 1.00    40.0, 1.00
      from logits                5.0, 0.99    10.0, 1.00    20.0, 1.00    40.0, 1.00
    Picture: ...
    Try next: which p makes -(0.3 log p + 0.7 log(1 - p)) least? Is it 0 there?
    Then: examples/07_backpropagation.py

Found:
    1. half true. MAE, MSE and cross-entropy were above 0 for 10,004 predictions, and 0 for one that is perfect. But not
       every loss is like that: that of a normal distribution, predicted with the right mean and a deviation of 0.1, was
       -1.38.
    2. true, but the two ask for different things. The constant with the least MSE is the mean, that with the least MAE
       is the median: one outlier of 1000 among nine numbers moved the mean from 5 to 115.1, and the median not at all.
    3. true. At a logit of -10 and a target of 1 the gradient of cross-entropy was -1, that of MSE -0.00009. The neuron
       was right after 2 to 15 steps with the one, and after 1,863 to 15,287 with the other. Yet compute it from logits:
       in float32 the probability at a logit of 20 is 1, and Keras gave the loss 15.9 in place of 20, with the gradient
       0 in place of 1.
Asserted: no loss of the three is below 0; -1.38; all gradients, three ways; mean and median, among all ninths from 0 to
    1000; the steps; each loss and gradient of a saturated sigmoid
Minutes: 10
"""

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

lesson = Lesson("06_losses", __doc__)
constant = lesson.predict("Which constant has the least MAE for 1, 2, 3, 4, 5, 6, 7, 8, 1000?", [5, 115])
sooner = lesson.predict("A neuron is sure and wrong. Which loss corrects it sooner?", ["MSE", "cross-entropy"])
saturated = lesson.predict(
    "Logit 40, target 0: the exact gradient is 1. What does Keras get from float32 probabilities?",
    [0.0, 1.0],
)
seeds = range(lesson.seed, lesson.seed + 5)


# %% Three losses. The output of a binary cross-entropy is the probability of class 1, its target is 0 or 1.
def mae(outputs, targets):
    return np.mean(np.abs(outputs - targets))


def mse(outputs, targets):
    return np.mean((outputs - targets) ** 2)


def cross_entropy(outputs, targets):
    probabilities = np.where(targets == 1, outputs, 1 - outputs)  # of the right class
    return np.mean(-np.log(probabilities))


LOSSES = {"MAE": mae, "MSE": mse, "cross-entropy": cross_entropy}

# %% None of the three is ever negative, and each is 0 for a perfect prediction only.
nearest = [2.0**-53, 1 - 2.0**-53]  # the second is the float64 just below 1
outputs = np.concatenate([nearest, *(np.random.default_rng(seed).uniform(size=1000) for seed in seeds)])
print("Loss             least of 10,004    perfect prediction")
for name, loss in LOSSES.items():
    least = min(loss(output, target) for output in outputs for target in (0, 1))
    perfect = loss(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    print(f"  {name:14}{least:16.1e}{perfect:22.0f}")
    assert least > 0
    assert perfect == 0


# %% Not every loss is like that. A network may predict a normal distribution, that is, a mean and a deviation.
# Its loss is minus the logarithm of the density at the target, and a density can be greater than 1.
def normal_loss(mean, deviation, target):
    return np.log(deviation * np.sqrt(2 * np.pi)) + ((target - mean) / deviation) ** 2 / 2


print("The loss of a predicted normal distribution whose mean is the target")
for deviation in (1.0, 0.1, 0.01):
    print(f"  deviation {deviation:4}: {normal_loss(0.0, deviation, 0.0):5.2f}")
assert np.isclose(normal_loss(0.0, 0.1, 0.0), -1.3836, atol=1e-4)

# %% Their gradients: by formula, by central differences, by TensorFlow.
GRADIENTS = {
    "MAE": lambda outputs, targets: np.sign(outputs - targets) / outputs.size,
    "MSE": lambda outputs, targets: 2 * (outputs - targets) / outputs.size,
    "cross-entropy": lambda outputs, targets: (outputs - targets) / (outputs * (1 - outputs)) / outputs.size,
}
TENSORFLOW = {
    "MAE": tf.keras.losses.MAE,
    "MSE": tf.keras.losses.MSE,
    "cross-entropy": tf.keras.losses.binary_crossentropy,
}


def by_differences(loss, outputs, targets, step=1e-6):
    moves = step * np.eye(outputs.size)  # one output at a time
    return np.array([loss(outputs + move, targets) - loss(outputs - move, targets) for move in moves]) / (2 * step)


def by_tape(loss, outputs, targets):
    outputs = tf.Variable(outputs)
    with tf.GradientTape() as tape:
        value = loss(tf.constant(targets), outputs)
    return tape.gradient(value, outputs).numpy()


print("d(loss)/d(output), target 1     formula  differences     tape")
for name, loss in LOSSES.items():
    for output in (0.9, 0.1):
        point = np.array([output]), np.array([1.0])
        columns = GRADIENTS[name](*point), by_differences(loss, *point), by_tape(TENSORFLOW[name], *point)
        formula, differences, tape = (column[0] for column in columns)
        print(f"  {name:13}  output {output}{formula:12.3f}{differences:13.3f}{tape:9.3f}")
    for seed in seeds:
        random = np.random.default_rng(seed)
        outputs, targets = random.uniform(0.01, 0.99, 8), random.integers(0, 2, 8).astype(float)
        formula = GRADIENTS[name](outputs, targets)
        assert np.allclose(formula, by_differences(loss, outputs, targets), rtol=1e-4)
        assert np.allclose(formula, by_tape(TENSORFLOW[name], outputs, targets), rtol=1e-9)


# %% One outlier drags the mean, which MSE asks for. It does not move the median, which MAE asks for.
# All sums of whole numbers, divided by 9, are ninths: the best constant is among these, mean or median.
constants = np.arange(9 * 1000 + 1) / 9


def best(loss, targets):
    return constants[np.argmin([loss(c, targets) for c in constants])]


print("The constant with the least loss       MAE    MSE")
usual = np.arange(1.0, 10.0)
spoiled = np.append(usual[:-1], 1000.0)
for name, targets in (("1, 2, ... 8, 9", usual), ("1, 2, ... 8, 1000", spoiled)):
    print(f"  {name:33}{best(mae, targets):7.1f}{best(mse, targets):7.1f}")
constant.answer(round(best(mae, spoiled)))
for seed in seeds:
    usual = np.sort(np.random.default_rng(seed).integers(0, 100, 9))
    spoiled = np.append(usual[:-1], 1000)
    assert best(mae, usual) == best(mae, spoiled) == np.median(usual)
    assert best(mse, usual) == usual.sum() / 9
    assert best(mse, spoiled) == spoiled.sum() / 9 > usual.max()


# %% A neuron that is sure and wrong: its logit is -10, its target 1.
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


D_LOGIT = {
    "MSE": lambda output, target: 2 * (output - target) * output * (1 - output),  # times the slope of the sigmoid
    "cross-entropy": lambda output, target: output - target,  # that slope cancels output * (1 - output) above
}


def steps_until_right(d_logit, seed, learning_rate=0.5):
    inputs, weights = np.random.default_rng(seed).standard_normal((2, 3))
    bias = -10 - inputs @ weights
    steps = 0
    while (output := sigmoid(inputs @ weights + bias)) < 0.5:
        d_z = d_logit(output, 1)
        weights -= learning_rate * d_z * inputs
        bias -= learning_rate * d_z
        steps += 1
    return steps


print("Logit -10, target 1   d(loss)/d(logit)    steps until right, five neurons")
steps = {}
for name, d_logit in D_LOGIT.items():
    steps[name] = [steps_until_right(d_logit, seed) for seed in seeds]
    print(f"  {name:14}{d_logit(sigmoid(-10), 1):22.5f}  " + "".join(f"{each:7}" for each in steps[name]))
    for z in (-10.0, -1.0, 3.0):
        differences = by_differences(lambda z, target, loss=LOSSES[name]: loss(sigmoid(z), target), np.array([z]), 1)
        assert np.isclose(d_logit(sigmoid(z), 1), differences[0], rtol=1e-4)
assert all(slow > 100 * fast for slow, fast in zip(steps["MSE"], steps["cross-entropy"]))
sooner.answer(min(steps, key=lambda name: sum(steps[name])))


# %% Cross-entropy should be computed from logits. A float32 probability near 1 has lost what the logit said.
def as_written(logits):  # for target 0, as in the other three
    return -tf.math.log(1 - tf.sigmoid(logits))


def by_keras(logits):
    probabilities = tf.identity(tf.sigmoid(logits))  # the identity, since Keras looks for logits behind a sigmoid
    return tf.keras.losses.binary_crossentropy(tf.zeros_like(logits), probabilities)


def by_keras_alone(logits):
    return tf.keras.losses.binary_crossentropy(tf.zeros_like(logits), tf.keras.activations.sigmoid(logits))


def from_logits(logits):
    return tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(logits), logits)


def values_and_gradients(loss, logits):
    logits = tf.Variable(np.reshape(logits, (-1, 1)), dtype=tf.float32)  # (N, 1): a loss for each
    with tf.GradientTape() as tape:
        values = loss(logits)
    return np.ravel(values), np.ravel(tape.gradient(values, logits))


WAYS = {
    "-log(1 - sigmoid)": as_written,
    "Keras, probabilities": by_keras,
    "Keras, its own sigmoid": by_keras_alone,
    "from logits": from_logits,
}
logits = np.array([5.0, 10.0, 20.0, 40.0])
found = {name: values_and_gradients(way, logits) for name, way in WAYS.items()}
print("Target 0: loss, gradient" + "".join(f"{f'logit {z:.0f}':>14}" for z in logits))
for name, columns in found.items():
    print(f"  {name:22}" + "".join(f"{value:8.1f},{gradient:5.2f}" for value, gradient in zip(*columns)))
exact = np.logaddexp(0, logits), sigmoid(logits)  # log(1 + exp(z)) and its derivative, in float64
for name in ("Keras, its own sigmoid", "from logits"):
    assert np.allclose(found[name], exact, rtol=1e-5)
assert np.isinf(found["-log(1 - sigmoid)"][0][2:]).all()
assert np.isnan(found["-log(1 - sigmoid)"][1][2:]).all()  # 0, the slope of the sigmoid, times infinity
assert np.allclose(found["Keras, probabilities"][0][2:], -np.log(1e-7), atol=0.5)  # it clips to 1 - 1e-7
assert (found["Keras, probabilities"][1][2:] == 0).all()
saturated.answer(found["Keras, probabilities"][1][3])

# %% The three losses, and what becomes of the third where the logit is great.
figure = Figure((9, 3.9), layout="constrained")
left, right = figure.subplots(1, 2)
outputs = np.linspace(0.01, 1, 200)
labels = {
    "MAE": (0.2, 0.96, "#009E73", "--"),
    "MSE": (0.17, 0.3, "#0072B2", ":"),
    "cross-entropy": (0.12, 2.4, "#D55E00", "-"),
}
for name, (x, y, colour, style) in labels.items():
    left.plot(outputs, [LOSSES[name](output, 1) for output in outputs], style, color=colour, linewidth=2)
    left.text(x, y, name, color=colour, fontsize=11)
left.set(xlabel="prediction, where the target is 1", ylabel="loss")
logits = np.linspace(0, 40, 401)
lines = {
    "from logits": (21, 33, "#0072B2", "-"),
    "Keras, probabilities": (19, 12.5, "#D55E00", "--"),
    "-log(1 - sigmoid)": (1, 30, "#000000", ":"),
}
for name, (x, y, colour, style) in lines.items():
    values, _ = values_and_gradients(WAYS[name], logits)
    right.plot(logits, np.minimum(values, 99), style, color=colour, linewidth=2)
    right.text(x, y, name, color=colour, fontsize=11)
right.set(xlabel="logit, where the target is 0", ylabel="cross-entropy in float32", ylim=(-1, 41))
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
lesson.figure(figure, "losses")

# %% What to try next
lesson.end(
    "which p makes -(0.3 log p + 0.7 log(1 - p)) least? Is it 0 there?",
    follows="07_backpropagation",
)
