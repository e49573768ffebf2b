"""The engine's inner loops, compiled by numba: `python -m matching.engine.kernels` does it ahead.

The only loops in the engine that run once a feature or once a pair. Everything they take is an
array or a tuple of arrays; they change nothing but what they return.
"""

from matching.engine.kernels.choosing import Statistics, Weighing
from matching.engine.kernels.concepts import Concepts, closure
from matching.engine.kernels.criteria import score_pairs
from matching.engine.kernels.lists import ENTRY, chosen, revise
from matching.engine.kernels.lookups import AddedLookups, Lookups, looked_up, reached, turned
from matching.engine.kernels.postings import Added, Postings, fill, lengths, vocabulary
from matching.engine.kernels.retrieval import (
    LEAST_OVERLAP,
    Columns,
    Rules,
    best_of_each,
    eligible,
    retrieve,
)

__all__ = [
    "ENTRY",
    "LEAST_OVERLAP",
    "Added",
    "AddedLookups",
    "Columns",
    "Concepts",
    "Lookups",
    "Postings",
    "Rules",
    "Statistics",
    "Weighing",
    "best_of_each",
    "chosen",
    "closure",
    "eligible",
    "fill",
    "lengths",
    "looked_up",
    "reached",
    "retrieve",
    "revise",
    "score_pairs",
    "turned",
    "vocabulary",
]
