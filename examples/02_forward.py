"""Three layers forward, in NumPy
中文：用 NumPy 做三层前向传播。从输入到输出，网络计算什么，各部分是什么形状？W a + b 只适用于写成一列的单个样本，六个
    样本一起算要写成 x W + b；样本若按列排，8 个样本配 8 个偏置，64 个数错了 56 个也不报错。激活函数每层都有，不限于输
    出层；103 个参数都不在输入层。判定：第 2、3、4 条对，第 1 条半对。

Question: what does a network compute on the way from inputs to outputs, and what shape does each piece have?
Claims of the notes:
    1. 使用 numpy 模拟前向传播. "第一层、第二层：$z^i = W^i * a^{i - 1} + b^i$"
       (In the first and second layer, the weighted sum z is W times the outputs of the layer below, plus b.)
    2. 使用 numpy 模拟前向传播. "就是向量点乘（即加权求和），然后经过一个激活函数。最终输出预测结构 $Y'$"
       (It is a dot product of vectors, a weighted sum, and then an activation function. What comes out in the end is
       the prediction Y'. 结构, structure, should be 结果, result.)
    3. 使用 numpy 模拟前向传播. "输出层：$a^i = g^i(z^i)$"
       (Output layer: its output a is the activation function g of z.)
    4. 神经网络由输入层、隐藏层、输出层组成. "神经网络 由 **输入层**、**隐藏层**、**输出层** 组成。"
       (A neural network consists of an input layer, hidden layers and an output layer.)
Before you run it: a layer is a row of neurons, here called units, that all get the same inputs. A hidden layer is one
    whose outputs only the next layer reads. Six flowers with four measurements each go through two hidden layers, of 8
    and 5 units, and an output layer of 3. Write down the shapes of the weights, and of what comes out. What does NumPy
    return for W * a, where W is (8, 4) and a is (4,)?

    $ .venv/bin/python examples/02_forward.py
    Six flowers forward: rows in, rows out
      hidden1 (6, 8) = sigmoid(inputs (6, 4) @ weights1 (4, 8) + biases1 (8,))
      hidden2 (6, 5) = sigmoid(hidden1 (6, 8) @ weights2 (8, 5) + biases2 (5,))
      outputs (6, 3) = identity(hidden2 (6, 5) @ weights3 (5, 3) + biases3 (3,))
      one output for each species; with random weights they mean nothing yet
      parameters: 40 + 45 + 18 = 103, none of them in the input layer
    Two other ways give the same outputs, within the 6e-14 allowed for rounding
      W a + b, flower by flower    largest difference ...
      this project's numpy_manual  largest difference ...
    One flower: W (8, 4), a (4,), b (8,). The sums should be (8,), one for each unit
      W @ a + b: (8,)
      W * a:     (8, 4), no error, but the products are not added up
      W * a + b: ValueError
      with 4 units in place of 8, W * a + b: (4, 4), no error, but it should be (4,)
    Flowers as columns, A (4, N): W @ A + b should be (8, N)
      N = 6: ValueError
      N = 1: (8, 8), no error, but it should be (8, 1)
      N = 8: (8, 8), no error, and the right shape,
        but only 8 of 64 numbers are right, those of the diagonal
        top right: 2.36 instead of 0.70
    The outputs go from -1.8 to 2.3
      without the sigmoids of layers 1 and 2, from -22.3 to 20.3
    Picture: ...
    Try next: set all biases to 0, as networks often start. Which error goes unseen?
    Then: examples/03_activations.py

Found:
    1. half true. W a + b is right for one example as a column. For six at once, x W + b gave the same outputs, to
       within 4e-16 here. A table of data has one example in each row. So the axis of the examples, the batch axis,
       stays first, and NumPy adds b along the last axis, where the units are. With examples as columns, 8 of them and
       8 biases gave 56 wrong numbers of 64, without an error. In code the notes' * must be @: W * a returned the 32
       products, not added up.
    2. true. Sums added up in Python's own loops were those of @, but for rounding.
    3. true, but not of the output layer alone: every layer has a z and applies its g to it. With the sigmoids of layers
       1 and 2 left out, the outputs ranged from -22.3 to 20.3 instead of from -1.8 to 2.3.
    4. true. But the input layer computes nothing: of four layers, three have weights and biases, 103 numbers in all.
Asserted: shapes and number of parameters; flower by flower, sum by sum and by numpy_manual the same, within a bound on
    rounding; which numbers the misplaced biases spoil; what the identity and the sigmoids change
Minutes: 8
"""

import itertools

from graphs.lesson import Lesson

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_iris

from graphs.implementations import load
from graphs.network import NetworkSpec, Parameters

