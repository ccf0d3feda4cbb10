"""Five rules that turn a gradient into a step
中文：五种优化方法怎样把梯度变成一步。每种方法怎样使用梯度，有没有哪一种最好？山谷的横向坡度是纵向的 100 倍时，Momentum
    用 81 步，SGD 用 220 步；只有 10 倍时，Momentum 用 80 步，SGD 用 22 步。经过 1000 个相同的梯度，AdaGrad 的步长降到最
    初的 0.032，RMSProp 的仍等于学习率；同样调参，Adam 在手写数字上得 95.6%，Momentum 得 95.5%。判定：第 1、2、4、6 条
    对，第 3、5 条半对。

Question: what does each of the five rules do with a gradient, and is one of them the best?
Claims of the notes:
    1. 优化方法 / Momentum. "更新的时候在一定程度上保留之前更新的方向"
       (An update keeps, to a degree, the direction of the updates before it.)
    2. 优化方法 / AdaGrad. "对于出现频率较低参数采用较大的 $α$ 更新"
       (It updates parameters that occur less often with a larger learning rate.)
    3. 优化方法 / RMSProp. "而 RMSProp 仅仅是计算对应的平均值"
       (RMSProp, in contrast, only computes the corresponding mean.)
    4. 优化方法 / RMSProp. "可以缓解 AdaGrad 算法学习率下降较快的问题"
       (It can ease the problem that AdaGrad's learning rate falls quickly.)
    5. 优化方法 / Adam. "结合了 AdaGrad 和 RMSProp 算法最优的性能"
       (It combines the best of AdaGrad and RMSProp.)
    6. 优化方法 / Adam. "它还是能提供解决稀疏梯度和噪声问题的优化方法"
       (It can also deal with sparse gradients and with noise.)
Before you run it: the first gradient is 100, the learning rate 1. How far does each rule go in its first step? And if
    all five are tuned alike, which one wins on the digits?

    $ .venv/bin/python examples/10_optimizers.py
    What is subtracted, at a rate of 1       SGD Momentum  AdaGrad  RMSProp     Adam
      first step, gradient 100               100      100        1     3.16        1
      first step, gradient 0.01             0.01     0.01        1     3.16        1
      1000th step, every gradient 1            1       10   0.0316        1        1
      rare / common feature, each time         1        1     10.2     3.16     9.83
      pure noise / equal gradients         0.994    0.227     1.02    0.958    0.227
      gradients: 1000 of 10, 100 of 1          1       10  0.00316    0.999    0.108
      A plain mean of all squares, in place of RMSProp's: 0.105 in the last row
      Adam without its corrections: 3.16 in the first row, 0.1 / sqrt(0.001)
    Steps in a valley to 1/100 of the distance: best of 81 rates, mean of 5 starts
                10 times as steep across  100 times  100 times, turned by 30 degrees
      SGD                             22        220                              220
      Momentum                        80         81                               81
      AdaGrad                          4          4                              277
      RMSProp                        212        210 ...
      Adam                            77         77                               90
    Digits, 5 epochs: accuracy on 347 digits, by rate; fresh starts at the best rate
                at 0.001  at 0.1   best  within 2 points  test (low to high)   loss
      SGD            12%     89%  1.000  0.562 to 1.000   95.0% (93.8 to 96.4) 0.133
      Momentum       25%     95%  0.100  0.056 to 0.316   95.5% (94.2 to 96.9) 0.128
      AdaGrad        18%     95%  0.100  0.056 to 0.178   95.5% (94.9 to 96.2) 0.160
      RMSProp        71%     90%  0.032  0.006 to 0.032   94.7% (93.1 to 96.0) 0.101
      Adam           68%     94%  0.032  0.010 to 0.100   95.6% (95.3 to 95.8) 0.072
      within 2 points: of the best accuracy; loss: on the 1000 training digits
    Picture: ...
    Try next: turn the valley by 45 degrees, or by 90. Which rules notice which?
    Then: examples/11_tensors.py

Found:
    1. true. An update keeps 0.9 of the one before. In a valley 100 times as steep across as along, Momentum needed 81
       steps and SGD 220; in one only 10 times as steep, Momentum needed 80 and SGD 22.
    2. true. For a feature in 1 of 100 examples AdaGrad went, each time, 10 times as far as for one in all of them: the
       square root of 100. SGD went equally far for both.
    3. half true. RMSProp computes a mean of the squares in which new ones weigh more, and so forgets. After 1000
       gradients of 10 and 100 of 1 its step was 1.00; with a plain mean of all squares it would have been 0.105.
    4. true. After 1000 equal gradients AdaGrad's step had fallen to 0.032 of the first one, 1 / sqrt(1000). RMSProp's
       stayed at the learning rate.
    5. half true. It has both: it went 9.8 times as far for the rare feature, and its step did not fall under equal
       gradients. But it forgets slowly (0.11 where RMSProp's step was 1.00), and on new digits it was no better than
       Momentum: tuned alike, 95.6% and 95.5%, though with the lowest training loss, 0.072. At a rate of 0.001 it
       reached 68%, RMSProp 71%, the others at most 25%.
    6. true. It went 9.8 times as far for a rare feature. Under pure noise its steps were 0.23 of those under equal
       gradients, due to its mean of gradients, which is Momentum's: there it was 0.23, too.
Asserted: the project's rules, bit for bit; 1 / sqrt(t) of AdaGrad, 1 / sqrt(1 - 0.9^t) of RMSProp, 1 of Adam; each row
    of known gradients; the valleys; Adam and Momentum within 2 points; who learns at a rate of 0.001
Minutes: 15
"""

