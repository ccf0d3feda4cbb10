"""Why a network needs something nonlinear
中文：网络为什么需要非线性。三层网络有了激活函数，能做到哪些本来做不到的事？没有激活函数，三层等于一层，在 XOR 和圆
    上，误差停在 0.25；用 tanh，误差分别降到 0.00 和至多 0.03。换成真实数据，学习率取 0.005、训练 10 轮，tanh 在手写数
    字和乳腺癌上只把准确率提高 0.001 和 0.004，在糖尿病上 R2 反而从 0.405 降到 0.391；学习率取 0.02，手写数字上提高
    0.059。判定：第 1 条对，第 2 条半对。

Question: what can three layers with an activation function do that three layers without one cannot?
Claims of the notes:
    1. 激活函数的特点. "激活函数的特点是非线性的" "可以强化网络的学习能力"
       (Activation functions are nonlinear, and so they strengthen a network's ability to learn.)
    2. 激活函数的特点. "数据的分布绝大多数是非线性的"
       (The distribution of data is nonlinear in the vast majority of cases.)
Before you run it: draw the four corners of a square, and cross out two that lie diagonally opposite. Can one straight
    line part the crossed from the others? And of 100 handwritten digits, how many more does a network get right if it
    has an activation function?

    $ .venv/bin/python examples/04_nonlinearity.py
    Three layers, 31 parameters, no activation function
      multiplied out, 3 parameters: weights [28 23], bias [-25]
      the same outputs for 1,000 inputs, if g is identity: True
      the same outputs for 1,000 inputs, if g is tanh: False
    One layer is a plane: corners 00 and 11 have the same sum as 01 and 10
      these layers: -25 + 26 = 1 and -2 + 3 = 1
      XOR:          0 + 0 = 0 and 1 + 1 = 2
      so XOR is no plane, and no straight line parts its 0s from its 1s
    Smallest mean squared error of one layer (it always puts out the mean target)
      XOR 0.2500, circle 0.2498
    Mean squared error of three trained layers, five seeds
    (identity: no activation function)
      XOR     identity   0.2500 0.2500 0.2500 0.2500 0.2500
      XOR     tanh       0.0000 0.0000 0.0000 0.0000 0.0000
      circle  identity   0.2498 0.2498 0.2498 0.2498 0.2498
      circle  tanh       0.0336 0.0217 0.0232 0.0200 0.0232
    Real data: test scores after 10 passes over the training data, mean of 5 seeds
                    learning rate  identity   tanh  change
      digits                0.005     0.963  0.964  +0.001 accuracy
      breast_cancer         0.005     0.966  0.971  +0.004 accuracy
      diabetes              0.005     0.405  0.391  -0.014 R2
      digits                 0.02     0.903  0.962  +0.059 accuracy
    Picture: ...
    Try next: give one layer the circle's squared inputs, too. What is its error?
    Then: examples/05_vanishing_gradients.py

Found:
    1. true. Without an activation function three layers are one: one matrix and one bias gave the same outputs,
       exactly, since these weights are whole numbers; with others they are the same but for rounding. For XOR and for a
       circle the best that one layer can do is to put out the mean target, with an error of 0.25, and there the three
       layers stayed when they were trained. With tanh their error fell to 0.00 and to at most 0.03.
    2. half true. XOR and the circle were chosen for it. On three real data sets, with a learning rate of 0.005 and 10
       passes, tanh added little: accuracy rose by 0.001 on the digits and 0.004 on breast cancer, and on diabetes R2
       fell from 0.405 to 0.391. How much it adds depends on the setting: with a rate of 0.02 it was 0.059 on the digits
       (0.02 to 0.06 with other seeds), as the network without it got worse. And three data sets say nothing about "the
       vast majority".
Asserted: three layers equal one, exactly; the smallest error of one layer, by gradients that are exactly 0; each error
    after training, five seeds; with a rate of 0.005 no gain of 0.03 on real data, with 0.02 a larger one on the digits
Minutes: 8
"""

from graphs.lesson import Lesson

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from graphs.data.datasets import default_spec, load_dataset, minibatches
from graphs.data.scores import score, score_name
from graphs.implementations import numpy_manual
from graphs.network import Batch, NetworkSpec, initial_parameters, initial_state, parameter_shapes

