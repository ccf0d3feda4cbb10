"""What TensorFlow's graph optimizer does to a graph, pass by pass, and what that does to its numbers."""