import itertools
import math

from graphs.lesson import Lesson

import numpy as np
from matplotlib.figure import Figure

from graphs import optimizers
from graphs.data.datasets import load_dataset

lesson = Lesson("10_optimizers", __doc__)
first = lesson.predict("The first gradient is 100, the learning rate 1. What does Adam subtract?", [1, 10, 100])
falling = lesson.predict(
    "After 1000 equal gradients, which rule takes much shorter steps?", ["AdaGrad", "RMSProp", "Adam"]
)
turned = lesson.predict(
    "A valley is turned by 30 degrees. Which rules need as many steps as before?",
    ["SGD and Momentum", "AdaGrad and RMSProp and Adam", "all"],
)
better = lesson.predict("All tuned alike, on the digits: is Adam 2 points better than Momentum?", ["yes", "no"])


# %% The five rules. Each gets a gradient and its slots, which is what it remembers, and returns what to subtract.
def sgd(gradient, slots, rate, step):
    return rate * gradient, ()


def momentum(gradient, slots, rate, step):
    (velocity,) = slots
    velocity = 0.9 * velocity + gradient
    return rate * velocity, (velocity,)


def adagrad(gradient, slots, rate, step):
    (sum_of_squares,) = slots
    sum_of_squares = sum_of_squares + np.square(gradient)
    return rate * gradient / (np.sqrt(sum_of_squares) + 1e-8), (sum_of_squares,)  # 1e-8: a gradient may be 0


def rmsprop(gradient, slots, rate, step):
    (mean_square,) = slots
    mean_square = 0.9 * mean_square + 0.1 * np.square(gradient)
    return rate * gradient / (np.sqrt(mean_square) + 1e-8), (mean_square,)


def adam(gradient, slots, rate, step):
    mean, mean_square = slots
    mean = 0.9 * mean + 0.1 * gradient
    mean_square = 0.999 * mean_square + 0.001 * np.square(gradient)
    # Both start at 0. After some steps their weights add up to 1 - 0.9**step and 1 - 0.999**step, written here so that
    # little is lost to rounding.
    whole_mean = mean / -np.expm1(step * math.log(0.9))
    whole_mean_square = mean_square / -np.expm1(step * math.log(0.999))
    return rate * whole_mean / (np.sqrt(whole_mean_square) + 1e-8), (mean, mean_square)


RULES = {
    "SGD": (sgd, 0),
    "Momentum": (momentum, 1),
    "AdaGrad": (adagrad, 1),
    "RMSProp": (rmsprop, 1),
    "Adam": (adam, 2),
}


def amounts(name, gradients, rate=1.0):
    """What a rule subtracts at each step."""
    rule, slots = RULES[name][0], (np.zeros_like(gradients[0]),) * RULES[name][1]
    subtracted = []
    for step, gradient in enumerate(gradients, start=1):
        amount, slots = rule(gradient, slots, rate, step)
        subtracted.append(amount)
    return np.array(subtracted)


