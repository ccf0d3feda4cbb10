"""TensorFlow 2, traced: Python runs the text of tf2_eager.py once, to make a graph."""

import tensorflow as tf

from graphs.implementations.concrete_function import concrete
from graphs.network import Activations, StepResult, state_names
from graphs.optimizers import RULES, slots_by_parameter


def forward(spec, parameters, inputs):
    hidden_activation = ACTIVATIONS[spec.hidden_activation]
    output_activation = ACTIVATIONS[spec.output_activation]
    with tf.name_scope("layer1"):
        z1 = tf.nn.bias_add(inputs @ parameters.weights1, parameters.biases1)
        hidden1 = hidden_activation(z1)  # (N, H1)
    with tf.name_scope("layer2"):
        z2 = tf.nn.bias_add(hidden1 @ parameters.weights2, parameters.biases2)
        hidden2 = hidden_activation(z2)  # (N, H2)
    with tf.name_scope("layer3"):
        logits = tf.nn.bias_add(hidden2 @ parameters.weights3, parameters.biases3)
        outputs = output_activation(logits)  # (N, C)
    return Activations(hidden1, hidden2, logits, outputs)


def mean_squared_error(activations, targets):
    return tf.reduce_mean(tf.square(activations.outputs - targets))


def mean_absolute_error(activations, targets):
    return tf.reduce_mean(tf.abs(activations.outputs - targets))


def binary_crossentropy(activations, targets):
    z = activations.logits
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=z)
    return tf.reduce_mean(losses)


def categorical_crossentropy(activations, targets):
    z = activations.logits
    labels = tf.argmax(targets, axis=1)  # (N,): where each row has its 1
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=z)
    return tf.reduce_mean(losses)


def evaluate(spec, parameters, inputs, targets):
    with tf.GradientTape() as tape:
        activations = forward(spec, parameters, inputs)
        with tf.name_scope("loss"):
            loss = LOSSES[spec.loss](activations, targets)
    gradients = tape.gradient(loss, parameters)
    return StepResult(activations, loss, gradients)


def update(spec, state, gradients):
    with tf.name_scope("update"):
        # Variables are written and read in the order of these lines.
        state.step.assign_add(1, read_value=False)
        step = tf.cast(state.step, spec.dtype)
        rule = RULES[spec.optimizer](tf.math, spec.learning_rate, step)
        all_slots = slots_by_parameter(state)
        for parameter, gradient, slots in zip(state.parameters, gradients, all_slots):
            amount, new_slots = rule(gradient, slots)
            parameter.assign_sub(amount, read_value=False)
            for slot, new_slot in zip(slots, new_slots):
                slot.assign(new_slot, read_value=False)


def train_step(spec, state, inputs, targets):
    result = evaluate(spec, state.parameters, inputs, targets)
    update(spec, state, result.gradients)
    return result.loss


def train_steps(spec, state, inputs, targets, n):
    loss = tf.zeros((), spec.dtype)
    # tf.function makes a while_loop of it. With tf.range(n), XLA would have to know n.
    i = tf.constant(0)
    while i < n:
        loss = train_step(spec, state, inputs, targets)
        i += 1
    return loss


def make_variables(spec, state):
    def variable(value, name):
        return tf.Variable(value, name=name)

    return tf.nest.map_structure(variable, state, state_names(spec))


def to_numpy(structure):
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), structure)


class Execution:
    """Variables, and functions of tensors: traced when first called, run as graphs."""

    def __init__(self, spec, state, jit_compile=False):
        self.variables = variables = make_variables(spec, state)
        sizes = spec.layer_sizes
        inputs = tf.TensorSpec((None, sizes[0]), spec.dtype, "inputs")
        targets = tf.TensorSpec((None, sizes[-1]), spec.dtype, "targets")
        n = tf.TensorSpec((), "int32", "n")

        # jit_compile hands a trace to XLA, which compiles it for each size of a batch.
        # @concrete keeps the first call's trace, and spares later ones a search for it.
        @concrete
        @tf.function(input_signature=[inputs], jit_compile=jit_compile)
        def outputs(inputs):
            return forward(spec, variables.parameters, inputs).outputs

        @concrete
        @tf.function(input_signature=[inputs, targets], jit_compile=jit_compile)
        def result(inputs, targets):
            return evaluate(spec, variables.parameters, inputs, targets)

        @concrete
        @tf.function(input_signature=[inputs, targets], jit_compile=jit_compile)
        def step(inputs, targets):
            return train_step(spec, variables, inputs, targets)

        @concrete
        @tf.function(input_signature=[inputs, targets, n], jit_compile=jit_compile)
        def steps(inputs, targets, n):
            return train_steps(spec, variables, inputs, targets, n)

        self.outputs, self.result, self.step, self.steps = outputs, result, step, steps

    def predict(self, inputs):
        return self.outputs(tf.constant(inputs)).numpy()

    def evaluate(self, batch):
        return to_numpy(self.result(*map(tf.constant, batch)))

    def train_step(self, batch):
        return self.step(*map(tf.constant, batch)).numpy()

    def train_steps(self, batch, n):
        inputs, targets = map(tf.constant, batch)
        return self.steps(inputs, targets, n).numpy()

    def state(self):
        return to_numpy(self.variables)

    def restore(self, state):
        tf.nest.map_structure(lambda v, value: v.assign(value), self.variables, state)


ACTIVATIONS = {
    "identity": tf.identity,
    "sigmoid": tf.sigmoid,
    "tanh": tf.tanh,
    "relu": tf.nn.relu,
    "softmax": tf.nn.softmax,
}

LOSSES = {
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
}
