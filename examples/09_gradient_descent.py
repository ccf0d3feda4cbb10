"""Gradient descent: how long a step, from how many examples
中文：梯度下降：一步走多远，每步看多少样本。学习率和批的大小决定什么？各用最好的学习率，同样看 2694 个样本，批的大小为
    1、64 和全部样本时，损失分别降到 0.18、0.35 和 1.96；同样走 20 步，则分别降到 2.26、0.79 和 0.59。在 XOR 上，用两个
    隐藏单元，100 个起点有 41 个卡住，用四个则一个也没有；单个样本的梯度通常偏离全体样本的梯度 82 度，64 个一批则偏离 43
    度。判定：第 3 条对，第 1、2 条半对。

Question: what do the learning rate and the batch size decide?
Claims of the notes:
    1. 优化方法 / SGD. "算法收敛速度快"
       (The algorithm converges fast,)
    2. 优化方法 / SGD. "但容易收敛到局部最优。"
       (but it easily converges to a local optimum.)
    3. 优化方法 / SGD. "缺点是更新方向依赖于当前 batch 计算出的梯度，因而很不稳定"
       (Its drawback: the direction of an update depends on the gradient of the current batch, so it is very unstable.)
Before you run it: which is faster, a step for every example, or one step for all of them together? And how much closer
    to the gradient of all examples is the gradient of 64 than that of 1: 64 times, or 8 times?

    $ .venv/bin/python examples/09_gradient_descent.py
    Loss 2 x^2, of curvature 4: each step multiplies x by 1 - 4 * rate
      rate  factor  |x| after 100 steps, from 1
      0.01    0.96  0.017
      0.25    0.00  0
      0.49   -0.96  0.017
      0.50   -1.00  1
      0.51   -1.04  51
      1.00   -3.00  5.2e+47
    300 digits, all in each step: the loss of five starts, lowest to highest
      rate   before          after 40 steps
       0.01  2.32 to 2.48    2.18 to 2.33
       1.00  2.32 to 2.48    0.22 to 0.25
      30.00  2.32 to 2.48 ...
    Gradients after one epoch, against that of all examples: mean of five starts
      batch  spread, in lengths of the full gradient  median angle  wrong way
          1                                      8.2    82 degrees        22%
         64                                      1.0    43 degrees         0%
      wrong way: more than 90 degrees off; even a short step raises the mean loss
      spread of 1 / spread of 64: 8.1 to 8.3; expected 8.19
    Loss, with the best of five rates: the mean of five starts
      batch  after 2694 examples            after 20 steps
          1  0.18 in 2694 steps, rate 0.03  2.26 with    20 examples, rate 0.03
         64  0.35 in   42 steps, rate 1.0   0.79 with  1280 examples, rate 1.0
       1347  1.96 in    2 steps, rate 1.0   0.59 with 26940 examples, rate 1.0
    XOR: of 100 starts, those with a loss above 0.3 after 2000 steps
      2 hidden units, all four examples a step, rate 0.5   41, median loss 0.35
      2 hidden units, one example a step, rate 0.5         24
      2 hidden units, one example a step, rate 0.1         44
      4 hidden units, all four examples a step, rate 0.5    0
    Digits, 16 hidden units, 20 epochs: losses of five starts from 0.10 to 0.11
    Picture: ...
    Try next: draw batches of 256 as a third cloud. How wide should it be? Is it?
    Then: examples/10_optimizers.py

Found:
    1. half true. Per example, yes: after 2694 examples the loss had fallen from 2.4 to 0.18 with batches of 1, to 0.35
       with batches of 64, and to 1.96 with all examples in each of two steps. Per step, no: after 20 steps the three
       had reached 2.26, 0.79 and 0.59. Each used its best rate.
    2. half true. On XOR, with two hidden units, 41 of 100 starts got stuck at a loss of 0.35, with two of the four
       examples undecided. It is not the noise of SGD that traps them: with one example a step, 24 got stuck at the same
       rate, and 44 at a lower one. With four hidden units none did, and on the digits five starts all reached 0.10 to
       0.11.
    3. true. The gradient of one example was, as a rule, 82 degrees away from that of all examples, and 22% of them
       pointed the wrong way. With batches of 64 it was 43 degrees, and 0%: the spread falls with the square root of the
       batch size.
Asserted: the factor of each step on a parabola; three rates; the law of the spread, within a tenth; the order of the
    batch sizes by examples and by steps; how many starts get stuck with two hidden units, with noise, and with four
Minutes: 12
"""