# %% They are the rules of this project, bit for bit.
noise = np.random.default_rng(lesson.seed).standard_normal((1000, 200))
for name in RULES:
    slots, expected = (np.zeros(200),) * RULES[name][1], []
    for step, gradient in enumerate(noise, start=1):
        amount, slots = optimizers.RULES[name.lower()](np, 1.0, step)(gradient, slots)
        expected.append(amount)
    assert np.array_equal(amounts(name, noise), expected)

# %% What each rule makes of gradients that are known, at a learning rate of 1.
steps = np.arange(1, 1101)
one = np.ones(1100)
rare = (steps % 100 == 0).astype(float)  # of a feature that occurs in 1 of 100 examples
fallen = np.where(steps <= 1000, 10.0, 1.0)
known = np.stack([100 * one, one / 100, one, rare, fallen], axis=1)  # (steps, kinds of gradient)
table, equal = {}, {}
for name in RULES:
    large, small, equal[name], seldom, less = amounts(name, known).T
    last = slice(999, 1099)  # 100 steps, with the rare feature in the first of them
    under_noise = np.sqrt(np.square(amounts(name, noise)[900:]).mean())
    table[name] = {
        "first step, gradient 100": large[0],
        "first step, gradient 0.01": small[0],
        "1000th step, every gradient 1": equal[name][999],
        "rare / common feature, each time": seldom[last].sum() / equal[name][last].mean(),
        "pure noise / equal gradients": under_noise / equal[name][999],
        "gradients: 1000 of 10, 100 of 1": less[-1],
    }
print(f"{'What is subtracted, at a rate of 1':35}" + "".join(f"{name:>9}" for name in RULES))
for row in table["SGD"]:
    print(f"  {row:33}" + "".join(f"{table[name][row]:9.3g}" for name in RULES))
assert np.allclose(equal["AdaGrad"], 1 / np.sqrt(steps), rtol=1e-6)
assert np.allclose(equal["RMSProp"], 1 / np.sqrt(1 - 0.9**steps), rtol=1e-6)
assert np.allclose(equal["Adam"], 1, rtol=1e-6)
falling.answer(*[name for name in ("AdaGrad", "RMSProp", "Adam") if equal[name][999] < 0.5])
plain_mean = 1 / np.sqrt(np.square(fallen).mean())
print(f"  A plain mean of all squares, in place of RMSProp's: {plain_mean:.3f} in the last row")
uncorrected, _ = adam(np.array(100.0), (0.0, 0.0), 1.0, math.inf)  # after infinitely many steps nothing is corrected
print(f"  Adam without its corrections: {uncorrected:.3g} in the first row, 0.1 / sqrt(0.001)")
(_, small, _, seldom, noisy, less) = ([row[kind] for row in table.values()] for kind in table["SGD"])
assert np.allclose(small, [0.01, 0.01, 1, 10**0.5, 1], rtol=1e-5)
assert np.isclose(uncorrected, 0.1 / np.sqrt(0.001))
assert np.allclose(seldom, [1, 1, 10, 10**0.5, 10], rtol=0.05)
assert np.allclose(noisy, [1, (0.1 / 1.9) ** 0.5, 1, 1, (0.1 / 1.9) ** 0.5], rtol=0.1)  # of a mean: (1-0.9)/(1+0.9)
assert less[2] < 0.01 < less[4] < 0.2 < 0.95 < less[3]
first.answer(round(table["Adam"]["first step, gradient 100"]))


# %% A valley 10 or 100 times as steep across as along: straight, or turned.
def valley(ratio, degrees):
    """The curvatures (2, 2), and five starts (5, 1, 2), at a distance of 1 from the minimum, which is at 0."""
    angle, around = np.radians(degrees), np.radians([10, 28, 46, 64, 82])[:, None]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([1 / ratio, 1]) @ turn.T, np.stack([np.cos(around), np.sin(around)], axis=-1) @ turn.T


def path(name, curvatures, x, rate, steps):
    (rule, count), points = RULES[name], [x]
    slots = (np.zeros_like(x),) * count
    for step in range(1, steps + 1):
        amount, slots = rule(points[-1] @ curvatures, slots, rate, step)
        points.append(points[-1] - amount)
    return np.array(points)  # (steps + 1, ..., 2)


