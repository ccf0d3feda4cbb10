"""Compares implementations of one network, from the same parameters on the same batches: do they agree?"""

from graphs.comparison.plan import Plan
from graphs.comparison.result import Comparison, Outcome
from graphs.comparison.run import compare

__all__ = ["Comparison", "Outcome", "Plan", "compare"]
