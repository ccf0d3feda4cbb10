"""NumPy recomputes a result from its own activations: logits and outputs from hidden2, hidden2 from hidden1, loss and
gradients from all.

So each tensor is judged by itself: its inputs are taken as given, however far off they are.
"""

from graphs.implementations import text
from graphs.implementations.table import REFERENCE
from graphs.network import Activations, StepResult

reference = text(REFERENCE)


def recompute(spec, parameters, batch, activations):
    """The StepResult, in the dtype of the arrays."""
    hidden1 = first_layer(spec, parameters, batch.inputs)
    hidden2 = second_layer(spec, parameters, activations.hidden1)
    logits, outputs = third_layer(spec, parameters, activations.hidden2)
    loss, gradients = loss_and_gradients(spec, parameters, batch, activations)
    return StepResult(Activations(hidden1, hidden2, logits, outputs), loss, gradients)


def first_layer(spec, parameters, inputs):
    """hidden1, (N, H1)."""
    return reference.ACTIVATIONS[spec.hidden_activation](inputs @ parameters.weights1 + parameters.biases1)


def second_layer(spec, parameters, hidden1):
    """hidden2, (N, H2)."""
    return reference.ACTIVATIONS[spec.hidden_activation](hidden1 @ parameters.weights2 + parameters.biases2)


def third_layer(spec, parameters, hidden2):
    """logits and outputs, (N, C) each."""
    logits = hidden2 @ parameters.weights3 + parameters.biases3
    return logits, reference.ACTIVATIONS[spec.output_activation](logits)


def loss_and_gradients(spec, parameters, batch, activations):
    """The loss, and Parameters of its gradients.

    ReLU and the absolute value have kinks: where a rounding error carries a number across one, both derivatives are
    right, and only the activations tell which one applies.
    """
    loss = reference.LOSSES[spec.loss](activations, batch.targets)
    return loss, reference.backward(spec, parameters, activations, *batch)
