"""The divergence atlas: pairs that carry the same name and are not the same, each an experiment that measures it.

Every module has an experiment() that returns its Findings; examples/divergence_atlas.py runs them all.
"""