import itertools

from graphs.lesson import Lesson

import numpy as np
from matplotlib.figure import Figure

from graphs.data.datasets import load_dataset

lesson = Lesson("09_gradient_descent", __doc__)
boundary = lesson.predict(
    "On a parabola of curvature 4, what is the smallest learning rate that fails?", [0.25, 0.5, 1.0]
)
closer = lesson.predict(
    "How much closer to the full gradient are batches of 64 than batches of 1?", ["64 times", "8 times"]
)
fastest = lesson.predict("Which batch size has the lowest loss after 2694 examples?", [1, 64, 1347])
shares = "fewer than 10", "10 to 60", "more than 60"
stuck = lesson.predict("XOR, a network of two hidden units: how many of 100 starts get stuck?", shares)
seeds = range(lesson.seed, lesson.seed + 5)

# %% On a parabola each step multiplies x by the same factor, 1 - curvature * rate.
curvature, distances = 4.0, {}
print("Loss 2 x^2, of curvature 4: each step multiplies x by 1 - 4 * rate")
print("  rate  factor  |x| after 100 steps, from 1")
for rate in (0.01, 0.25, 0.49, 0.5, 0.51, 1.0):
    x, factor = 1.0, 1 - curvature * rate
    for _ in range(100):
        x = x - rate * (4 * x)  # against the gradient, which is 4 x
    distances[rate] = abs(x)
    print(f"  {rate:.2f}  {factor:6.2f}  {abs(x):.2g}")
    assert np.isclose(x, factor**100, rtol=1e-12, atol=1e-12)
    assert (abs(x) < 1) == (rate < 2 / curvature)
boundary.answer(min(rate for rate, distance in distances.items() if distance >= 1))


# %% A network for the digits, and its gradients by the chain rule.
# The axes in front of the last two, "...", hold several networks, or several batches, side by side.
def start(seed, sizes=(64, 16, 10)):
    random, parameters = np.random.default_rng(seed), []
    for rows, columns in itertools.pairwise(sizes):
        limit = np.sqrt(6 / (rows + columns))
        parameters += [random.uniform(-limit, limit, (rows, columns)), np.zeros((1, columns))]
    return parameters  # weights1 (D, H), biases1 (1, H), weights2 (H, C), biases2 (1, C)


def side_by_side(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def forward(parameters, inputs):
    weights1, biases1, weights2, biases2 = parameters
    hidden = np.tanh(inputs @ weights1 + biases1)  # (..., N, H)
    logits = hidden @ weights2 + biases2  # (..., N, C)
    logits -= logits.max(axis=-1, keepdims=True)  # changes no probability, and exp cannot overflow
    return hidden, logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))  # log probabilities: (..., N, C)


def loss_of(parameters, inputs, targets):
    _, log_probabilities = forward(parameters, inputs)
    return -(targets * log_probabilities).sum(axis=-1).mean(axis=-1)  # (...)


def gradients_of(parameters, inputs, targets):
    hidden, log_probabilities = forward(parameters, inputs)
    d_logits = (np.exp(log_probabilities) - targets) / inputs.shape[-2]  # (..., N, C)
    d_z1 = d_logits @ parameters[2].mT * (1 - hidden**2)  # (..., N, H)
    d_biases1, d_biases2 = (d.sum(axis=-2, keepdims=True) for d in (d_z1, d_logits))
    return inputs.mT @ d_z1, d_biases1, hidden.mT @ d_logits, d_biases2


def step(parameters, inputs, targets, rate):
    return [each - rate * d for each, d in zip(parameters, gradients_of(parameters, inputs, targets))]


inputs, targets = load_dataset("digits", "float64", seed=lesson.seed).train  # (1347, 64), (1347, 10)
count = len(inputs)
starts = side_by_side([start(seed) for seed in seeds])

# %% Three rates, on 300 digits at once. The curvature differs from place to place, but the three cases are the same.
some = inputs[:300], targets[:300]
rates = np.reshape([0.01, 1.0, 30.0], (3, 1, 1, 1))
parameters, curves = [each + 0 * rates for each in starts], []  # three rates, five starts, side by side
for _ in range(40):
    curves.append(loss_of(parameters, *some))
    parameters = step(parameters, *some, rates)
