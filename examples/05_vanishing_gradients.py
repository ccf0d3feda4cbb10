"""Where the gradient of a deep network goes
中文：深层网络的梯度去了哪里。梯度消失，原因在激活函数，还是在初始权重？用 Glorot 权重时，每多一层，第一层的梯度在
    sigmoid 网络中变为原来的 0.24 倍，在 tanh 网络中变为 0.97 倍，在 ReLU 网络中变为 0.71 倍。换成 He 权重，ReLU 网络变
    为 1.01 倍，十层网络的正确率原为 10% 到 26%，现为 69% 到 92%；但学习率为 2、像素取 0 到 1 时，91% 的 ReLU 会“死
    亡”。判定：第 1 条对，第 2、3 条半对。

Question: does the gradient vanish because of the activation, or because of the initial weights?
Claims of the notes:
    1. 常见激活函数 / Sigmoid（S型函数）. "在深层网络中容易出现梯度消失（计算梯度时接近0），导致训练困难"
       (In deep networks the gradient easily vanishes, that is, it comes out close to 0, which makes training hard.)
    2. 常见激活函数 / Tanh（双曲正切函数）. "同样存在梯度消失问题"
       (It has the problem of vanishing gradients, too.)
    3. 激活函数的特点. "ReLU 的有效导数是常数 1，解决了深层网络中出现的梯度消失问题 => 更适合深层网络训练"
       (The effective derivative of ReLU is the constant 1, which solved the problem of vanishing gradients in deep
       networks, so it suits the training of deep networks better.)
Before you run it: the slope of a sigmoid is at most 1/4. What becomes of a gradient that passes 30 of them? The slope
    of ReLU is 1 for positive inputs and 0 for the others. What becomes of a gradient that passes 30 of those?

    $ .venv/bin/python examples/05_vanishing_gradients.py
    At the start: the size of the first layer's gradient, in 3, 10 and 30 layers
      activation  weights     3 layers  10 layers  30 layers  per layer  first/last
      sigmoid     Glorot / 2     3e-02      1e-08      7e-27       0.12       1e-26
      sigmoid     Glorot         1e-01      4e-06      1e-18       0.24       1e-18
      sigmoid     He             2e-01      5e-05      5e-15       0.32       5e-15
      sigmoid     4 x Glorot     6e-01      2e-02      1e-06       0.62       5e-07
      tanh        Glorot / 2     4e-01      3e-03      3e-09       0.50       1e+00
      tanh        Glorot         1e+00      4e-01      2e-01       0.97       1e+00
      tanh        He             1e+00      1e+00      3e+00       1.04       4e+00
      tanh        4 x Glorot     3e+00      5e+01      2e+05       1.51       2e+05
      ReLU        Glorot / 2     2e-01      9e-05      9e-14       0.35       1e+00
      ReLU        Glorot         8e-01      5e-02      5e-05       0.71       1e+00
      ReLU        He             2e+00      1e+00      2e+00       1.01       7e-01
      ReLU        4 x Glorot     2e+01      2e+04      2e+13       2.86       4e-01
      per layer: times this for one layer more; first/last: gradients in 30 layers
    Share of right answers, ten layers after 110 steps, five networks
      sigmoid     Glorot        0.10  0.10  0.10  0.10  0.10
      sigmoid     4 x Glorot    0.10  0.10  0.10  0.10  0.10
      tanh        Glorot        0.91  0.92  0.90  0.92  0.91
      ReLU        Glorot        0.15  0.12  0.10  0.26  0.11
      ReLU        He            0.70  0.92  0.69  0.92  0.88
    Share of ReLUs that are 0 for every example, initial weights of He
      30 layers, at the start, in layer 1: 0.00, 10: 0.12, 20: 0.25, 29: 0.35
      2 layers, after 110 steps  learning rate 0.05  learning rate 2
        pixels, 0 to 1                           0.02              0.91
        pixels, mean 0                           0.00              0.00
    Picture: ...
    TensorBoard: ... --logdir ...
    Try next: replace gradient in train by 0.01 * np.sign(gradient). Which learn?
    Then: examples/06_losses.py

Found:
    1. true. With the weights of Glorot each further layer of sigmoids multiplied the first layer's gradient by 0.24: in
       30 layers it was 1e-18 of the last layer's. Four times those weights, which the slope of 1/4 asks for, made it
       0.62. With either, networks of ten layers learned nothing: 10% right, which is what guessing gets.
    2. half true. With the weights of Glorot each further layer of tanh left 0.97 of the gradient, and networks of ten
       layers got at least 90% right. It vanished with weights half as large, 0.50, and exploded with four times the
       weights, 1.51.
    3. half true. The cure is the initial weights as much as ReLU. With those of Glorot each further layer of ReLUs left
       0.71, less than tanh, and ten layers got 10 to 26% right; with those of He, sqrt(2) times as large, 1.01, and
       they got 69 to 92%. The slope is 1 for one half of the inputs only. It is 0 for the other, where a unit can die:
       with pixels from 0 to 1 and a learning rate of 2, 91% did, with pixels of mean 0 none.
Asserted: TensorFlow's gradients; the factor per layer for each activation; in ReLU networks the same sum of weights *
    gradient in each layer; who learns; how many ReLUs are dead
Minutes: 12
"""

