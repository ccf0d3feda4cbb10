"""The five update rules against PyTorch's optimizers: the same paths down one valley, where PyTorch is installed."""

import numpy as np
import pytest

from graphs.optimizers import RULES, SLOT_NAMES

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

# A narrow valley that lies across both axes: curvature 1 along it, 50 across.
ACROSS = np.array([[0.8, 0.6], [-0.6, 0.8]])
CURVATURES = ACROSS.T @ np.diag([1.0, 50.0]) @ ACROSS
START = np.array([3.0, -2.0])
STEPS = 300

PYTORCH = {
    "sgd": (torch.optim.SGD, 0.02, {}),
    "momentum": (torch.optim.SGD, 0.02, {"momentum": 0.9}),
    "adagrad": (torch.optim.Adagrad, 0.5, {"eps": 1e-8}),
    "rmsprop": (torch.optim.RMSprop, 0.005, {"alpha": 0.9, "eps": 1e-8}),
    "adam": (torch.optim.Adam, 0.02, {"eps": 1e-8}),
}


def path_of_ours(name, learning_rate):
    x, slots, path = START, tuple(np.zeros(2) for _ in SLOT_NAMES[name]), []
    for step in range(1, STEPS + 1):
        amount, slots = RULES[name](np, learning_rate, float(step))(CURVATURES @ x, slots)
        x = x - amount
        path.append(x)
    return np.array(path)


def path_of_pytorch(optimizer, learning_rate, settings):
    x = torch.tensor(START, requires_grad=True)
    curvatures, path = torch.tensor(CURVATURES), []
    optimizer = optimizer([x], lr=learning_rate, **settings)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (x @ curvatures @ x / 2).backward()
        optimizer.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_goes_the_way_of_pytorch(name):
    optimizer, learning_rate, settings = PYTORCH[name]
    ours = path_of_ours(name, learning_rate)
    theirs = path_of_pytorch(optimizer, learning_rate, settings)
    assert np.linalg.norm(ours[-1]) < 0.9 * np.linalg.norm(START)  # it did move
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
