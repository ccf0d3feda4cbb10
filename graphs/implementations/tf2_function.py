"""TensorFlow 2, traced: Python runs the eager text once, to record it as a graph; every call then runs that graph."""

import threading
from functools import cached_property, partial

import tensorflow as tf

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
    with tf.GradientTape() as tape:
        activations = forward(spec, parameters, inputs)
        with tf.name_scope("loss"):
            loss = LOSSES[spec.loss](activations, targets)
    gradients = tape.gradient(loss, parameters)
    return StepResult(activations, loss, gradients)


def update(spec, state, gradients):
    with tf.name_scope("update"):
        state.step.assign_add(1, read_value=False)
        step = tf.cast(state.step, spec.dtype)
        rule = RULES[spec.optimizer](tf.math, spec.learning_rate, step)
        for parameter, gradient, slots in zip(state.parameters, gradients, slots_by_parameter(state)):
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
    # Not tf.range(n): XLA would have to know its length, and compile again for every n.
    i = tf.constant(0)
    while i < n:
        loss = train_step(spec, state, inputs, targets)
        i += 1
    return loss


def make_variables(spec, state):
    def variables(prefix, values):
        return Parameters(*(tf.Variable(value, name=prefix + name) for name, value in zip(values._fields, values)))

    return State(
        variables("", state.parameters),
        tuple(variables(f"{name}/", slot) for name, slot in zip(SLOT_NAMES[spec.optimizer], state.slots)),
        tf.Variable(state.step, name="step", dtype="int64"),
    )


def to_numpy(structure):
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), structure)


OPTIMIZER_SWITCH = threading.Lock()


class Traced:
    """A function that is traced at its first call, for tensors of the signature; every call runs that one trace.

    Calling the ConcreteFunction spares a step the search for a trace that fits its arguments: there is only this one.
    """

    def __init__(self, function, signature, optimize_graph, jit_compile):
        self._function = tf.function(function, input_signature=signature, jit_compile=jit_compile)
        self._optimize_graph = optimize_graph

    @cached_property
    def concrete_function(self):
        return self._function.get_concrete_function()

    @property
    def trace_count(self):
        return self._function.experimental_get_tracing_count()

    def __call__(self, *arguments):
        if self._optimize_graph:
            return self.concrete_function(*arguments)
        # TensorFlow's switch is process-wide but read at each call, so it is set for the call alone; the lock keeps
        # two threads from restoring what the other has set.
        with OPTIMIZER_SWITCH:
            before = tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
            try:
                return self.concrete_function(*arguments)
            finally:
                tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


class Network:
    """The network of a spec, executed as traced functions. NumPy in, NumPy out.

    optimize_graph=False runs the graph as it was traced. jit_compile=True hands it to XLA, which compiles once per
    batch size and optimises in its own way: there optimize_graph has nothing to switch.
    """

    def __init__(self, spec, parameters, optimize_graph=True, jit_compile=False):
        check_parameters(spec, parameters)
        check_flag("optimize_graph", optimize_graph)
        self.spec = spec
        self.closed = False
        self._variables = make_variables(spec, initial_state(spec, parameters))
        inputs = tf.TensorSpec((None, spec.layer_sizes[0]), spec.dtype, "inputs")
        targets = tf.TensorSpec((None, spec.layer_sizes[-1]), spec.dtype, "targets")
        n = tf.TensorSpec((), "int32", "n")
        traced = partial(Traced, optimize_graph=optimize_graph or jit_compile, jit_compile=jit_compile)
        self._forward = traced(partial(forward, spec, self._variables.parameters), [inputs])
        self._evaluate = traced(partial(evaluate, spec, self._variables.parameters), [inputs, targets])
        self._train_step = traced(partial(train_step, spec, self._variables), [inputs, targets])
        self._train_steps = traced(partial(train_steps, spec, self._variables), [inputs, targets, n])

    @property
    def graph(self):
        """The graph of train_step, traced now if it has not been called yet."""
        check_open(self.closed)
        return self._train_step.concrete_function.graph

    @property
    def loop_graph(self):
        """The graph of train_steps, traced now if it has not been called yet."""
        check_open(self.closed)
        return self._train_steps.concrete_function.graph

    @property
    def trace_count(self):
        """How many traces were made until now, of the four functions together."""
        check_open(self.closed)
        return sum(f.trace_count for f in (self._forward, self._evaluate, self._train_step, self._train_steps))

    def predict(self, inputs):
        """Outputs (N, C) for inputs (N, D)."""
        check_open(self.closed)
        check_inputs(self.spec, inputs)
        return self._forward(tf.constant(inputs)).outputs.numpy()

    def evaluate(self, batch):
        """The StepResult of a batch; changes nothing."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        return to_numpy(self._evaluate(tf.constant(batch.inputs), tf.constant(batch.targets)))

    def train_step(self, batch):
        """One optimizer step; returns the loss before it."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        return self._train_step(tf.constant(batch.inputs), tf.constant(batch.targets)).numpy()

    def train_steps(self, batch, n):
        """n optimizer steps on one batch in one call; returns the loss before the last."""
        check_open(self.closed)
        check_batch(self.spec, batch)
        check_count(n)
        return self._train_steps(tf.constant(batch.inputs), tf.constant(batch.targets), int(n)).numpy()

    def parameters(self):
        """A copy of the parameters as they are now."""
        return self.state().parameters

    def state(self):
        """A copy of everything that restore() needs to come back to this point."""
        check_open(self.closed)
        state = to_numpy(self._variables)
        return state._replace(step=int(state.step))

    def restore(self, state):
        """Set parameters, slots and step, all of them finite; nothing is traced or built again."""
        check_open(self.closed)
        check_state(self.spec, state)
        tf.nest.map_structure(lambda variable, value: variable.assign(value), self._variables, copy_state(state))

    def close(self):
        """Give the memory back; every later call raises ValueError."""
        if not self.closed:
            del self._variables, self._forward, self._evaluate, self._train_step, self._train_steps
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
