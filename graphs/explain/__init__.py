"""What TensorFlow's graph optimizer does to a graph, pass by pass, and what that does to its numbers."""

from graphs.implementations.table import names_of

# Whose graph it rewrites; here, so that a command can refuse the others without waiting for TensorFlow.
EXPLAINABLE = names_of(lambda each: each.grappler)
