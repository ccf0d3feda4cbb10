"""The same training step, in the fewest lines of each framework: sigmoid, mean squared error, SGD.

Each module has contestants(parameters, batch, learning_rate, n): {name: (call, steps)}. A call takes so many steps,
from a NumPy batch to a NumPy or Python number, the loss before its last step.
"""
