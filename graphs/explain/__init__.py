"""What TensorFlow's graph optimizer does to a graph, pass by pass, and what that does to its numbers."""

# Whose graph it rewrites; here, so that a command can refuse the others without waiting for TensorFlow.
EXPLAINABLE = ("tf1_session", "tf2_function")
