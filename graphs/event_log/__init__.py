"""The logs that comparisons and timings write for TensorBoard."""
