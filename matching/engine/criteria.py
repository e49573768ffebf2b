"""The criteria by name, and how their values become a score.

What each criterion is, and its formula: `kernels/criteria.py` and docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.kernels.criteria import _WORD_EVIDENCE as WORD_EVIDENCE
from matching.engine.types import Floats

#: All criteria in the order of the columns of `Candidates.criteria`, with the weights of the
#: policy that a new installation starts with.
DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "product": 0.46,
    "hs": 0.08,
    "certifications": 0.09,
    "volume": 0.06,
    "lead_time": 0.05,
    "price": 0.07,
    "stage": 0.05,
    "partner_wishes": 0.06,
    "experience": 0.05,
    "responsiveness": 0.03,
}
NAMES: Final = tuple(DEFAULT_WEIGHTS)


def weight_vector(weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weights in the order of NAMES. Raises ValueError for unknown names and bad values."""
    unknown = set(weights) - set(NAMES)
    if unknown:
        raise ValueError(f"Not a criterion: {', '.join(sorted(unknown))}")
    vector = np.array([weights.get(name, 0.0) for name in NAMES], np.float64)
    if not np.isfinite(vector).all() or (vector < 0).any() or vector.sum() <= 0:
        raise ValueError("Weights must be 0 or more, and one of them more than 0.")
    return vector


def parts(values: Floats, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(pairs, criteria): what each known criterion adds to the score; 0 where unknown."""
    known = ~np.isnan(values)
    total = (known * weights).sum(axis=1, keepdims=True)
    weighted = np.where(known, values.astype(np.float64), 0) * weights
    return weighted / np.where(total > 0, total, 1)


def score(values: Floats, weights: NDArray[np.float64]) -> Floats:
    """The weighted mean over the known criteria."""
    return parts(values, weights).sum(axis=1).clip(0, 1).astype(np.float32)


def confidence(
    values: Floats, weights: NDArray[np.float64], is_word_fit: NDArray[np.bool_]
) -> Floats:
    """The share of all weights that known criteria have; a product fit that rests on words alone,
    because one side names no concept, counts as less sure."""
    known = (~np.isnan(values) * weights).astype(np.float64)
    known[is_word_fit, 0] *= WORD_EVIDENCE
    return (known.sum(axis=1) / weights.sum()).clip(0, 1).astype(np.float32)


def rests_on_words(
    values: Floats, weights: NDArray[np.float64], confident: Floats
) -> NDArray[np.bool_]:
    """Which pairs, given what they scored under `weights`, have a product fit by words alone."""
    nobody = np.zeros(len(values), np.bool_)
    surely, by_words = confidence(values, weights, nobody), confidence(values, weights, ~nobody)
    return np.asarray(np.abs(confident - by_words) < np.abs(confident - surely), np.bool_)
