"""How good and how fair a result is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.engine.types import Bools, Floats, Longs

_Pairs = NDArray[np.int64]  # (n, 2)


def first_places(scores: Floats, truth: Longs) -> Floats:
    """The place (from 1) of column `truth[i]` in row i of `scores`; ties share the mean place."""
    own = scores[np.arange(len(truth)), truth][:, None]
    better = (scores > own).sum(axis=1)
    equal = (scores == own).sum(axis=1) - 1
    return (1 + better + equal / 2).astype(np.float32)


def recall(places: Floats, k: int) -> float:
    """Share of queries whose answer is among the first `k`."""
    return float((places <= k).mean()) if len(places) else 0.0


def mean_reciprocal_rank(places: Floats) -> float:
    return float((1 / places).mean()) if len(places) else 0.0


def ndcg(is_relevant: Bools, relevant_count: Longs, k: int) -> float:
    """Mean nDCG@k. `is_relevant`: (queries, ≥ k) by rank; `relevant_count`: all there are."""
    discount = 1 / np.log2(np.arange(k) + 2)
    gained = (is_relevant[:, :k] * discount[: is_relevant.shape[1]]).sum(axis=1)
    ideal = np.concatenate(([0], np.cumsum(discount)))[np.minimum(relevant_count, k)]
    asked = ideal > 0
    return float((gained[asked] / ideal[asked]).mean()) if asked.any() else 0.0


def coverage(firms: Longs, total: int) -> float:
    """Share of `total` firms that appear among `firms`."""
    return len(np.unique(firms)) / total if total else 0.0


def gini(counts: Longs) -> float:
    """Concentration of proposals over firms: 0 all alike, towards 1 one has everything."""
    ordered = np.sort(counts.astype(np.float64))
    total = ordered.sum()
    if not total:
        return 0.0
    place = np.arange(1, len(ordered) + 1)
    return float((2 * (place * ordered).sum() / total - (len(ordered) + 1)) / len(ordered))


def stability(before: _Pairs, after: _Pairs) -> float:
    """Jaccard similarity of two sets of (need, offering) pairs; 1 when both are empty."""
    one, other = set(map(tuple, before.tolist())), set(map(tuple, after.tolist()))
    return len(one & other) / len(one | other) if one or other else 1.0
