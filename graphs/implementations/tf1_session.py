"""TensorFlow 1: Python builds a graph once; a session runs what is fetched of it."""

import tensorflow.compat.v1 as tf

from graphs.network import Activations, Batch, Parameters, StepResult, state_names
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
    activations = forward(spec, parameters, inputs)
    with tf.name_scope("loss"):
        loss = LOSSES[spec.loss](activations, targets)
    gradients = Parameters(*tf.gradients(loss, list(parameters)))
    return StepResult(activations, loss, gradients)


def update(spec, state, gradients):
    with tf.name_scope("update"):
        counted = state.step.assign_add(1)
        assignments = [counted.op]
        step = tf.cast(counted, spec.dtype)  # lines give no order; reading counted does
        rule = RULES[spec.optimizer](tf.math, spec.learning_rate, step)
        all_slots = slots_by_parameter(state)
        for parameter, gradient, slots in zip(state.parameters, gradients, all_slots):
            amount, new_slots = rule(gradient, slots)
            assignments.append(parameter.assign_sub(amount, read_value=False))
            for slot, new_slot in zip(slots, new_slots):
                assignments.append(slot.assign(new_slot, read_value=False))
        return tf.group(*assignments, name="train_op")


def train_step(spec, state, inputs, targets):
    result = evaluate(spec, state.parameters, inputs, targets)
    return result, update(spec, state, result.gradients)


def train_steps(spec, state, inputs, targets, n):
    def body(i, loss):
        result, train_op = train_step(spec, state, inputs, targets)
        # i + 1 waits for the update; the next turn, and the end of the loop, for i + 1.
        with tf.control_dependencies([train_op]):
            return i + 1, result.loss

    with tf.name_scope("train_steps"):
        start = tf.constant(0), tf.zeros((), spec.dtype)
        _, loss = tf.while_loop(lambda i, loss: i < n, body, start)
    return loss


def make_variables(spec, state):
    def variable(value, name):
        return tf.Variable(value, name=name, use_resource=True)

    return tf.nest.map_structure(variable, state, state_names(spec))


def make_placeholders(spec, state):
    def placeholder(value, name):
        return tf.placeholder(value.dtype, value.shape, name=name)

    with tf.name_scope("initial"):
        return tf.nest.map_structure(placeholder, state, state_names(spec))


class Execution:
    """A graph, built here and never changed, and a session that holds the values."""

    def __init__(self, spec, state, optimize_graph=True):
        self.graph = tf.Graph()
        with self.graph.as_default():
            # Each line adds nodes and computes nothing, as there are no values yet.
            self.initial = make_placeholders(spec, state)
            self.variables = make_variables(spec, self.initial)
            self.initializer = tf.global_variables_initializer()
            sizes = spec.layer_sizes
            inputs = tf.placeholder(spec.dtype, (None, sizes[0]), "inputs")
            targets = tf.placeholder(spec.dtype, (None, sizes[-1]), "targets")
            self.batch = Batch(inputs, targets)
            self.n = tf.placeholder("int32", (), "n")
            self.result, self.train_op = train_step(spec, self.variables, *self.batch)
            # Another copy of the step's nodes, as the body of a loop.
            self.last_loss = train_steps(spec, self.variables, *self.batch, self.n)
        self.graph.finalize()
        config = tf.ConfigProto()
        grappler = config.graph_options.rewrite_options  # rewrites the graph first
        grappler.disable_meta_optimizer = not optimize_graph
        self.session = tf.Session(graph=self.graph, config=config)
        self.restore(state)

    def predict(self, inputs):
        outputs = self.result.activations.outputs
        return self.session.run(outputs, feed_dict={self.batch.inputs: inputs})

    def evaluate(self, batch):
        return self.session.run(self.result, feed_dict={self.batch: batch})

    def train_step(self, batch):
        fetches = (self.result.loss, self.train_op)
        feed_dict = {self.batch.inputs: batch.inputs, self.batch.targets: batch.targets}
        return self.session.run(fetches, feed_dict)[0]

    def train_steps(self, batch, n):
        feed_dict = {self.batch: batch, self.n: n}
        return self.session.run(self.last_loss, feed_dict=feed_dict)

    def state(self):
        return self.session.run(self.variables)

    def restore(self, state):
        self.session.run(self.initializer, feed_dict={self.initial: state})

    def close(self):
        self.session.close()


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
