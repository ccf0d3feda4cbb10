"""Why a network needs something nonlinear

Question: what can three layers with an activation function do that three layers without one cannot?
Claims of the notes:
    1. 激活函数的特点. "激活函数的特点是非线性的" "可以强化网络的学习能力"
       (Activation functions are nonlinear, and so they strengthen a network's ability to learn.)
    2. 激活函数的特点. "数据的分布绝大多数是非线性的"
       (The distribution of data is nonlinear in the vast majority of cases.)
Before you run it: draw the four corners of a square, and cross out two that lie diagonally opposite. Can one straight
    line part the crossed from the others? And of 100 handwritten digits, how many more does tanh get right?

    $ .venv/bin/python examples/04_nonlinearity.py
    Three layers, 31 parameters, no activation function
      multiplied out, 3 parameters: weights [28 23], bias [-25]
      the same outputs for 1,000 inputs, if g is identity: True
      the same outputs for 1,000 inputs, if g is tanh: False
      opposite corners, these layers: -25 + 26 = 1, -2 + 3 = 1
      opposite corners, XOR:          0 + 0 = 0, 1 + 1 = 2
    Smallest mean squared error of one layer, which puts out the mean target for every input
      XOR 0.2500, circle 0.2498
    Mean squared error of three trained layers, five seeds (identity: no activation function)
      XOR     identity   0.2500 0.2500 0.2500 0.2500 0.2500
      XOR     tanh       0.0000 0.0000 0.0000 0.0000 0.0000
      circle  identity   0.2498 0.2498 0.2498 0.2498 0.2498
      circle  tanh       0.0336 0.0217 0.0232 0.0200 0.0232
    Real data: scores on test data after 20 passes over the training data, mean of five seeds
                      identity    tanh     gain
      digits             0.964   0.968   +0.004   accuracy
      breast_cancer      0.969   0.976   +0.007   accuracy
      diabetes           0.409   0.381   -0.028   R2
    Picture: ...
    Try next: give one layer the squares of the circle's inputs, too. How small is its error?
    Then: examples/05_vanishing_gradients.py

Found:
    1. true. Without an activation function three layers are one: one matrix and one bias gave the same outputs, to the
       last bit. For XOR and for a circle the best that one layer can do is to put out the mean target, with an error of
       0.25, and there the three layers stayed when they were trained. With tanh their error fell to 0.00 and to at most
       0.03.
    2. half true. XOR and the circle were chosen for it. On three real data sets the network without an activation
       function was hard to beat: tanh gained 0.4 points of 100 on the digits (0.4 to 1.2 with other seeds) and 0.7 on
       breast cancer, and lost 2.8 on diabetes.
Asserted: three layers equal one, exactly; the smallest error of one layer, by gradients that are exactly 0; each error
    after training, five seeds; no gain of 3 points on real data
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
gained = lesson.predict("On how many of three real data sets does tanh add 3 points of 100?", [0, 1, 2, 3])


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

# %% One layer adds up, so both pairs of opposite corners of a square have the same sum. XOR needs two sums.
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
xor = np.array([[0.0], [1.0], [1.0], [0.0]])  # 1 where the two inputs differ
for name, (a, b, c, d) in {"these layers": forward(corners, three, identity).ravel(), "XOR": xor.ravel()}.items():
    print(f"  opposite corners, {name + ':':13} {a:.0f} + {d:.0f} = {a + d:.0f}, {b:.0f} + {c:.0f} = {b + c:.0f}")
    assert (a + d == b + c) == (name != "XOR")

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
print("Smallest mean squared error of one layer, which puts out the mean target for every input")
print(" ", ", ".join(f"{name} {error:.4f}" for name, error in smallest.items()))


# %% Train three layers, without an activation function and with one. Lessons 08 and 10 show how training works.
def train(spec, batch, seed, steps):
    network = numpy_manual.Execution(spec, initial_state(spec, initial_parameters(spec, seed)))
    network.train_steps(batch, steps)
    return network.variables.parameters


print("Mean squared error of three trained layers, five seeds (identity: no activation function)")
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

# %% On three real data sets, the network without an activation function is hard to beat.
# Accuracy is the share of right classes. R2 is 1 for perfect outputs, and 0 for those no better than the mean target.
print("Real data: scores on test data after 20 passes over the training data, mean of five seeds")
print(f"{'identity':>26}{'tanh':>8}{'gain':>9}")
gains = {}
for name in ("digits", "breast_cancer", "diabetes"):
    scores = {"identity": [], "tanh": []}
    for seed in seeds:
        data = load_dataset(name, "float64", seed)
        for activation in scores:
            spec = default_spec(data, (32, 32), hidden_activation=activation, optimizer="adam", learning_rate=0.005)
            network = numpy_manual.Execution(spec, initial_state(spec, initial_parameters(spec, seed)))
            for epoch in range(20):
                for batch in minibatches(data.train, 64, seed=epoch):
                    network.train_step(batch)
            scores[activation].append(score(network.predict(data.test.inputs), data.test.targets))
    linear, nonlinear = map(np.mean, scores.values())
    gains[name] = nonlinear - linear
    print(f"  {name:16}{linear:8.3f}{nonlinear:8.3f}{gains[name]:+9.3f}   {score_name(data.test.targets)}")
    assert linear > (0.3 if name == "diabetes" else 0.92)
    assert gains[name] < 0.03
gained.answer(sum(gain >= 0.03 for gain in gains.values()))

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
    "give one layer the squares of the circle's inputs, too. How small is its error?",
    follows="05_vanishing_gradients",
)
