"""NumPy, by hand: every line computes, and the chain rule is written out at the end."""

import numpy as np

from graphs.network import Activations, Parameters, StepResult, copy_state
from graphs.optimizers import RULES, slots_by_parameter


def forward(spec, parameters, inputs):
    hidden_activation = ACTIVATIONS[spec.hidden_activation]
    output_activation = ACTIVATIONS[spec.output_activation]

    z1 = inputs @ parameters.weights1 + parameters.biases1
    hidden1 = hidden_activation(z1)  # (N, H1)

    z2 = hidden1 @ parameters.weights2 + parameters.biases2
    hidden2 = hidden_activation(z2)  # (N, H2)

    logits = hidden2 @ parameters.weights3 + parameters.biases3
    outputs = output_activation(logits)  # (N, C)
    return Activations(hidden1, hidden2, logits, outputs)


def mean_squared_error(activations, targets):
    return np.mean(np.square(activations.outputs - targets))


def mean_absolute_error(activations, targets):
    return np.mean(np.abs(activations.outputs - targets))


def binary_crossentropy(activations, targets):
    z = activations.logits
    losses = np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z)))
    return np.mean(losses)


def categorical_crossentropy(activations, targets):
    z = activations.logits - activations.logits.max(axis=1, keepdims=True)
    log_probabilities = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    losses = -(targets * log_probabilities).sum(axis=1)  # (N,)
    return np.mean(losses)


def evaluate(spec, parameters, inputs, targets):
    activations = forward(spec, parameters, inputs)
    loss = LOSSES[spec.loss](activations, targets)
    gradients = backward(spec, parameters, activations, inputs, targets)
    return StepResult(activations, loss, gradients)


def update(spec, state, gradients):
    state.step[...] += 1
    step = state.step.astype(spec.dtype)
    rule = RULES[spec.optimizer](np, spec.learning_rate, step)
    all_slots = slots_by_parameter(state)
    for parameter, gradient, slots in zip(state.parameters, gradients, all_slots):
        amount, new_slots = rule(gradient, slots)
        parameter -= amount
        for slot, new_slot in zip(slots, new_slots):
            slot[...] = new_slot


def train_step(spec, state, inputs, targets):
    result = evaluate(spec, state.parameters, inputs, targets)
    update(spec, state, result.gradients)
    return result.loss


def train_steps(spec, state, inputs, targets, n):
    for _ in range(n):
        loss = train_step(spec, state, inputs, targets)
    return loss


def make_variables(spec, state):
    return copy_state(state)._replace(step=np.array(state.step, "int64"))


class Execution:
    """Arrays, and functions that compute with them."""

    def __init__(self, spec, state):
        self.spec = spec
        self.variables = make_variables(spec, state)

    def predict(self, inputs):
        return forward(self.spec, self.variables.parameters, inputs).outputs

    def evaluate(self, batch):
        return evaluate(self.spec, self.variables.parameters, *batch)

    def train_step(self, batch):
        return train_step(self.spec, self.variables, *batch)

    def train_steps(self, batch, n):
        inputs, targets = batch
        return train_steps(self.spec, self.variables, inputs, targets, n)

    def state(self):
        return self.variables

    def restore(self, state):
        self.variables = make_variables(self.spec, state)


def identity(z):
    return z.copy()


def sigmoid(z):
    # exp(-|z|) cannot overflow.
    exponential = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, exponential) / (1 + exponential)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def softmax(z):
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "identity": identity,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "softmax": softmax,
}

LOSSES = {
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
}


# Each turns d(loss)/d(a) into d(loss)/d(z), for a = g(z), in terms of a.
BACKWARD = {
    "identity": lambda d, a: d,
    "sigmoid": lambda d, a: d * a * (1 - a),
    "tanh": lambda d, a: d * (1 - a * a),
    "relu": lambda d, a: d * (a > 0),
    "softmax": lambda d, a: (d - (d * a).sum(axis=1, keepdims=True)) * a,
}


def d_logits_of(spec, outputs, targets):
    """d(loss)/d(logits), (N, C)."""
    # With the activation that belongs to it, the derivative of a cross-entropy shrinks
    # to the error: Bishop, "Pattern Recognition and Machine Learning", 2006, equations
    # 4.91 and 4.109.
    if spec.loss == "binary_crossentropy":
        return (outputs - targets) / outputs.size
    if spec.loss == "categorical_crossentropy":
        return (outputs - targets) / len(outputs)
    if spec.loss == "mean_squared_error":
        d_outputs = 2 * (outputs - targets) / outputs.size
    else:
        d_outputs = np.sign(outputs - targets) / outputs.size
    return BACKWARD[spec.output_activation](d_outputs, outputs)


def backward(spec, parameters, activations, inputs, targets):
    """The chain rule, from the last layer to the first.

    Source: Rumelhart, Hinton and Williams, Nature 323, 1986.
    """
    hidden1, hidden2, _, outputs = activations
    hidden_backward = BACKWARD[spec.hidden_activation]
    d_logits = d_logits_of(spec, outputs, targets)  # (N, C)
    d_hidden2 = d_logits @ parameters.weights3.T  # (N, H2)
    d_z2 = hidden_backward(d_hidden2, hidden2)  # (N, H2)
    d_hidden1 = d_z2 @ parameters.weights2.T  # (N, H1)
    d_z1 = hidden_backward(d_hidden1, hidden1)  # (N, H1)
    return Parameters(
        weights1=inputs.T @ d_z1,
        biases1=d_z1.sum(axis=0),
        weights2=hidden1.T @ d_z2,
        biases2=d_z2.sum(axis=0),
        weights3=hidden2.T @ d_logits,
        biases3=d_logits.sum(axis=0),
    )