lesson = Lesson("02_forward", __doc__)
shape = lesson.predict("Six flowers go in, as rows. What is the shape of the outputs?", ["(3,)", "(3, 6)", "(6, 3)"])
starred = lesson.predict("W is (8, 4), a is (4,). What is W * a?", ["of shape (8,)", "of shape (8, 4)", "an error"])
column = lesson.predict("A is (4, 8), b is (8,). What is W @ A + b?", ["right", "wrong, without an error", "an error"])

# %% A table of flowers: each row is one flower, each column one of its four measurements.
iris = load_iris()  # .data: length and width of sepal and petal, in cm
# Each column gets mean 0 and deviation 1, so that all are of one size.
flowers = (iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0)  # (150, 4)
inputs = flowers[::25]  # (6, 4): two flowers of each of three species

# %% Three layers of weights and biases, drawn at random: the network has learned nothing yet.
# Each column of weights belongs to one unit.
random = np.random.default_rng(lesson.seed)
weights1, biases1 = random.normal(size=(4, 8)), random.normal(size=8)
weights2, biases2 = random.normal(size=(8, 5)), random.normal(size=5)
weights3, biases3 = random.normal(size=(5, 3)), random.normal(size=3)
parameters = Parameters(weights1, biases1, weights2, biases2, weights3, biases3)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def identity(z):
    return z


# %% Forward: each layer makes weighted sums of what came before, adds its biases, and applies its activation function.
z1 = inputs @ weights1 + biases1  # (6, 4) @ (4, 8) + (8,) is (6, 8)
hidden1 = sigmoid(z1)  # (6, 8)
z2 = hidden1 @ weights2 + biases2  # (6, 8) @ (8, 5) + (5,) is (6, 5)
hidden2 = sigmoid(z2)  # (6, 5)
logits = hidden2 @ weights3 + biases3  # (6, 5) @ (5, 3) + (3,) is (6, 3); the z of the last layer has its own name
outputs = identity(logits)  # (6, 3)
values = {"inputs": inputs, "hidden1": hidden1, "hidden2": hidden2, "outputs": outputs}
layers = list(zip(itertools.pairwise(values), parameters[::2], parameters[1::2], ("sigmoid", "sigmoid", "identity")))
print("Six flowers forward: rows in, rows out")
for number, ((below, name), weights, biases, activation) in enumerate(layers, start=1):
    terms = f"{below} {values[below].shape} @ weights{number} {weights.shape} + biases{number} {biases.shape}"
    print(f"  {name} {values[name].shape} = {activation}({terms})")
    assert values[name].shape == (6, len(biases))
shape.answer(outputs.shape)
counts = [weights.size + biases.size for _, weights, biases, _ in layers]
print("  one output for each species; with random weights they mean nothing yet")
print(f"  parameters: {' + '.join(map(str, counts))} = {sum(counts)}, none of them in the input layer")
assert counts == [4 * 8 + 8, 8 * 5 + 5, 5 * 3 + 3]


# %% A weighted sum is a dot product. Python's sum gives the same number, but for rounding.
UNIT = 2.0**-53  # a float64 operation is off by at most this fraction of its result


def rounding(a, weights, biases):
    """How far two results of a @ weights + biases can lie apart: n products and a bias, added in any order."""
    return 2 * (len(weights) + 1) * UNIT * (abs(a) @ abs(weights) + abs(biases))


by_hand = np.array([[sum(x * w for x, w in zip(flower, unit)) for unit in weights1.T] for flower in inputs])
assert (abs(by_hand + biases1 - z1) <= rounding(inputs, weights1, biases1)).all()


# %% The notes write W a + b: right for one flower, as a column. Their W is our weights, transposed.
def forward_one(flower):
    hidden1 = sigmoid(weights1.T @ flower + biases1)  # (8, 4) @ (4,) + (8,) is (8,)
    hidden2 = sigmoid(weights2.T @ hidden1 + biases2)  # (5, 8) @ (8,) + (5,) is (5,)
    return identity(weights3.T @ hidden2 + biases3)  # (3, 5) @ (5,) + (3,) is (3,)


one_by_one = np.array([forward_one(flower) for flower in inputs])
spec = NetworkSpec((4, 8, 5, 3), hidden_activation="sigmoid", output_activation="identity", dtype="float64")
with load("numpy_manual").Network(spec, parameters) as network:
    of_the_project = network.predict(inputs)
allowed = np.zeros_like(inputs)
for (below, _), weights, biases, activation in layers:
    allowed = allowed @ abs(weights) + rounding(values[below], weights, biases)
    if activation == "sigmoid":
        allowed = allowed / 4 + 20 * UNIT  # its slope is at most 1/4, and it rounds a few times itself
