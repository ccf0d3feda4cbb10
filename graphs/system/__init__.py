"""What the package needs of the machine: its environment, files, signals, and a TensorFlow that keeps quiet."""