curves = np.array([*curves, loss_of(parameters, *some)])  # (steps, rates, starts)
print("300 digits, all in each step: the loss of five starts, lowest to highest")
print("  rate   before          after 40 steps")
for rate, before, after in zip(rates.ravel(), curves[0], curves[-1]):
    print(f"  {rate:5.2f}  {before.min():.2f} to {before.max():.2f}    {after.min():.2f} to {after.max():.2f}")
too_small, right, too_large = curves[-1]
assert too_small.min() > 0.8 * curves[0].min()
assert right.max() < 0.25 * curves[0].min()
assert too_large.min() > 10 * curves[0].max()


# %% At the same weights, how far do the gradients of batches lie from the gradient of all examples?
def batches(size, epochs):
    """The examples of each step, (5, size): every start has its own order, a new one in each epoch."""
    for epoch in range(epochs):
        orders = np.stack([np.random.default_rng([seed, epoch]).permutation(count) for seed in seeds])
        for first in range(0, count - size + 1, size):
            yield orders[:, first : first + size]


def train(size, steps, rates):
    parameters = starts
    for chosen in itertools.islice(batches(size, 1 + steps * size // count), steps):
        parameters = step(parameters, inputs[chosen], targets[chosen], rates)
    return parameters


def compare(gradients, full):
    """The spread around the full gradient, in its lengths; the median angle to it; the share the wrong way."""
    length = np.linalg.norm(full)
    spread = np.sqrt(np.square(gradients - full).sum(axis=1).mean()) / length
    cosines = gradients @ full / np.linalg.norm(gradients, axis=1) / length
    return spread, np.median(np.degrees(np.arccos(cosines))), (cosines < 0).mean()


trained, measured = train(64, 21, 0.3), []
for network, seed in zip(zip(*trained), seeds):
    parts = gradients_of(network, inputs[:, None], targets[:, None])  # 1347 batches of one
    of_1 = np.concatenate([part.reshape(count, -1) for part in parts], axis=1)  # (1347, 1210)
    random, full = np.random.default_rng(seed), of_1.mean(axis=0)
    of_64 = np.array([of_1[random.choice(count, 64, replace=False)].mean(axis=0) for _ in range(400)])
    measured.append([compare(of_1, full), compare(of_64, full)])
    if seed == lesson.seed:
        shown = of_1, of_64, full  # in the picture
measured = np.array(measured)  # (starts, batch sizes, what compare returns)
print("Gradients after one epoch, against that of all examples: mean of five starts")
print("  batch  spread, in lengths of the full gradient  median angle  wrong way")
for size, (spread, angle, wrong) in zip((1, 64), measured.mean(axis=0)):
    print(f"  {size:5}  {spread:39.1f}  {angle:4.0f} degrees  {wrong:9.0%}")
print("  wrong way: more than 90 degrees off; even a short step raises the mean loss")
law = np.sqrt(64 * (count - 1) / (count - 64))  # for a mean of 64, none drawn twice; nearly sqrt(64)
ratios = measured[:, 0, 0] / measured[:, 1, 0]
print(f"  spread of 1 / spread of 64: {ratios.min():.1f} to {ratios.max():.1f}; expected {law:.2f}")
assert np.allclose(ratios / law, 1, rtol=0.1)
assert (measured[:, 0, 1] > measured[:, 1, 1] + 15).all()
assert (measured[:, 0, 2] > 0.03).all()
closer.answer(f"{ratios.mean():.0f} times")

# %% Which batch size is fast? Each takes the best of five rates.
grid = np.reshape([0.03, 0.1, 0.3, 1.0, 3.0], (5, 1, 1, 1))


def best(size, steps):
    """The lowest loss, as the mean of five starts, and its rate."""
    losses = loss_of(train(size, steps, grid), inputs, targets).mean(axis=1)
    return losses.min(), grid.ravel()[losses.argmin()]


print("Loss, with the best of five rates: the mean of five starts")
print("  batch  after 2694 examples            after 20 steps")
examples, steps = {}, {}
for size in (1, 64, count):
    (examples[size], rate), (steps[size], rate20) = best(size, 2 * count // size), best(size, 20)
    text = f"{examples[size]:.2f} in {2 * count // size:4} steps, rate {rate}"
    print(f"  {size:5}  {text:29}  {steps[size]:.2f} with {20 * size:5} examples, rate {rate20}")
assert examples[1] < 0.8 * examples[64] < 0.4 * examples[count]
assert steps[count] < 0.95 * steps[64] < 0.6 * steps[1]
fastest.answer(min(examples, key=examples.get))

# %% Does it get stuck? 100 starts on XOR, side by side; and the digits again.
xor_inputs, xor_targets = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.eye(2)[[0, 1, 1, 0]]


def stuck_losses(hidden, rate, one_at_a_time=False):
    """The losses of those of 100 starts that are above 0.3 after 2000 steps."""
    networks = side_by_side([start(seed, (2, hidden, 2)) for seed in range(lesson.seed, lesson.seed + 100)])
    random, chosen = np.random.default_rng(lesson.seed), np.arange(4)
    for _ in range(2000):
        if one_at_a_time:
            chosen = random.integers(4, size=(100, 1))  # each start has its own
        networks = step(networks, xor_inputs[chosen], xor_targets[chosen], rate)
    losses = loss_of(networks, xor_inputs, xor_targets)
    return losses[losses > 0.3]


plain, wide = stuck_losses(2, 0.5), stuck_losses(4, 0.5)
noisy, noisy_slow = stuck_losses(2, 0.5, one_at_a_time=True), stuck_losses(2, 0.1, one_at_a_time=True)
print("XOR: of 100 starts, those with a loss above 0.3 after 2000 steps")
print(f"  2 hidden units, all four examples a step, rate 0.5  {len(plain):3}, median loss {np.median(plain):.2f}")
print(f"  2 hidden units, one example a step, rate 0.5        {len(noisy):3}")
print(f"  2 hidden units, one example a step, rate 0.1        {len(noisy_slow):3}")
print(f"  4 hidden units, all four examples a step, rate 0.5  {len(wide):3}")
assert len(wide) <= 3 < 20 < len(plain) < 60
assert len(noisy) < len(plain)
assert abs(np.median(plain) - np.log(2) / 2) < 0.01  # as if it had two examples right, and guessed the other two
stuck.answer(shares[0 if len(plain) < 10 else 1 if len(plain) <= 60 else 2])
losses = loss_of(train(64, 420, 0.3), inputs, targets)
print(f"Digits, 16 hidden units, 20 epochs: losses of five starts from {losses.min():.2f} to {losses.max():.2f}")
assert losses.max() < 1.3 * losses.min() < 0.2

# %% Three rates, and two clouds of gradients around one full gradient.
of_1, of_64, full = shown
along, across = full / np.linalg.norm(full), np.ones(full.size)
for _ in range(20):  # power iteration: at a right angle to the full gradient, the direction of the largest spread
    across = (of_1 - full).T @ ((of_1 - full) @ across)
    across -= across @ along * along
    across /= np.linalg.norm(across)
figure = Figure((9, 3.6), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(2, 3))
labels = ("rate 0.01: too small", 3), ("rate 1", 0.75), ("rate 30: too large", 25)
for lines, (label, height), color in zip(np.moveaxis(curves, 1, 0), labels, ("#0072B2", "#009E73", "#D55E00")):
    left.semilogy(lines, color=color, linewidth=1)
    left.text(40, height, label, color=color, ha="right")
left.set(xlabel="step", ylabel="loss of 300 digits", title="Three learning rates, five starts each")
for gradients, color, marker in ((of_1, "#E69F00", "o"), (of_64, "#0072B2", "x")):
    x, y = (gradients @ axis / np.linalg.norm(full) for axis in (across, along))
    right.scatter(x, y, s=8, linewidths=0.5, color=color, marker=marker)
right.annotate("", (0, 1), (0, 0), arrowprops={"arrowstyle": "-|>", "linewidth": 2, "shrinkA": 0, "shrinkB": 0})
right.axhline(0, color="black", linewidth=0.5)
right.text(0.98, 0.9, "arrow: all examples", ha="right", transform=right.transAxes)
right.text(0.98, 0.8, "crosses: 64 examples", color="#0072B2", ha="right", transform=right.transAxes)
right.text(0.98, 0.7, "dots: 1 example", color="#B87F00", ha="right", transform=right.transAxes)
right.text(0.98, 0.04, "below the line: the wrong way", ha="right", transform=right.transAxes)
right.set(xlabel="across the full gradient (in its lengths)", ylabel="along it", aspect="equal")
right.set_title("Gradients of batches, at the same weights")
lesson.figure(figure, "rates_and_batches")

# %% What to try next
lesson.end("draw batches of 256 as a third cloud. How wide should it be? Is it?", follows="10_optimizers")