def steps_needed(name, ratio, degrees):
    """The steps until x stays within 0.01 of the minimum, as the mean of five starts; and the rate, the best of 81."""
    rates = np.logspace(-3, 1, 81)
    curvatures, x = valley(ratio, degrees)
    with np.errstate(all="ignore"):  # some rates are too large
        points = path(name, curvatures, x + 0 * rates[:, None], rates[:, None], 600)
        outside = ~(np.square(points).sum(axis=-1) < 0.01**2)  # (steps + 1, starts, rates)
    needed = np.where(outside[-1], np.inf, len(outside) - outside[::-1].argmax(axis=0)).mean(axis=0)
    return needed.min(), rates[needed.argmin()]


print("Steps in a valley to 1/100 of the distance: best of 81 rates, mean of 5 starts")
print(f"  {'':9}{'10 times as steep across':>25}{'100 times':>11}{'100 times, turned by 30 degrees':>33}")
# In a straight valley each parameter has a parabola of its own. AdaGrad, RMSProp and Adam scale each by itself.
needed, valley_rates = {}, {}
for name in RULES:
    (low, _), (high, _), (askew, valley_rates[name]) = (
        steps_needed(name, *each) for each in ((10, 0), (100, 0), (100, 30))
    )
    needed[name] = low, high, askew
    print(f"  {name:9}{low:25.0f}{high:11.0f}{askew:33.0f}")
assert needed["Momentum"][1] < needed["SGD"][1] / 2
assert needed["Momentum"][0] > needed["SGD"][0] * 2
turned.answer(" and ".join(name for name, (_, high, askew) in needed.items() if high == askew))


# %% A fair race. The network: one hidden layer for the digits. "..." holds several networks side by side.
def start(seed, sizes=(64, 16, 10)):
    random, parameters = np.random.default_rng(seed), []
    for rows, columns in itertools.pairwise(sizes):
        limit = np.sqrt(6 / (rows + columns))
        parameters += [random.uniform(-limit, limit, (rows, columns)), np.zeros((1, columns))]
    return parameters  # weights1 (D, H), biases1 (1, H), weights2 (H, C), biases2 (1, C)


def forward(parameters, inputs):
    weights1, biases1, weights2, biases2 = parameters
    hidden = np.tanh(inputs @ weights1 + biases1)  # (..., N, H)
    logits = hidden @ weights2 + biases2  # (..., N, C)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return hidden, exponentials / exponentials.sum(axis=-1, keepdims=True)  # outputs: (..., N, C)


def gradients_of(parameters, inputs, targets):
    hidden, outputs = forward(parameters, inputs)
    d_logits = (outputs - targets) / inputs.shape[-2]  # (..., N, C)
    d_z1 = d_logits @ parameters[2].mT * (1 - hidden**2)  # (..., N, H)
    d_biases1, d_biases2 = (d.sum(axis=-2, keepdims=True) for d in (d_z1, d_logits))
    return inputs.mT @ d_z1, d_biases1, hidden.mT @ d_logits, d_biases2


def accuracy(parameters, inputs, targets):
    _, outputs = forward(parameters, inputs)
    return 100 * (outputs.argmax(axis=-1) == targets.argmax(axis=-1)).mean(axis=-1)


def loss_of(parameters, inputs, targets):
    _, outputs = forward(parameters, inputs)
    return -np.log((outputs * targets).sum(axis=-1)).mean(axis=-1)


