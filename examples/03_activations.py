"""Four activation functions, and what makes a probability
中文：四种激活函数，以及什么才算概率。ReLU、sigmoid、tanh 和 softmax 输出什么，哪些输出是概率？10,001 个输入中，ReLU 有
    5,001 个输出为 0，sigmoid 一个也没有；tanh 有 5,000 个输出为负，负数不是概率。softmax 的输出相加为 1，也不保证可信：
    网络给出 70% 到 90% 概率的手写数字，训练 20 步时对了 93%，训练 200 步时只对 58%。判定：第 1、2、3 条对，第 4、5、6
    条半对。

Question: what do ReLU, sigmoid, tanh and softmax put out, and which of their outputs are probabilities?
Claims of the notes:
    1. 常见激活函数 / ReLU（修正线性单元）. "如果输入是 -2，输出0；如果是3，输出3。"
       (If the input is -2, the output is 0; if it is 3, the output is 3.)
    2. 常见激活函数 / Sigmoid（S型函数）. "将输入压缩到 0~1 之间"
       (It squeezes its input into the range from 0 to 1.)
    3. 常见激活函数 / Tanh（双曲正切函数）. "将输入压缩到 -1~1 之间，比 Sigmoid 更对称。"
       (It squeezes its input into the range from -1 to 1, and is more symmetric than sigmoid.)
    4. 常见激活函数 / Softmax（多分类专用）. "识别猫/狗/鸟的分类时，输出可能是 [0.1, 0.8, 0.1]，表示80%概率是狗。"
       (Of a cat, a dog and a bird, the output may be [0.1, 0.8, 0.1], which means a dog with probability 80%.)
    5. 常见激活函数. "神经元“点亮”（输入非0）" "神经元“熄灭”（输入等于0）"
       (A neuron is lit if its input is not 0, and dark if its input is 0.)
    6. 激活函数的特点. "Sigmoid 和 Tanh 函数输出值在 (0, 1) 和 (-1, 1) 之间 => 适合处理概率值"
       (The outputs of sigmoid and tanh lie in (0, 1) and (-1, 1), so they suit probabilities.)
Before you run it: the input of a neuron is 0. Is its output 0, too? And for 100 pictures a network puts out 80%. How
    many of the 100 will it have right?

    $ .venv/bin/python examples/03_activations.py
    relu(-2) = 0, relu(3) = 3
    10,001 inputs x from -10 to 10. How many outputs are 0, below 0, above 1?
                   = 0     < 0     > 1
      relu        5001       0    4500
      sigmoid        0       0       0
      tanh           1    5000       0
      softmax        0       0       0
      Softmax gets the scores 0, x and 0; its second output is counted
      For x = 0: relu 0.0, sigmoid 0.5, tanh 0.0
    For all of these x
      tanh(-x) = -tanh(x)           in every bit
      sigmoid(-x) = 1 - sigmoid(x)  but for rounding
      tanh(x) = 2 sigmoid(2x) - 1   but for rounding
    Derivatives   largest   at x = 0: formula   slope   TensorFlow
      relu           1.00                0.00    0.50         0.00
      sigmoid        0.25                0.25    0.25         0.25
      tanh           1.00                1.00    1.00         1.00
      At 0 relu has a corner, where no slope is right: formula and TensorFlow take 0
    Sigmoid in float32           is 1 from   is 0 up to
      NumPy, 1 / (1 + exp(-x))       16.64       -88.72
      NumPy, by exp(-|x|)            16.64      -103.97
      TensorFlow, tf.sigmoid         ...
    Cat, dog, bird: softmax of the scores -2.3 -0.22 -2.3
      all + 0:      0.1 0.8 0.1   if the largest is subtracted first: 0.1 0.8 0.1
      all + 100:    0.1 0.8 0.1   if the largest is subtracted first: 0.1 0.8 0.1
      all + 1000:   nan nan nan   if the largest is subtracted first: 0.1 0.8 0.1
    Networks trained on 100 digits, tested on 450 others, five seeds: 2,250 answers
                 all answers      claimed 0.7 to 0.9
                 claimed  right   claimed  right  how many
       20 steps       0.71   0.81      0.81   0.93       674
      200 steps       0.95   0.88      0.81   0.58       190
    Picture: ...
    Try next: train for 100 steps on all 1,347 digits. Is 80% right 80% of the time?
    Then: examples/04_nonlinearity.py

Found:
    1. true, and exactly so: ReLU only compares, and rounds nothing.
    2. true of numbers; float32, numbers of 32 bits, reaches the ends. There the sigmoid is exactly 1 from 16.64 on. It
       is exactly 0 up to -88.72 by the formula of the notes, up to -103.97 by one that cannot overflow, and up to
       -87.34 in TensorFlow here.
    3. true, if symmetric means about 0: tanh(-x) = -tanh(x) in every bit. But tanh(x) = 2 sigmoid(2x) - 1 is the same
       curve, stretched and moved, so the sigmoid is as symmetric about 1/2.
    4. half true. From the scores log(0.1), log(0.8), log(0.1) softmax made these outputs, and they add up to 1. That
       alone does not make 80% right 80% of the time: of their answers with 70% to 90%, the networks had 93% right after
       20 steps of training (674 answers), and 58% after 200 (190 answers).
    5. half true. Where the notes write input, output is meant: with the input -2 ReLU is dark, and with the input 0 the
       sigmoid puts out 0.5. Only ReLU switches off, here for 5,001 of 10,001 inputs; tanh is 0 at 0 alone, the sigmoid
       never.
    6. half true. Of 10,001 outputs of the sigmoid none was below 0 or above 1. Of those of tanh 5,000 were negative,
       which no probability is.
Asserted: the counts of outputs that are 0, below 0 and above 1; the identities of tanh and sigmoid; derivatives,
    against slopes and TensorFlow; where float32 reaches 0 and 1; softmax of shifted scores; both shares of right digits
Minutes: 12
"""

