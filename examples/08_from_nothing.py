"""A network from nothing: it reads digits, and NumPy does the sums
中文：从 0 编写一个神经网络。网络要认出手写数字，需要什么，可以省掉什么？用 64 个隐藏单元，五个种子的测试正确率至少
    96.9%；只用 1 个，最高 35.1%；省掉更新，最高 12.9%；省掉损失的值，最后的权重逐位相同。权重全为 0 时一个也不动，正确
    率约 10%；全为 0.1 时，64 个隐藏单元始终一模一样，最高 27.1%。判定：第 1 条对，第 2、3 条半对。

Question: what does a network need to learn to read digits, and what can be left out?
Claims of the notes:
    1. 从 0 编写一个神经网络. "定义网络结构" "指定 输入层、隐藏层、输出层 的大小"
       (Define the structure: the sizes of the input layer, the hidden layer and the output layer.)
    2. 从 0 编写一个神经网络. "初始化模型参数"
       (Initialise the parameters of the model.)
    3. 从 0 编写一个神经网络. "循环操作：" "执行前向传播" "计算损失函数" "执行后向传播" "权值更新"
       (In a loop: forward propagation, compute the loss function, backward propagation, update the weights.)
Before you run it: steps are left out, one at a time. Without which is the network as good as with it? And what does
    it answer if all its weights start at zero?

    $ .venv/bin/python examples/08_from_nothing.py
    64 pixels, 64 hidden units, 10 classes: 4810 parameters
      epoch    loss   accuracy: train    test
          1   1.021             92.7%   94.4%
          2   0.275             95.8%   94.7%
          5   0.112             97.6%   96.4%
         15   0.031             99.9%   97.8%
    Left out                      test accuracy, worst to best of five seeds
      nothing                        96.9%   97.3%   97.3%   97.6%   97.8%
      structure: 1 hidden unit       24.0%   29.6%   31.8%   34.2%   35.1%
      initialise: all weights 0       9.6%   10.0%   10.0%   10.2%   10.2%
      initialise: all weights 0.1    20.9%   22.7%   24.7%   27.1%   27.1%
      the value of the loss          96.9%   97.3%   97.3%   97.6%   97.8%
      update                          3.1%    7.6%    8.7%   10.4%   12.9%
    The same weights at the end, bit for bit, without the value of the loss
    Start with weights 0: 0 of them moved; different answers to the test digits: 1
    Start with weights 0.1: different hidden units, of 64: 1
    Picture: ...
    TensorBoard: ... --logdir ...
    Try next: logits = inputs @ weights + biases, no hidden layer. What accuracy?
    Then: examples/09_gradient_descent.py

Found:
    1. true. The data set the 64 inputs and 10 outputs; 64 hidden units are a choice, which gave at least 96.9% of the
       test digits with five seeds. With one hidden unit it was 35.1% at most.
    2. half true: random values are what matters. From zero, no weight ever moved, and each network gave every digit the
       same answer, 10%. From equal weights of 0.1, all 64 hidden units stayed copies of one: 27.1% at most.
    3. half true. Without the update, 12.9% at most. Without the value of the loss, the weights were the same, bit for
       bit: the update needs the gradient of the loss, and its value is for the reader. Forward and backward cannot be
       left out: backward needs what forward computed, and the update what backward computed.
Asserted: at least 95% of the test digits with each of five seeds; the same bits without the loss; weights that stay
    0, and one answer; hidden units that stay copies; under 50% with one hidden unit, under 40% without the update
Minutes: 12
"""

from graphs.lesson import Lesson

import numpy as np
from matplotlib.figure import Figure

from graphs.data.datasets import load_dataset

lesson = Lesson("08_from_nothing", __doc__)
without = lesson.predict(
    "Without which step does training end with exactly the same weights?", ["initialise", "loss", "update", "none"]
)
answers = lesson.predict("All weights start at 0. How many of the ten digits does it ever answer?", [1, 2, 10])
copies = lesson.predict(
    "64 hidden units start with equal weights. As how many units do they work after training?", [1, 8, 64]
)

# %% Step 1, the structure: the data sets the sizes of the input and of the output. The hidden layer is our choice.
PIXELS, HIDDEN, CLASSES = 64, 64, 10


