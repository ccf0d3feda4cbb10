"""Access to the machine: environment, files, signals, and a quiet import of TensorFlow."""
