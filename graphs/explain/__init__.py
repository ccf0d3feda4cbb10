"""What TensorFlow's graph optimizer does to a graph, pass by pass, and how that changes its numbers."""

from graphs.implementations.table import names_of

# Implementations whose graph it rewrites. Kept here, so that a command can refuse the others before TensorFlow loads.
EXPLAINABLE = names_of(lambda each: each.grappler)