def train(name, rates, seeds, epochs=5, size=50):
    (rule, count), rates = RULES[name], np.reshape(rates, (-1, 1, 1, 1))
    parameters = [np.stack(arrays) + 0 * rates for arrays in zip(*map(start, seeds))]  # (rates, seeds, ...)
    all_slots = [(np.zeros_like(each),) * count for each in parameters]
    orders = [np.random.default_rng(seed).permuted(np.tile(np.arange(1000), (epochs, 1)), axis=1) for seed in seeds]
    batches = np.split(np.reshape(orders, (len(seeds), -1)), epochs * 1000 // size, axis=1)  # (seeds, size) each
    for step, chosen in enumerate(batches, start=1):
        for index, gradient in enumerate(gradients_of(parameters, train_inputs[chosen], train_targets[chosen])):
            amount, all_slots[index] = rule(gradient, all_slots[index], rates, step)
            parameters[index] = parameters[index] - amount
    return parameters


# %% Every rule is tuned alike, on 347 digits kept back for that, and tested on others, from fresh starts.
data = load_dataset("digits", "float64", seed=lesson.seed)
train_inputs, kept_inputs = np.split(data.train.inputs, [1000])
train_targets, kept_targets = np.split(data.train.targets, [1000])
rates = np.logspace(-4, 0.5, 19)
print("Digits, 5 epochs: accuracy on 347 digits, by rate; fresh starts at the best rate")
print("            at 0.001  at 0.1   best  within 2 points  test (low to high)   loss")
scores, good, tests = {}, {}, {}
for name in RULES:
    tuning = train(name, rates, range(lesson.seed + 5, lesson.seed + 10))
    scores[name] = accuracy(tuning, kept_inputs, kept_targets).mean(axis=1)
    chosen = rates[scores[name].argmax()]
    fresh = train(name, [chosen], range(lesson.seed, lesson.seed + 5))
    tests[name], loss = accuracy(fresh, *data.test)[0], loss_of(fresh, train_inputs, train_targets).mean()
    good[name] = rates[scores[name] > scores[name].max() - 2]
    low, high = (scores[name][np.isclose(rates, rate)].item() for rate in (0.001, 0.1))
    print(f"  {name:9}{low:8.0f}%{high:7.0f}%{chosen:7.3f}{good[name][0]:7.3f} to {good[name][-1]:.3f}", end="")
    print(f"{tests[name].mean():7.1f}% ({tests[name].min():.1f} to {tests[name].max():.1f}){loss:6.3f}")
print("  within 2 points: of the best accuracy; loss: on the 1000 training digits")
difference = tests["Adam"].mean() - tests["Momentum"].mean()
better.answer("yes" if difference > 2 else "no")
assert abs(difference) < 2
at_one_rate = [scores[name][rates.searchsorted(0.00099)] for name in RULES]  # at 0.001
assert max(at_one_rate[:3]) + 20 < min(at_one_rate[3:])

# %% Five paths down the turned valley, each at its best rate; and accuracy against the learning rate.
curvatures, x = valley(100, 30)
plane = np.stack(np.meshgrid(np.linspace(-0.5, 1.5, 200), np.linspace(-0.3, 1.1, 140)), axis=-1)
losses = (plane @ curvatures * plane).sum(axis=-1) / 2
figure = Figure((9, 5), layout="constrained")
grid = figure.add_gridspec(2, 5, height_ratios=(2, 3))
below = figure.add_subplot(grid[1, :])
styles = {
    "SGD": ("#0072B2", "-", (0.026, 45)),
    "Momentum": ("#D55E00", "--", (0.0019, 80)),
    "AdaGrad": ("#009E73", "-.", (0.0042, 52)),
    "RMSProp": ("#CC79A7", ":", (0.00023, 60)),
    "Adam": ("black", "-", (0.0008, 50)),
}
for column, (name, (color, line, label)) in enumerate(styles.items()):
    axes = figure.add_subplot(grid[0, column])
    axes.contour(plane[..., 0], plane[..., 1], losses, levels=np.logspace(-4, 0, 9), colors="#BBBBBB", linewidths=0.6)
    axes.plot(
        *path(name, curvatures, x[2, 0], valley_rates[name], 300).T, ".-", color=color, markersize=3, linewidth=0.8
    )
    axes.set(xlim=(-0.5, 1.5), ylim=(-0.3, 1.1), xticks=(), yticks=(), aspect="equal")
    axes.set_title(f"{name}: {needed[name][2]:.0f} steps", fontsize=10)
    below.semilogx(rates, scores[name], color=color, linestyle=line)
    below.text(*label, name, color=color)
below.set(xlabel="learning rate", ylabel="accuracy after 5 epochs (%)")
lesson.figure(figure, "paths_and_rates")

# %% What to try next
lesson.end("turn the valley by 45 degrees, or by 90. Which rules notice which?", follows="11_tensors")
