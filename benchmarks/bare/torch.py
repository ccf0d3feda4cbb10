"""Bare PyTorch, eager and compiled. It has no loop of its own, so many steps are a loop of Python's."""

import torch


def step_of(parameters, learning_rate):
    tensors = [torch.tensor(array, requires_grad=True) for array in parameters]

    def step(inputs, targets):
        weights1, biases1, weights2, biases2, weights3, biases3 = tensors
        hidden1 = torch.sigmoid(inputs @ weights1 + biases1)
        hidden2 = torch.sigmoid(hidden1 @ weights2 + biases2)
        loss = torch.mean(torch.square(hidden2 @ weights3 + biases3 - targets))
        gradients = torch.autograd.grad(loss, tensors)
        with torch.no_grad():
            for tensor, gradient in zip(tensors, gradients, strict=True):
                tensor.sub_(gradient, alpha=learning_rate)
        return loss.detach()

    return step


def compiled(parameters, learning_rate):
    """The forward and backward pass compiled as one, which torch.compile does for functions of their parameters."""
    tensors = [torch.tensor(array) for array in parameters]

    @torch.compile
    def step(tensors, inputs, targets):
        def loss_of(weights1, biases1, weights2, biases2, weights3, biases3):
            hidden1 = torch.sigmoid(inputs @ weights1 + biases1)
            hidden2 = torch.sigmoid(hidden1 @ weights2 + biases2)
            return torch.mean(torch.square(hidden2 @ weights3 + biases3 - targets))

        gradients, loss = torch.func.grad_and_value(loss_of, argnums=tuple(range(6)))(*tensors)
        for tensor, gradient in zip(tensors, gradients, strict=True):
            tensor.sub_(gradient, alpha=learning_rate)
        return loss

    return lambda inputs, targets: step(tensors, inputs, targets)


def contestants(parameters, batch, learning_rate, n):
    def called(step, steps):
        def call():
            inputs, targets = torch.from_numpy(batch.inputs), torch.from_numpy(batch.targets)
            for _ in range(steps):
                loss = step(inputs, targets)
            return loss.item()

        return call, steps

    return {
        "torch eager": called(step_of(parameters, learning_rate), 1),
        "torch compiled": called(compiled(parameters, learning_rate), 1),
        "torch eager loop": called(step_of(parameters, learning_rate), n),
        "torch compiled loop": called(compiled(parameters, learning_rate), n),
    }