lesson = Lesson("04_nonlinearity", __doc__)
seeds = range(lesson.seed, lesson.seed + 5)
enough = lesson.predict("How many layers can do all that three layers without activation functions do?", [1, 2, 3])
corner = lesson.predict(
    "XOR of the four corners is 0, 1, 1, 0. What does a network without activation functions learn to put out?",
    ["0.0 1.0 1.0 0.0", "0.5 0.5 0.5 0.5", "0.0 0.5 0.5 1.0"],
)
gained = lesson.predict(
    "Trained alike, at a small learning rate: on how many of three real data sets does tanh add 3 points of 100?",
    [0, 1, 2, 3],
)


# %% A network of three layers. To leave out the activation function g is to make it the identity.
def identity(z):
    return z


def forward(inputs, parameters, g):
    weights1, biases1, weights2, biases2, weights3, biases3 = parameters
    hidden1 = g(inputs @ weights1 + biases1)  # (N, H1)
    hidden2 = g(hidden1 @ weights2 + biases2)  # (N, H2)
    return hidden2 @ weights3 + biases3  # (N, C)


# %% Without g the brackets can be multiplied out, and one layer is left.
def multiply_out(parameters):
    """((x W1 + b1) W2 + b2) W3 + b3 = x (W1 W2 W3) + ((b1 W2 + b2) W3 + b3), for every input x."""
    weights1, biases1, weights2, biases2, weights3, biases3 = parameters
    weights = weights1 @ weights2 @ weights3  # (D, C)
    biases = (biases1 @ weights2 + biases2) @ weights3 + biases3  # (C,)
    return weights, biases


random = np.random.default_rng(lesson.seed)
shapes = parameter_shapes(NetworkSpec((2, 4, 3, 1)))
three = [random.choice([-3, -2, -1, 1, 2, 3], shape) for shape in shapes]  # whole numbers: nothing is rounded
weights, biases = multiply_out(three)
inputs = random.integers(-100, 101, (1000, 2))
print(f"Three layers, {sum(array.size for array in three)} parameters, no activation function")
print(f"  multiplied out, {weights.size + biases.size} parameters: weights {weights.ravel()}, bias {biases}")
for g in (identity, np.tanh):
    equal = np.array_equal(forward(inputs, three, g), inputs @ weights + biases)
    print(f"  the same outputs for 1,000 inputs, if g is {g.__name__}: {equal}")
    assert equal == (g is identity)
enough.answer(1)

# %% One layer is a plane over its inputs, so both pairs of opposite corners of a square have the same sum.
# A straight line would be where such a plane has some height c: below it one pair, its sum below 2 c, and above it the
# other, its sum above 2 c. But the sums are the same.
print("One layer is a plane: corners 00 and 11 have the same sum as 01 and 10")
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
xor = np.array([[0.0], [1.0], [1.0], [0.0]])  # 1 where the two inputs differ
for name, (a, b, c, d) in {"these layers": forward(corners, three, identity).ravel(), "XOR": xor.ravel()}.items():
    print(f"  {name + ':':13} {a:.0f} + {d:.0f} = {a + d:.0f} and {b:.0f} + {c:.0f} = {b + c:.0f}")
    assert (a + d == b + c) == (name != "XOR")
print("  so XOR is no plane, and no straight line parts its 0s from its 1s")

# %% Nor can one layer tell the inside of a circle from its outside. How small can it make the mean squared error?
axis = np.arange(-15, 16, 2) / 16
points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)  # 16 x 16 points in a square
inside = 1.0 * (np.square(points).sum(axis=1, keepdims=True) < 0.64)  # (256, 1)


def smallest_error(inputs, targets):
    """Of one layer. Its error is a bowl over weights and bias: where all gradients are 0, there is the bottom."""
    errors = targets.mean() - targets  # with weights 0, and the mean target as bias
    assert not (inputs.T @ errors).any()  # d(loss)/d(weights), but for a factor
    assert errors.sum() == 0  # d(loss)/d(bias), but for a factor
    return np.mean(errors**2)


problems = {"XOR": Batch(corners, xor), "circle": Batch(points, inside)}
smallest = {name: smallest_error(*batch) for name, batch in problems.items()}
print("Smallest mean squared error of one layer (it always puts out the mean target)")
print(" ", ", ".join(f"{name} {error:.4f}" for name, error in smallest.items()))


# %% Train three layers, without an activation function and with one. Lessons 08 and 10 show how training works.
def train(spec, batch, seed, steps):
    network = numpy_manual.Execution(spec, initial_state(spec, initial_parameters(spec, seed)))
    network.train_steps(batch, steps)
    return network.variables.parameters