# %% Step 2, the parameters: random weights, smaller where a unit has more inputs (He et al., ICCV 2015).
def random_start(hidden, random):
    weights1 = random.normal(0, np.sqrt(2 / PIXELS), (PIXELS, hidden))
    weights2 = random.normal(0, np.sqrt(2 / hidden), (hidden, CLASSES))
    return [weights1, np.zeros(hidden), weights2, np.zeros(CLASSES)]  # weights and biases in turn


# %% Step 3.1, forward: from pixels to a probability of each class.
def forward(parameters, inputs):
    weights1, biases1, weights2, biases2 = parameters
    hidden1 = np.maximum(inputs @ weights1 + biases1, 0)  # (N, H)
    logits = hidden1 @ weights2 + biases2  # (N, C)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))  # so that none overflows
    return hidden1, exponentials / exponentials.sum(axis=1, keepdims=True)  # (N, C)


# %% Step 3.2, the loss: 0 if each digit's own class has probability 1.
def crossentropy(probabilities, targets):
    of_target = np.sum(probabilities * targets, axis=1)  # (N,)
    return -np.mean(np.log(np.maximum(of_target, 1e-300)))


# %% Step 3.3, backward: the gradients of that loss.
def backward(parameters, hidden1, probabilities, inputs, targets):
    weights2 = parameters[2]
    d_logits = (probabilities - targets) / len(inputs)  # (N, C), of the loss and the softmax together
    d_z1 = d_logits @ weights2.T * (hidden1 > 0)  # (N, H)
    return [inputs.T @ d_z1, d_z1.sum(axis=0), hidden1.T @ d_logits, d_logits.sum(axis=0)]


# %% Step 3.4, the update: a little downhill.
def downhill(parameters, gradients, learning_rate=0.2):
    return [parameter - learning_rate * gradient for parameter, gradient in zip(parameters, gradients)]


# %% The loop, 16 digits at a time. Some steps are arguments, so that they can be left out later.
def train(data, seed, hidden=HIDDEN, start=random_start, loss_of=crossentropy, update=downhill, epochs=15):
    """The parameters and the mean loss after each epoch."""
    random = np.random.default_rng(seed)
    parameters = start(hidden, random)
    history = []
    for _ in range(epochs):
        order, losses = random.permutation(len(data.train.inputs)), []
        for rows in np.split(order, range(16, len(order), 16)):
            inputs, targets = data.train.inputs[rows], data.train.targets[rows]
            hidden1, probabilities = forward(parameters, inputs)
            losses.append(loss_of(probabilities, targets))
            gradients = backward(parameters, hidden1, probabilities, inputs, targets)
            parameters = update(parameters, gradients)
        history.append((parameters, np.mean(losses)))
    return history


def accuracy(parameters, batch):
    """The share of digits that get their own class."""
    _, probabilities = forward(parameters, batch.inputs)
    return np.mean(probabilities.argmax(axis=1) == batch.targets.argmax(axis=1))


# %% The data: pictures of 8 x 8 pixels, a quarter of them kept for the test. From each pixel its mean is subtracted.
# Otherwise all inputs are positive, and at this learning rate the accuracy jumps from epoch to epoch.
def centred(data):
    mean = data.train.inputs.mean(axis=0)
    train, test = (batch._replace(inputs=batch.inputs - mean) for batch in (data.train, data.test))
    return data._replace(train=train, test=test)


seeds = range(lesson.seed, lesson.seed + 5)
data = {seed: centred(load_dataset("digits", "float64", seed)) for seed in seeds}

# %% Train it.
first = data[lesson.seed]
history = train(first, lesson.seed)
count = sum(parameter.size for parameter in history[-1][0])
print(f"{PIXELS} pixels, {HIDDEN} hidden units, {CLASSES} classes: {count} parameters")
print(f"{'epoch':>7}{'loss':>8}{'accuracy: train':>18}{'test':>8}")
curve = [(loss, accuracy(parameters, first.train), accuracy(parameters, first.test)) for parameters, loss in history]
for epoch, values in enumerate(curve, start=1):
    lesson.log("training").scalars(epoch, dict(zip(("loss", "accuracy/train", "accuracy/test"), values)))
    if epoch in (1, 2, 5, 15):
        print(f"{epoch:7}{values[0]:8.3f}{values[1]:18.1%}{values[2]:8.1%}")
assert curve[-1][0] < curve[0][0] / 10


# %% Leave out one step at a time, with five seeds: five splits of the data, five starts, five orders.
def equal_start(value):
    return lambda hidden, random: [np.full_like(p, value * (p.ndim == 2)) for p in random_start(hidden, random)]