from itertools import pairwise

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from graphs.data.datasets import load_dataset, minibatches
from graphs.network import Batch

lesson = Lesson("05_vanishing_gradients", __doc__)
by_sigmoid = lesson.predict("A sigmoid layer, Glorot's weights: by what is the gradient multiplied?", [0.25, 0.5, 1.0])
by_tanh = lesson.predict("The same weights. Which keeps more of the gradient, tanh or ReLU?", ["tanh", "ReLU"])
dying = lesson.predict("The learning rate is too large. With which pixels do more ReLUs die?", ["0 to 1", "mean 0"])
data = load_dataset("digits", "float64", seed=lesson.seed)
pixels, mean_pixels = data.train.inputs, data.train.inputs.mean(axis=0)
deviation = (pixels - mean_pixels).std()
train_inputs, test_inputs = (pixels - mean_pixels) / deviation, (data.test.inputs - mean_pixels) / deviation
batch = minibatches(Batch(train_inputs, data.train.targets), 64, seed=lesson.seed)[0]
seeds = range(lesson.seed, lesson.seed + 5)

# %% An activation, and its slope as a function of what the activation returned.
ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda hidden: hidden * (1 - hidden)),  # at most 1/4
    "tanh": (np.tanh, lambda hidden: 1 - hidden**2),  # at most 1
    "ReLU": (lambda z: np.maximum(z, 0), lambda hidden: np.where(hidden > 0, 1.0, 0.0)),  # 1 or 0
}
# Weights are drawn with the standard deviation gain / sqrt(inputs of the layer). For a layer with as many outputs as
# inputs, a gain of 1 is what Glorot and Bengio proposed in 2010, sqrt(2) what He and others proposed for ReLU in 2015.
GAINS = {"Glorot / 2": 0.5, "Glorot": 1.0, "He": np.sqrt(2), "4 x Glorot": 4.0}


def draw(depth, gain, seed):
    random = np.random.default_rng(seed)
    sizes = [64] * depth + [10]  # 64 pixels, hidden layers of 64 units, 10 classes
    return [gain / np.sqrt(n) * random.standard_normal((n, m)) for n, m in pairwise(sizes)]


# %% Forward and backward, for any depth. There are no biases: at the start they would be 0.
def forward(weights, activation, inputs):
    g, _ = ACTIVATIONS[activation]
    layers = [inputs]  # what each layer of weights is given
    for w in weights[:-1]:
        layers.append(g(layers[-1] @ w))  # (N, 64)
    logits = layers[-1] @ weights[-1]  # (N, 10)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return layers, exponentials / exponentials.sum(axis=1, keepdims=True)


def gradients_of(weights, activation, inputs, targets):
    _, slope = ACTIVATIONS[activation]
    layers, outputs = forward(weights, activation, inputs)
    d_z = (outputs - targets) / len(targets)  # (N, 10), of softmax and cross-entropy
    gradients = [layers[-1].T @ d_z]
    for n in range(len(weights) - 1, 0, -1):
        d_z = d_z @ weights[n].T * slope(layers[n])  # (N, 64): times weights and times slopes, once more for each layer
        gradients.insert(0, layers[n - 1].T @ d_z)
    return gradients


# %% TensorFlow computes the same gradients.
def by_tensorflow(weights, activation, inputs, targets):
    g = {"sigmoid": tf.sigmoid, "tanh": tf.tanh, "ReLU": tf.nn.relu}[activation]
    variables = [tf.Variable(w) for w in weights]
    with tf.GradientTape() as tape:
        hidden = inputs
        for variable in variables[:-1]:
            hidden = g(hidden @ variable)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, hidden @ variables[-1]))
    return tape.gradient(loss, variables)