print("Mean squared error of three trained layers, five seeds")
print("(identity: no activation function)")
trained, errors = {}, {}
for name, batch in problems.items():
    for g in (identity, np.tanh):
        kind = name, g.__name__
        spec = NetworkSpec((2, 8, 8, 1), g.__name__, optimizer="adam", learning_rate=0.03, dtype="float64")
        trained[kind] = [train(spec, batch, seed, 500) for seed in seeds]
        errors[kind] = [np.mean((forward(batch.inputs, each, g) - batch.targets) ** 2) for each in trained[kind]]
        print(f"  {name:8}{g.__name__:10}", *(f"{error:.4f}" for error in errors[kind]))
    assert np.allclose(errors[name, "identity"], smallest[name], rtol=0, atol=0.001)
    assert max(errors[name, "tanh"]) < 0.4 * smallest[name]
learned = forward(corners, trained["XOR", "identity"][0], identity)
corner.answer(" ".join(f"{output:.1f}" for output in learned.ravel()))

# %% Real data: how much an activation function adds depends on the data, and on how the network is trained.
# Accuracy is the share of right classes. R2 is 1 for perfect outputs, and 0 for those no better than the mean target.
print("Real data: test scores after 10 passes over the training data, mean of 5 seeds")
print(f"{'learning rate':>29}{'identity':>10}{'tanh':>7}{'change':>8}")
gains = {}
for name, rate in (("digits", 0.005), ("breast_cancer", 0.005), ("diabetes", 0.005), ("digits", 0.02)):
    scores = {"identity": [], "tanh": []}
    for seed in seeds:
        data = load_dataset(name, "float64", seed)
        for activation in scores:
            spec = default_spec(data, (32, 32), hidden_activation=activation, optimizer="adam", learning_rate=rate)
            network = numpy_manual.Execution(spec, initial_state(spec, initial_parameters(spec, seed)))
            for epoch in range(10):
                for batch in minibatches(data.train, 64, seed=epoch):
                    network.train_step(batch)
            scores[activation].append(score(network.predict(data.test.inputs), data.test.targets))
    linear, nonlinear = map(np.mean, scores.values())
    gains[name, rate] = nonlinear - linear
    print(f"  {name:14}{rate:13}{linear:10.3f}{nonlinear:7.3f}{gains[name, rate]:+8.3f}", score_name(data.test.targets))
    assert nonlinear > (0.3 if name == "diabetes" else 0.94)
    assert rate == 0.02 or gains[name, rate] < 0.03
assert gains["digits", 0.02] > gains["digits", 0.005] + 0.005
gained.answer(sum(gain >= 0.03 for (_, rate), gain in gains.items() if rate == 0.005))

# %% What the networks of the first seed learned. White is 0.5: neither 0 nor 1.
colours = LinearSegmentedColormap.from_list("outputs", ["#D55E00", "white", "#0072B2"])
figure = Figure((9, 2.8), layout="constrained")
all_axes = figure.subplots(1, 4)
for axes, ((name, activation), parameters) in zip(all_axes, trained.items()):
    inputs, targets = problems[name]
    side = np.linspace(-0.5, 1.5, 101) if name == "XOR" else np.linspace(-1, 1, 101)
    surface = np.stack(np.meshgrid(side, side), axis=-1)  # (101, 101, 2)
    outputs = forward(surface, parameters[0], np.tanh if activation == "tanh" else identity)[..., 0]
    shown = axes.pcolormesh(side, side, outputs, cmap=colours, vmin=0, vmax=1)
    if activation == "tanh":
        axes.contour(side, side, outputs, [0.5], colors="black")
    for target, marker in ((0, "x"), (1, "o")):
        axes.plot(*inputs[targets[:, 0] == target].T, marker, color="black", markersize=8 if name == "XOR" else 3)
    axes.set_title(f"{name}, {activation}\nerror {errors[name, activation][0]:.2f}")
    axes.set(xlabel="input 1", aspect="equal", xticks=(0, 1), yticks=(0, 1))
all_axes[0].set_ylabel("input 2")
figure.colorbar(shown, ax=all_axes, label="output", ticks=(0, 0.5, 1), shrink=0.7)
lesson.figure(figure, "boundaries")

# %% What to try next
lesson.end(
    "give one layer the circle's squared inputs, too. What is its error?",
    follows="05_vanishing_gradients",
)
