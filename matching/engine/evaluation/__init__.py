"""How good, how fair and how steady the engine's results are; see docs/evaluation.md."""

from matching.engine.evaluation.measures import (
    coverage,
    first_places,
    gini,
    mean_reciprocal_rank,
    ndcg,
    recall,
    stability,
)

__all__ = [
    "coverage",
    "first_places",
    "gini",
    "mean_reciprocal_rank",
    "ndcg",
    "recall",
    "stability",
]
