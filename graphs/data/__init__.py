"""Real data as batches, and scores for outputs."""