for activation in ACTIVATIONS:
    weights = draw(10, 1.0, lesson.seed)
    for ours, theirs in zip(gradients_of(weights, activation, *batch), by_tensorflow(weights, activation, *batch)):
        assert np.linalg.norm(ours - theirs) < 1e-9 * np.linalg.norm(ours)


# %% The size of each layer's gradient: its norm, as the geometric mean of five networks.
def gradient_sizes(activation, gain, depth):
    weights = [draw(depth, gain, seed) for seed in seeds]
    norms = [[np.linalg.norm(gradient) for gradient in gradients_of(w, activation, *batch)] for w in weights]
    return np.exp(np.log(norms).mean(axis=0))  # (depth,)


print("At the start: the size of the first layer's gradient, in 3, 10 and 30 layers")
print("  activation  weights     3 layers  10 layers  30 layers  per layer  first/last")
per_layer, in_30, first_to_last = {}, {}, {}
for activation in ACTIVATIONS:
    for name, gain in GAINS.items():
        key = activation, name
        in_3, in_10, in_30[key] = (gradient_sizes(activation, gain, depth) for depth in (3, 10, 30))
        per_layer[key] = (in_30[key][0] / in_10[0]) ** (1 / 20)  # 20 layers more
        first_to_last[key] = in_30[key][0] / in_30[key][-1]
        print(f"  {activation:10}  {name:10}{in_3[0]:10.0e}{in_10[0]:11.0e}{in_30[key][0]:11.0e}", end="")
        print(f"{per_layer[key]:11.2f}{first_to_last[key]:12.0e}")
print("  per layer: times this for one layer more; first/last: gradients in 30 layers")
assert all(per_layer["sigmoid", name] < 0.75 for name in GAINS)
assert per_layer["sigmoid", "Glorot"] < 0.27
assert 0.93 < per_layer["tanh", "Glorot"] < 1.05
assert 0.65 < per_layer["ReLU", "Glorot"] < 0.77  # sqrt(1/2) is 0.71: half of the slopes are 0
assert 0.92 < per_layer["ReLU", "He"] < 1.09  # sqrt(2) makes up for it
assert all(
    0.45 < per_layer[activation, "Glorot / 2"] / per_layer[activation, "Glorot"] < 0.55 for activation in ACTIVATIONS
)
by_sigmoid.answer(min((0.25, 0.5, 1.0), key=lambda choice: abs(choice - per_layer["sigmoid", "Glorot"])))
by_tanh.answer("tanh" if per_layer["tanh", "Glorot"] > per_layer["ReLU", "Glorot"] else "ReLU")

# %% Why first / last is about 1 in every row of ReLU, even where all gradients are tiny.
# Twice the weights of one layer, whichever, are twice the logits. So the sum of weights * gradient is the same for all.
for gain in GAINS.values():
    weights = draw(30, gain, lesson.seed)
    gradients = gradients_of(weights, "ReLU", *batch)
    sums = [np.vdot(w, gradient) for w, gradient in zip(weights, gradients)]
    assert np.ptp(sums) < 1e-10 * np.linalg.norm(weights[0]) * np.linalg.norm(gradients[0])


# %% Does it matter? Ten layers are trained, with 110 steps of gradient descent.
def train(weights, activation, inputs, learning_rate):
    for epoch in range(5):
        for minibatch in minibatches(Batch(inputs, data.train.targets), 64, seed=epoch):
            for w, gradient in zip(weights, gradients_of(weights, activation, *minibatch)):
                w -= learning_rate * gradient
    return weights


def accuracy(weights, activation, inputs):
    _, outputs = forward(weights, activation, inputs)
    return np.mean(outputs.argmax(axis=1) == data.test.targets.argmax(axis=1))


def each_seed(activation, name, depth, inputs, learning_rate):
    starts = [draw(depth, GAINS[name], seed) for seed in seeds]
    return [train(weights, activation, inputs, learning_rate) for weights in starts]


