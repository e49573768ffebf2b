"""Weights learnt from verdicts: fitted to the earlier ones, measured on the later ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine import learning
from matching.engine.criteria import NAMES, weight_vector
from matching.engine.types import Bools
from matching.queries.verdicts import Verdict

_EARLIER: Final = 0.7
_DIGITS: Final = 4
_REFITS: Final = 40
_DRAWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well the later verdicts are foretold; see `matching.engine.learning`."""

    log_loss: float
    auc: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """`weights` add up to one. `learnt` and `in_force` foretell the same `measured_on` later
    verdicts after seeing the same `fitted_to` earlier ones."""

    weights: dict[str, float]
    ranges: dict[str, tuple[float, float]]  # where nine in ten resampled weights lie
    known: dict[str, int]  # in how many verdicts each criterion is known
    fitted_to: int
    measured_on: int
    learnt: Prediction
    in_force: Prediction
    gain: tuple[float, float]  # of log-loss, where 19 in 20 resampled ones lie; above 0: better


def learn_weights(
    verdicts: Sequence[Verdict], in_force: Mapping[str, float], *, rng: np.random.Generator
) -> Lesson:
    """`verdicts`: oldest first; `in_force`: the weights of the active policy; `rng` draws the
    samples that tell how sure the figures are.

    Raises ValueError when the verdicts depend on no criterion.
    """
    criteria = np.array(
        [
            [np.nan if (value := verdict.criteria.get(name)) is None else value for name in NAMES]
            for verdict in verdicts
        ],
        np.float64,
    ).reshape(-1, len(NAMES))
    liked = np.array([verdict.liked for verdict in verdicts], np.bool_)
    cut = int(_EARLIER * len(verdicts))
    weights = weight_vector(in_force)
    learnt = learning.fit(criteria[:cut], liked[:cut], weights)
    before = learning.fit_scale(criteria[:cut], liked[:cut], weights)

    foretold = [model.probabilities(criteria[cut:]) for model in (learnt, before)]
    by_learnt, by_before = (
        Prediction(
            learning.log_loss(probabilities, liked[cut:]),
            learning.auc(probabilities, liked[cut:]),
        )
        for probabilities in foretold
    )
    low, high = _ranges(criteria[:cut], liked[:cut], weights, rng)
    return Lesson(
        weights={
            name: round(float(weight), _DIGITS)
            for name, weight in zip(NAMES, learnt.weights, strict=True)
        },
        ranges={
            name: (round(float(least), _DIGITS), round(float(most), _DIGITS))
            for name, least, most in zip(NAMES, low, high, strict=True)
        },
        known=dict(zip(NAMES, (~np.isnan(criteria)).sum(axis=0).tolist(), strict=True)),
        fitted_to=cut,
        measured_on=len(verdicts) - cut,
        learnt=by_learnt,
        in_force=by_before,
        gain=_gain(foretold[0], foretold[1], liked[cut:], rng),
    )


def _ranges(
    criteria: learning.Values, liked: Bools, weights: learning.Values, rng: np.random.Generator
) -> tuple[learning.Values, learning.Values]:
    """The 5th and the 95th percentile of each weight over resampled verdicts (bootstrap)."""
    drawn = []
    for _ in range(_REFITS):
        rows = rng.integers(0, len(liked), len(liked))
        slopes = learning.fit(criteria[rows], liked[rows], weights).slopes
        drawn.append(slopes / max(slopes.sum(), 1e-12))
    low, high = np.percentile(np.array(drawn), (5, 95), axis=0)
    return low, high


def _gain(
    learnt: learning.Values, before: learning.Values, liked: Bools, rng: np.random.Generator
) -> tuple[float, float]:
    """Between what the log-loss is lower with 95 % confidence (paired bootstrap)."""
    right = [np.where(liked, told, 1 - told) for told in (learnt, before)]
    less = np.log(right[0]) - np.log(right[1])
    if not len(less):
        return 0.0, 0.0
    means = [less[rng.integers(0, len(less), len(less))].mean() for _ in range(_DRAWS)]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
