"""Real data as batches, and how good outputs are."""