LEFT_OUT = {
    "nothing": {},
    "structure: 1 hidden unit": {"hidden": 1},
    "initialise: all weights 0": {"start": equal_start(0.0)},
    "initialise: all weights 0.1": {"start": equal_start(0.1)},
    "the value of the loss": {"loss_of": lambda probabilities, targets: np.nan},
    "update": {"update": lambda parameters, gradients: parameters},
}
print(f"{'Left out':30}test accuracy, worst to best of five seeds")
ends, accuracies = {}, {}
for name, arguments in LEFT_OUT.items():
    ends[name] = {seed: train(data[seed], seed, **arguments)[-1][0] for seed in seeds}
    accuracies[name] = sorted(accuracy(ends[name][seed], data[seed].test) for seed in seeds)
    print(f"  {name:28}" + "".join(f"{share:8.1%}" for share in accuracies[name]))
assert accuracies["nothing"][0] >= 0.95
assert accuracies["structure: 1 hidden unit"][-1] < 0.5
assert accuracies["update"][-1] < 0.4


# %% The value of the loss is for us: the update needs only its gradient.
def same(name, other):
    """Whether all weights and biases are the same, bit for bit."""
    return all(np.array_equal(a, b) for seed in seeds for a, b in zip(ends[name][seed], ends[other][seed]))


unchanged = [name for name in ends if name != "nothing" and same(name, "nothing")]
print("The same weights at the end, bit for bit, without", *unchanged)
assert unchanged == ["the value of the loss"]
without.answer("loss" if unchanged else "none")

# %% Weights of 0 stay 0: each gradient has a factor that is 0, and only the biases of the output learn.
moved, said = 0, set()
for seed, parameters in ends["initialise: all weights 0"].items():
    moved += sum(np.count_nonzero(parameter) for parameter in parameters[:3])  # weights1, biases1, weights2
    _, probabilities = forward(parameters, data[seed].test.inputs)
    said.add(len(set(probabilities.argmax(axis=1))))
print(f"Start with weights 0: {moved} of them moved; different answers to the test digits:", *said)
assert moved == 0
assert said == {1}
answers.answer(*said)

# %% Equal weights get equal gradients, so the hidden units stay copies of one.
different = {
    1 + int(np.sum(np.abs(weights1 - weights1[:, :1]).max(axis=0) > 1e-6))
    for weights1, *_ in ends["initialise: all weights 0.1"].values()
}
print(f"Start with weights 0.1: different hidden units, of {HIDDEN}:", *different)
assert different == {1}
copies.answer(*different)

# %% How it learned, and what it still gets wrong.
_, probabilities = forward(history[-1][0], first.test.inputs)
guesses, labels = probabilities.argmax(axis=1), first.test.targets.argmax(axis=1)
pixels = load_dataset("digits", seed=lesson.seed).test.inputs  # as they were before they were centred
wrong = np.flatnonzero(guesses != labels)
figure = Figure((9, 4), layout="constrained")
curves, digits = figure.subfigures(1, 2, width_ratios=(4, 5))
above, below = curves.subplots(2, 1, sharex=True)
losses, of_train, of_test = zip(*curve)
epochs = range(1, len(curve) + 1)
above.semilogy(epochs, losses, color="black")
above.set(ylabel="loss", yticks=(0.03, 0.1, 0.3, 1), yticklabels=(0.03, 0.1, 0.3, 1))
below.plot(epochs, np.multiply(of_train, 100), color="#0072B2", label="train")
below.plot(epochs, np.multiply(of_test, 100), color="#D55E00", linestyle="--", label="test")
below.set(xlabel="epoch", ylabel="accuracy (%)", xticks=(1, 5, 10, 15))
below.legend(loc="lower right")
digits.suptitle(f"{len(wrong)} of {len(labels)} test digits are wrong; some of them")
for axes, example in zip(digits.subplots(2, 4).flat, wrong):
    axes.imshow(pixels[example].reshape(8, 8), cmap="gray_r")
    axes.set_title(f"says {guesses[example]}, is {labels[example]}", fontsize=10)
for axes in digits.axes:
    axes.set_axis_off()
lesson.figure(figure, "training")

# %% What to try next
lesson.end(
    "logits = inputs @ weights + biases, no hidden layer. What accuracy?",
    follows="09_gradient_descent",
)