from graphs.lesson import Lesson

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from graphs.data.datasets import load_dataset
from graphs.implementations import numpy_manual
from graphs.network import Batch, NetworkSpec, initial_parameters, initial_state

lesson = Lesson("03_activations", __doc__)
lit = lesson.predict("The input of a sigmoid is 0. What is its output?", [0.0, 0.5, 1.0])
off = lesson.predict("Which are exactly 0 for more than one input?", ["relu", "relu, tanh", "relu, sigmoid, tanh"])
steepest = lesson.predict("What is the largest slope of the sigmoid?", [0.25, 0.5, 1.0])
sure = lesson.predict("Of the choices that a network gives about 80%, how many are right?", ["80%", "it depends"])


# %% The formulas of the notes. Each turns the weighted sum of a neuron into its output; softmax takes those of a layer.
def relu(x):
    return np.maximum(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def tanh(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


print(f"relu(-2) = {relu(-2)}, relu(3) = {relu(3)}")
assert (relu(-2), relu(3)) == (0, 3)

# %% A switch can be off: exactly 0. A probability is never below 0, nor above 1.
x = np.arange(-5000, 5001) / 500
three = softmax(np.stack([0 * x, x, 0 * x], axis=1))  # (10001, 3): for each x, softmax of the scores 0, x, 0
outputs = {"relu": relu(x), "sigmoid": sigmoid(x), "tanh": tanh(x), "softmax": three[:, 1]}
counts = {name: (np.sum(y == 0), np.sum(y < 0), np.sum(y > 1)) for name, y in outputs.items()}
print(f"{len(x):,} inputs x from -10 to 10. How many outputs are 0, below 0, above 1?")
print(f"{'= 0':>18}{'< 0':>8}{'> 1':>8}")
for name, (zero, below, above) in counts.items():
    print(f"  {name:8}{zero:8}{below:8}{above:8}")
print("  Softmax gets the scores 0, x and 0; its second output is counted")
print(f"  For x = 0: relu {relu(0.0)}, sigmoid {sigmoid(0.0)}, tanh {tanh(0.0)}")
assert counts["relu"] == (5001, 0, 4500)  # 0 for all x up to 0, above 1 for all x above 1
assert counts["tanh"] == (1, 5000, 0)
assert counts["sigmoid"] == counts["softmax"] == (0, 0, 0)
lit.answer(sigmoid(0.0))
off.answer(", ".join(name for name, (zero, *_) in counts.items() if zero > 1))

# %% Tanh is symmetric about 0. Sigmoid is the same curve, squeezed and moved up, so it is symmetric about 1/2.
# Four operations make a sigmoid, seven a tanh. Each is off by at most 2 * 2**-53 of its result; outputs are at most 1.
identities = {
    "tanh(-x) = -tanh(x)": tanh(-x) + tanh(x),
    "sigmoid(-x) = 1 - sigmoid(x)": sigmoid(-x) - (1 - sigmoid(x)),
    "tanh(x) = 2 sigmoid(2x) - 1": tanh(x) - (2 * sigmoid(2 * x) - 1),
}
print("For all of these x")
for name, difference in identities.items():
    print(f"  {name:30}{'but for rounding' if difference.any() else 'in every bit'}")
    assert np.abs(difference).max() < 20 * 2**-53
assert not identities["tanh(-x) = -tanh(x)"].any()

# %% The derivative: by formula, as the slope between two near points, and by TensorFlow.
# TensorFlow finds it by itself: a tape notes what is computed, and applies the rules of derivatives to it.
derivatives = {"relu": 1.0 * (x > 0), "sigmoid": sigmoid(x) * (1 - sigmoid(x)), "tanh": 1 - tanh(x) ** 2}
h = 2.0**-17
print("Derivatives   largest   at x = 0: formula   slope   TensorFlow")
for name, f, tf_f in (("relu", relu, tf.nn.relu), ("sigmoid", sigmoid, tf.sigmoid), ("tanh", tanh, tf.tanh)):
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = tf_f(inputs)
    taped = tape.gradient(y, inputs).numpy()
    slope = (f(x + h) - f(x - h)) / (2 * h)
    formula = derivatives[name]
    at_0 = "".join(f"{values[x == 0].item():{width}.2f}" for values, width in ((formula, 20), (slope, 8), (taped, 13)))
    print(f"  {name:8}{formula.max():11.2f}{at_0}")
    assert np.allclose(formula, taped, rtol=0, atol=1e-14)
    assert np.allclose(formula[x != 0], slope[x != 0], rtol=0, atol=1e-9)  # at 0, relu has a corner
    assert formula.max() == {"relu": 1, "sigmoid": 1 / 4, "tanh": 1}[name]
print("  At 0 relu has a corner, where no slope is right: formula and TensorFlow take 0")
steepest.answer(derivatives["sigmoid"].max())


# %% In float32 the sigmoid does reach 0 and 1. Try every number there is, from 16 to 18 and from -105 to -86.
def sigmoid_of_abs(x):
    exponential = np.exp(-np.abs(x))  # at most 1, where exp(-x) may overflow
    return np.where(x >= 0, 1, exponential) / (1 + exponential)


large = (np.arange(16 * 2**19, 18 * 2**19 + 1) / 2**19).astype(np.float32)  # from 16 to 32, its steps are 2**-19
small = (np.arange(-105 * 2**17, -86 * 2**17 + 1) / 2**17).astype(np.float32)  # and from 64 to 128, 2**-17
print(f"{'Sigmoid in float32':29}is 1 from   is 0 up to")
names = "NumPy, 1 / (1 + exp(-x))", "NumPy, by exp(-|x|)", "TensorFlow, tf.sigmoid"
for name, f in zip(names, (sigmoid, sigmoid_of_abs, tf.sigmoid)):
    with np.errstate(over="ignore"):  # in float32, exp(88.73) is infinite
        ones, zeros = np.asarray(f(large)) == 1, np.asarray(f(small)) == 0
    print(f"  {name:26}{large[ones].min():10.2f}{small[zeros].max():13.2f}")
    assert ones[large > 17.4].all()
    assert not ones[0]
    assert zeros[small < -104].all()
    assert not zeros[small > -87].any()

# %% Softmax makes outputs above 0 that add up to 1. It makes no difference what is added to all scores.
scores = np.log([0.1, 0.8, 0.1])
print("Cat, dog, bird: softmax of the scores", *scores.round(2))
for added in (0, 100, 1000):
    shifted = scores + added
    with np.errstate(over="ignore", invalid="ignore"):  # exp(1000) is infinite
        by_formula = softmax(shifted)
    safe = softmax(shifted - shifted.max())  # no exponential is above 1
    print(f"  {f'all + {added}:':13}", *by_formula.round(3), "  if the largest is subtracted first:", *safe.round(3))
    assert np.isclose(safe.sum(), 1)
    assert np.allclose([safe, tf.nn.softmax(shifted)], [0.1, 0.8, 0.1], rtol=1e-12)
    assert np.isnan(by_formula).all() if added == 1000 else np.allclose(by_formula, safe, rtol=1e-12)


# %% Are choices with 80% right 80% of the time? One network learns 100 digits, for a short and for a long time.
def test(seed, steps):
    """For each of 450 other digits: the largest output of softmax, and whether it is at the right digit."""
    data = load_dataset("digits", "float64", seed)
    spec = NetworkSpec((64, 32, 32, 10), "relu", "softmax", "categorical_crossentropy", "adam", 0.01, "float64")
    network = numpy_manual.Execution(spec, initial_state(spec, initial_parameters(spec, seed)))
    network.train_steps(Batch(data.train.inputs[:100], data.train.targets[:100]), steps)
    outputs = network.predict(data.test.inputs)  # (450, 10)
    return outputs.max(axis=1), outputs.argmax(axis=1) == data.test.targets.argmax(axis=1)


# The network answers with the digit of the largest output. This output is the probability that it claims to be right.
print("Networks trained on 100 digits, tested on 450 others, five seeds: 2,250 answers")
print("             all answers      claimed 0.7 to 0.9")
print("             claimed  right   claimed  right  how many")
shares = {}
for steps in (20, 200):
    results = [test(seed, steps) for seed in range(lesson.seed, lesson.seed + 5)]
    largest, right = map(np.concatenate, zip(*results))
    about_80 = (largest > 0.7) & (largest < 0.9)
    shares[steps] = right[about_80].mean()
    print(f"  {steps:3} steps{largest.mean():11.2f}{right.mean():7.2f}", end="")
    print(f"{largest[about_80].mean():10.2f}{shares[steps]:7.2f}{about_80.sum():10}")
assert shares[20] > 0.83
assert shares[200] < 0.70
sure.answer("it depends" if shares[20] - shares[200] > 0.1 else "80%")

# %% Above, the outputs; below, their derivatives.
derivatives["softmax"] = three[:, 1] * (1 - three[:, 1])
figure = Figure((9, 4.6), layout="constrained")
above, below = figure.subplots(2, 4, sharex=True, sharey="row")
for upper, lower, name in zip(above, below, outputs):
    upper.set_title("softmax of 0, x, 0" if name == "softmax" else name)
    upper.plot(x, outputs[name], color="#0072B2", linewidth=2)
    lower.plot(x, derivatives[name], color="#D55E00", linewidth=2)
    peak = derivatives[name].max()
    lower.text(
        2.5 if name == "relu" else x[derivatives[name].argmax()], peak + 0.05, f"at most {peak:.3g}", ha="center"
    )
    for axes in (upper, lower):
        axes.axhline(0, color="#999999", linewidth=0.8, zorder=0)
        axes.axvline(0, color="#999999", linewidth=0.8, zorder=0)
above[3].plot(x, three[:, 0], "--", color="black")
above[3].plot(np.log([8, 8]), [0.8, 0.1], "o", color="black")  # softmax of 0, log(8), 0 is 0.1, 0.8, 0.1
above[3].text(1.7, 0.88, "dog 0.8", ha="right")
above[3].text(2.1, -0.1, "cat, bird 0.1", ha="center", va="top")
above[0].set(xlim=(-5, 5), ylim=(-1.2, 2.2), ylabel="output", xticks=(-5, 0, 5), yticks=(-1, 0, 1, 2))
below[0].set(ylim=(-0.1, 1.3), ylabel="derivative", yticks=(0, 0.25, 0.5, 1))
figure.supxlabel("x, the weighted sum")
lesson.figure(figure, "curves")

# %% What to try next
lesson.end("train for 100 steps on all 1,347 digits. Is 80% right 80% of the time?", follows="04_nonlinearity")
