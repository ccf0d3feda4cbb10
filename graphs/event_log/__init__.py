"""What a run leaves behind for TensorBoard."""