right = {}
print("Share of right answers, ten layers after 110 steps, five networks")
for key in (("sigmoid", "Glorot"), ("sigmoid", "4 x Glorot"), ("tanh", "Glorot"), ("ReLU", "Glorot"), ("ReLU", "He")):
    trained = each_seed(*key, 10, train_inputs, learning_rate=0.05)
    right[key] = [accuracy(weights, key[0], test_inputs) for weights in trained]
    print(f"  {key[0]:10}  {key[1]:12}" + "".join(f"{share:6.2f}" for share in right[key]))
mean = {key: np.mean(shares) for key, shares in right.items()}
assert max(mean["sigmoid", "Glorot"], mean["sigmoid", "4 x Glorot"], mean["ReLU", "Glorot"]) < 0.4
assert mean["tanh", "Glorot"] > 0.8
assert mean["ReLU", "He"] > mean["ReLU", "Glorot"] + 0.2


# %% The price of ReLU: where a unit is 0 for every example, its gradient is 0, and no step changes its weights.
# Pixels are never below 0. A step that lowers all weights of a unit makes it 0 for all of them; with mean 0, for some.
def dead(weights, inputs):
    layers, _ = forward(weights, "ReLU", inputs)
    return np.array([np.mean((hidden == 0).all(axis=0)) for hidden in layers[1:]])  # the share in each hidden layer


at_start = np.mean([dead(draw(30, GAINS["He"], seed), train_inputs) for seed in seeds], axis=0)  # (29,)
print("Share of ReLUs that are 0 for every example, initial weights of He")
print("  30 layers, at the start, in layer", end="")
print(",".join(f" {n}: {at_start[n - 1]:.2f}" for n in (1, 10, 20, 29)))
assert at_start[0] < 0.02
assert at_start[-5:].mean() > 0.2
died = {}
print("  2 layers, after 110 steps  learning rate 0.05  learning rate 2")
for name, inputs in (("0 to 1", pixels), ("mean 0", pixels - mean_pixels)):
    for learning_rate in (0.05, 2.0):
        trained = each_seed("ReLU", "He", 2, inputs, learning_rate)
        died[name, learning_rate] = np.mean([dead(weights, inputs) for weights in trained])
    print(f"    pixels, {name:18}{died[name, 0.05]:19.2f}{died[name, 2.0]:18.2f}")
assert max(died["0 to 1", 0.05], died["mean 0", 0.05], died["mean 0", 2.0]) < 0.1
assert died["0 to 1", 2.0] > 0.5
dying.answer(max(("0 to 1", "mean 0"), key=lambda name: died[name, 2.0]))

# %% The gradient on its way from the last layer to the first.
LINES = {  # colour, line style, and where the label stands beside its line
    ("tanh", "4 x Glorot"): ("#009E73", "--", "center"),
    ("ReLU", "He"): ("#0072B2", "-", "bottom"),
    ("tanh", "Glorot"): ("#009E73", "-", "top"),
    ("ReLU", "Glorot"): ("#0072B2", "--", "bottom"),
    ("sigmoid", "4 x Glorot"): ("#D55E00", "--", "top"),
    ("sigmoid", "Glorot"): ("#D55E00", "-", "center"),
}
figure = Figure((9, 4.8), layout="constrained")
axes = figure.subplots()
for key, (colour, style, place) in LINES.items():
    axes.semilogy(np.arange(1, 31), in_30[key], color=colour, linestyle=style, linewidth=2)
    axes.text(0.6, in_30[key][0], ", ".join(key), color=colour, va=place, fontsize=11)
axes.set(xlim=(30.5, -5.9), xticks=[30, 25, 20, 15, 10, 5, 1], xlabel="layer (the gradient goes from left to right)")
axes.set(ylabel="size of the gradient of its weights", title="30 layers, at the start: activation, initial weights")
axes.spines[["top", "right"]].set_visible(False)
axes.grid(alpha=0.3)
lesson.figure(figure, "gradient_by_layer")

# %% In TensorBoard's histograms the layer stands where the step stands elsewhere.
for activation, name in LINES:
    run = lesson.log(f"{activation}, {name}".replace(" ", "_"))
    gradients = gradients_of(draw(30, GAINS[name], lesson.seed), activation, *batch)
    for layer, gradient in enumerate(gradients, start=1):
        run.histograms(layer, {"log10_of_gradient_by_layer": np.log10(np.abs(gradient[gradient != 0]))})

# %% What to try next
lesson.end(
    "replace gradient in train by 0.01 * np.sign(gradient). Which learn?",
    follows="06_losses",
)
