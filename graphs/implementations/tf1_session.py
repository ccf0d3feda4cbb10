"""TensorFlow 1: Python builds a graph once, and a session runs the parts of it that are fetched."""

import tensorflow.compat.v1 as tf

from graphs.network import (
    Activations,
    Parameters,
    State,
    StepResult,
    check_batch,
    check_count,
    check_flag,
    check_inputs,
    check_open,
    check_parameters,
    check_state,
    copy_state,
    initial_state,
    parameter_shapes,
    slots_by_parameter,
)
from graphs.optimizers import RULES, SLOT_NAMES

ACTIVATIONS = {
    "identity": tf.identity,
    "sigmoid": tf.sigmoid,
    "tanh": tf.tanh,
    "relu": tf.nn.relu,
    "softmax": tf.nn.softmax,
}


def forward(spec, parameters, inputs):
    hidden_activation = ACTIVATIONS[spec.hidden_activation]
    output_activation = ACTIVATIONS[spec.output_activation]
    with tf.name_scope("layer1"):
        hidden1 = hidden_activation(tf.nn.bias_add(inputs @ parameters.weights1, parameters.biases1))  # (N, H1)
    with tf.name_scope("layer2"):
        hidden2 = hidden_activation(tf.nn.bias_add(hidden1 @ parameters.weights2, parameters.biases2))  # (N, H2)
    with tf.name_scope("layer3"):
        logits = tf.nn.bias_add(hidden2 @ parameters.weights3, parameters.biases3)  # (N, C)
        outputs = output_activation(logits)  # (N, C)
    return Activations(hidden1, hidden2, logits, outputs)


def mean_squared_error(activations, targets):
    return tf.reduce_mean(tf.square(activations.outputs - targets))


def mean_absolute_error(activations, targets):
    return tf.reduce_mean(tf.abs(activations.outputs - targets))


def binary_crossentropy(activations, targets):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=activations.logits))


def categorical_crossentropy(activations, targets):
    labels = tf.argmax(targets, axis=1)  # (N,): where each row has its 1
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=activations.logits))


LOSSES = {
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
}


def evaluate(spec, parameters, inputs, targets):
    activations = forward(spec, parameters, inputs)
    with tf.name_scope("loss"):
        loss = LOSSES[spec.loss](activations, targets)
    gradients = Parameters(*tf.gradients(loss, list(parameters)))
    return StepResult(activations, loss, gradients)


def update(spec, state, gradients):
    with tf.name_scope("update"):
        step = state.step.assign_add(1)
        rule = RULES[spec.optimizer](tf.math, spec.learning_rate, tf.cast(step, spec.dtype))
        assignments = [step.op]
        for parameter, gradient, slots in zip(state.parameters, gradients, slots_by_parameter(state)):
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
        # Both loop values wait for the update: the next turn must not read the variables before it.
        with tf.control_dependencies([train_op]):
            return i + 1, tf.identity(result.loss)

    with tf.name_scope("train_steps"):
        return tf.while_loop(lambda i, loss: i < n, body, (tf.constant(0), tf.zeros((), spec.dtype)))[1]


def make_placeholders(spec):
    """A State of placeholders, from which the variables take their values."""

    def placeholders(prefix):
        return Parameters(
            *(
                tf.placeholder(spec.dtype, shape, name=prefix + name)
                for name, shape in zip(Parameters._fields, parameter_shapes(spec))
            )
        )

    with tf.name_scope("initial"):
        slots = tuple(placeholders(f"{name}/") for name in SLOT_NAMES[spec.optimizer])
        return State(placeholders(""), slots, tf.placeholder("int64", (), name="step"))


def make_variables(spec, state):
    def variables(prefix, values):
        return Parameters(
            *(tf.Variable(value, name=prefix + name, use_resource=True) for name, value in zip(values._fields, values))
        )

    return State(
        variables("", state.parameters),
        tuple(variables(f"{name}/", slot) for name, slot in zip(SLOT_NAMES[spec.optimizer], state.slots)),
        tf.Variable(state.step, name="step", use_resource=True),
    )


class Network:
    """The network of a spec, built as a graph and run in a session. NumPy in, NumPy out.

    optimize_graph=False runs the graph as it was built.
    """

    def __init__(self, spec, parameters, optimize_graph=True):
        check_parameters(spec, parameters)
        check_flag("optimize_graph", optimize_graph)
        self.spec = spec
        self.closed = False
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._initial = make_placeholders(spec)
            self._variables = make_variables(spec, self._initial)
            self._initializer = tf.global_variables_initializer()
            self._inputs = tf.placeholder(spec.dtype, (None, spec.layer_sizes[0]), name="inputs")  # (N, D)
            self._targets = tf.placeholder(spec.dtype, (None, spec.layer_sizes[-1]), name="targets")  # (N, C)
            self._n = tf.placeholder("int32", (), name="n")
            self._result, self._train_op = train_step(spec, self._variables, self._inputs, self._targets)
            self._last_loss = train_steps(spec, self._variables, self._inputs, self._targets, self._n)
        self._graph.finalize()
        config = tf.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = not optimize_graph
        self._session = tf.Session(graph=self._graph, config=config)
        self.restore(initial_state(spec, parameters))

    @property
    def graph(self):
        """The graph, in which step and loop share the variables."""
        check_open(self.closed)
        return self._graph

    @property
    def loop_graph(self):
        """The same graph."""
        return self.graph

    def predict(self, inputs):
        """Outputs (N, C) for inputs (N, D)."""
        check_open(self.closed)
        check_inputs(self.spec, inputs)
        return self._session.run(self._result.activations.outputs, feed_dict={self._inputs: inputs})

    def evaluate(self, batch):
        """The StepResult of a batch; changes nothing."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        return self._session.run(self._result, feed_dict={self._inputs: batch.inputs, self._targets: batch.targets})

    def train_step(self, batch):
        """One optimizer step; returns the loss before it."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        fetches = (self._result.loss, self._train_op)
        return self._session.run(fetches, feed_dict={self._inputs: batch.inputs, self._targets: batch.targets})[0]

    def train_steps(self, batch, n):
        """n optimizer steps on one batch in one call; returns the loss before the last."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        check_count(n)
        feed_dict = {self._inputs: batch.inputs, self._targets: batch.targets, self._n: n}
        return self._session.run(self._last_loss, feed_dict=feed_dict)

    def parameters(self):
        """A copy of the parameters as they are now."""
        return self.state().parameters

    def state(self):
        """A copy of everything that restore() needs to come back to this point."""
        check_open(self.closed)
        state = self._session.run(self._variables)
        return state._replace(step=int(state.step))

    def restore(self, state):
        """Set parameters, slots and step, all of them finite; nothing is traced or built again."""
        check_open(self.closed)
        check_state(self.spec, state)
        # A session may use a fed array in place, and the variables would then share the caller's memory.
        self._session.run(self._initializer, feed_dict={self._initial: copy_state(state)})

    def close(self):
        """Give the memory back; every later call raises ValueError."""
        if not self.closed:
            self._session.close()
            del self._session, self._graph, self._initial, self._variables, self._initializer
            del self._inputs, self._targets, self._n, self._result, self._train_op, self._last_loss
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
