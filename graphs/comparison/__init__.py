"""The same network, from the same parameters, on the same batches, by several implementations: are they the same?"""

from graphs.comparison.plan import Plan
from graphs.comparison.result import Comparison, Outcome
from graphs.comparison.run import compare

__all__ = ["Comparison", "Outcome", "Plan", "compare"]