print(f"Two other ways give the same outputs, within the {allowed.max():.0e} allowed for rounding")
for name, others in (("W a + b, flower by flower", one_by_one), ("this project's numpy_manual", of_the_project)):
    print(f"  {name:27}  largest difference {abs(others - outputs).max():.0e}")
    assert (abs(others - outputs) <= allowed).all()


# %% In NumPy, * is no product of matrices. It multiplies number by number, and repeats what is too small.
def added(sums, biases):
    try:
        return f"{(sums + biases).shape}, no error,"
    except ValueError:
        return "ValueError"


W, a, b = weights1.T, inputs[0], biases1
print("One flower: W (8, 4), a (4,), b (8,). The sums should be (8,), one for each unit")
print(f"  W @ a + b: {(W @ a + b).shape}")
print(f"  W * a:     {(W * a).shape}, no error, but the products are not added up")
print(f"  W * a + b: {added(W * a, b)}")
print(f"  with 4 units in place of 8, W * a + b: {added(W[:4] * a, b[:4])} but it should be (4,)")
assert (W * a).shape == (8, 4)  # the products, not yet added up
assert (abs((W * a).sum(axis=1) + b - z1[0]) <= rounding(a, weights1, b)).all()
starred.answer(f"of shape {(W * a).shape}")

# %% Flowers as columns: W @ A is right, but + b goes along the last axis, which is now the axis of the flowers.
print("Flowers as columns, A (4, N): W @ A + b should be (8, N)")
for count, but in ((6, ""), (1, " but it should be (8, 1)"), (8, " and the right shape,")):
    A = flowers[:: 150 // count][:count].T  # (4, N)
    print(f"  N = {count}: {added(W @ A, b)}{but}")
sums = W @ A  # (8, 8): 8 units, and 8 flowers
wrong, right = sums + b, sums + b[:, None]  # b[:, None] is a column, (8, 1)
print(f"    but only {np.sum(wrong == right)} of {wrong.size} numbers are right, those of the diagonal")
print(f"    top right: {wrong[0, 7]:.2f} instead of {right[0, 7]:.2f}")
assert np.allclose(right.T, A.T @ weights1 + biases1)
assert ((wrong == right) == np.eye(8)).all()  # flower j got the bias of unit j
column.answer("wrong, without an error")

# %% A layer has a sum and an activation function. Leave those of layers 1 and 2 out, and the outputs change.
without = ((inputs @ weights1 + biases1) @ weights2 + biases2) @ weights3 + biases3
print(f"The outputs go from {outputs.min():.1f} to {outputs.max():.1f}")
print(f"  without the sigmoids of layers 1 and 2, from {without.min():.1f} to {without.max():.1f}")
assert (outputs == logits).all()  # the identity at the output returns what it is given
assert abs(without - outputs).max() > 1

# %% All arrays, drawn to scale: a cell for each number. Each row is a flower, from inputs to outputs.
figure = Figure((9, 4.6), layout="constrained")
axes = figure.subplots()


def draw(array, left, bottom):
    height, width = array.shape
    for row, column in np.argwhere(array < 0):
        axes.text(left + column + 0.5, bottom + height - row - 0.5, "−", size=8, ha="center", va="center")
    axes.add_patch(Rectangle((left, bottom), width, height, fill=False))
    return axes.imshow(array, "PuOr", vmin=-2, vmax=2, extent=(left, left + width, bottom, bottom + height))


left = 0
for number, ((name, array), layer) in enumerate(zip(values.items(), [None, *layers])):
    if layer:
        _, weights, biases, activation = layer
        for text, parameter, bottom in (("@ weights", weights, 9), ("+ biases", biases, 7)):
            draw(np.atleast_2d(parameter), left, bottom)
            middle = bottom + len(np.atleast_2d(parameter)) / 2
            axes.text(left - 0.3, middle, f"{text}{number}\n{parameter.shape}", ha="right", va="center")
        axes.annotate("", (left - 0.3, 3.5), (left - 4.7, 3.5), arrowprops={"arrowstyle": "->"})
        axes.text(left - 2.5, 3.8, activation, ha="center")
    width = array.shape[1]
    drawn = draw(array, left, 0)
    axes.add_patch(Rectangle((left, 3), width, 1, fill=False, linewidth=2.5))  # one flower
    axes.text(left + width / 2, -0.4, f"{name}\n{array.shape}", ha="center", va="top")
    left += width + 5
for species, middle in zip(iris.target_names, (5, 3, 1)):
    axes.text(-0.4, middle, species, ha="right", va="center")
axes.set(title="A flower stays a row, from inputs to outputs", xlim=(-5, left - 4), ylim=(-2.5, 17.5))
axes.axis("off")
figure.colorbar(drawn, label="value", extend="both", shrink=0.8)
lesson.figure(figure, "shapes")

# %% What to try next
lesson.end("set all biases to 0, as networks often start. Which error goes unseen?", follows="03_activations")
