"""Bare Paddle, dynamic. Many steps are a loop of Python's."""

import paddle


def contestants(parameters, batch, learning_rate, n):
    paddle.set_device("cpu")

    def called(steps):
        tensors = [paddle.to_tensor(array, stop_gradient=False) for array in parameters]

        def step(inputs, targets):
            weights1, biases1, weights2, biases2, weights3, biases3 = tensors
            hidden1 = paddle.nn.functional.sigmoid(inputs @ weights1 + biases1)
            hidden2 = paddle.nn.functional.sigmoid(hidden1 @ weights2 + biases2)
            loss = paddle.mean(paddle.square(hidden2 @ weights3 + biases3 - targets))
            gradients = paddle.grad(loss, tensors)
            with paddle.no_grad():
                for tensor, gradient in zip(tensors, gradients, strict=True):
                    tensor.subtract_(learning_rate * gradient)
            return loss

        def call():
            inputs, targets = paddle.to_tensor(batch.inputs), paddle.to_tensor(batch.targets)
            for _ in range(steps):
                loss = step(inputs, targets)
            return float(loss)

        return call, steps

    return {"paddle": called(1), "paddle loop": called(n)}
