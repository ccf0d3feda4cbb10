"""A learning rate that is a Python attribute is frozen into the graph when the function is traced

Theme: Tracing
Symptom: the learning rate schedule has no effect in graph mode; self.rate = 0.01 changes nothing; a new optimizer is
    ignored; eager and tf.function train differently, without an error or a warning.
Answer: keep the rate in a tf.Variable and assign to it, or pass it as a tensor. Setting optimizer.learning_rate in
    Keras works, as it assigns to a variable.
Threads: tensorflow 44980, 42223, 31323, 31324, 34316

    $ .venv/bin/python examples/pitfalls/frozen_learning_rate.py
    wrong  self.rate = 0.0: the weight moves by 1.0, then by 1.0
    wrong  self.rate = tf.Variable(0.0): the weight moves by 1.0, then by 1.0
    wrong  self.optimizer = SGD(0.0): the weight moves by 1.0, then by 1.0
    wrong  SGD(lambda: a Python number): the weight moves by 1.0, then by 1.0
    right  self.rate.assign(0.0): the weight moves by 1.0, then by 0.0
    right  optimizer.learning_rate = 0.0: the weight moves by 1.0, then by 0.0
    right  SGD(lambda: a variable): the weight moves by 1.0, then by 0.0
    wrong  SGD(a variable)
      ValueError: Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a
        callable (that takes in the current iteration value and returns the corresponding learning rate
        value). Received instead: learning_rate=<tf.Variable 'Variable:0' shape=() dtype=float32, [...]

Why: while it traces, Python reads the attribute, and its value becomes a constant of the graph. tf.function looks at
    its arguments in every call, but not at the attributes and globals that its body reads; self counts as the same
    argument whatever it holds. An object that is replaced, be it a variable or an optimizer, is missed in the same
    way: the graph holds the old one. TensorFlow 1 froze a Python number just as well; its programs fed the rate to a
    placeholder.
"""

from graphs.lesson import fails

import tensorflow as tf

SGD = tf.keras.optimizers.SGD


class Trainer:
    def __init__(self, rate):
        self.rate = rate
        self.weight = tf.Variable(8.0)

    @tf.function
    def step(self):
        self.weight.assign_sub(self.rate * 2.0)  # as if the gradient were 2


class KerasTrainer:
    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.weight = tf.Variable(8.0)

    @tf.function
    def step(self):
        self.optimizer.apply([tf.constant(2.0)], [self.weight])


def check(text, trainer, change, expected):
    """How far one step moves the weight, and how far the next, after a change that should make the rate 0."""
    trainer.step()
    first = 8.0 - trainer.weight.numpy()
    change()
    trainer.step()
    second = 8.0 - first - trainer.weight.numpy()
    print(f"{text}: the weight moves by {first}, then by {second}")
    assert (first, second) == (1, expected)


# %% The wrong way: the step reads a Python attribute. At the rate 0 the weight should stand still.
trainer = Trainer(0.5)
check("wrong  self.rate = 0.0", trainer, lambda: setattr(trainer, "rate", 0.0), expected=1)

# %% The wrong way, in disguise: a new variable; a new optimizer; a schedule of Keras that reads an attribute.
trainer = Trainer(tf.Variable(0.5))
check("wrong  self.rate = tf.Variable(0.0)", trainer, lambda: setattr(trainer, "rate", tf.Variable(0.0)), expected=1)
trainer = KerasTrainer(SGD(0.5))
check("wrong  self.optimizer = SGD(0.0)", trainer, lambda: setattr(trainer, "optimizer", SGD(0.0)), expected=1)
settings = {"rate": 0.5}
trainer = KerasTrainer(SGD(lambda: settings["rate"]))
check("wrong  SGD(lambda: a Python number)", trainer, lambda: settings.update(rate=0.0), expected=1)

# %% The right way: one variable, made before the trace, and a new value for it.
rate = tf.Variable(0.5)
check("right  self.rate.assign(0.0)", Trainer(rate), lambda: rate.assign(0.0), expected=0)

# %% The right way in Keras: the optimizer has a variable for the rate, or it calls a function that reads yours.
optimizer = SGD(0.5)
check(
    "right  optimizer.learning_rate = 0.0", KerasTrainer(optimizer), lambda: setattr(optimizer, "learning_rate", 0.0), 0
)
rate.assign(0.5)
check("right  SGD(lambda: a variable)", KerasTrainer(SGD(lambda: rate)), lambda: rate.assign(0.0), expected=0)
print("wrong  SGD(a variable)")
with fails(ValueError, "Argument `learning_rate` should be float"):
    SGD(rate)
