"""Weights learnt from what people decided, in the form that a policy has.

The log-odds that a pair is liked are taken as a weighted sum of its criteria (logistic
regression); a criterion that is not known says nothing, so it stands at its mean. Weights are not
negative, as in a policy, and are drawn towards those in force: few decisions move them little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from matching.engine.types import Bools

_PULL: Final = 1.0  # towards the weights in force, against one unit of log-likelihood
_LEAST_PROBABILITY: Final = 1e-9

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Log-odds of a pair: `intercept` + Σ `slopes` x (criterion − `means`); slopes are ≥ 0."""

    intercept: float
    slopes: Values
    means: Values

    @property
    def weights(self) -> Values:
        """The slopes as shares of one. Raises ValueError when nothing matters."""
        total = self.slopes.sum()
        if total <= 0:
            raise ValueError("The decisions depend on no criterion.")
        return self.slopes / total

    def probabilities(self, criteria: Values) -> Values:
        """(pairs,): how likely each is liked. `criteria`: (pairs, criteria), NaN unknown."""
        return _clipped(self.intercept + _centred(criteria, self.means) @ self.slopes)


def fit(criteria: Values, liked: Bools, in_force: Values) -> Model:
    """The most probable weights after these decisions.

    `criteria`: (pairs, criteria) in [0, 1], NaN unknown; `liked`: (pairs,); `in_force`: the
    policy's weights, which the result is drawn towards, on whatever scale fits best.
    """
    means = _means(criteria)
    centred = _centred(criteria, means)
    expected = in_force / in_force.sum()
    count = len(expected)

    def loss(parameters: Values) -> tuple[float, Values]:
        intercept, scale, slopes = parameters[0], parameters[1], parameters[2:]
        odds = intercept + centred @ slopes
        apart = slopes - scale * expected
        value = np.logaddexp(0, odds).sum() - odds[liked].sum() + _PULL / 2 * (apart @ apart)
        wrong = expit(odds) - liked
        slope = centred.T @ wrong + _PULL * apart
        return float(value), np.concatenate(([wrong.sum()], [-_PULL * (expected @ apart)], slope))

    found: Any = minimize(
        loss,
        np.concatenate(([0.0, 1.0], expected)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), *[(0, None)] * (count + 1)],
    )
    return Model(float(found.x[0]), found.x[2:], means)


def fit_scale(criteria: Values, liked: Bools, weights: Values) -> Model:
    """The weights as they are: only what a score of so much means is fitted."""
    means = _means(criteria)
    worth = _centred(criteria, means) @ (weights / weights.sum())

    def loss(parameters: Values) -> tuple[float, Values]:
        odds = parameters[0] + parameters[1] * worth
        wrong = expit(odds) - liked
        value = np.logaddexp(0, odds).sum() - odds[liked].sum()
        return float(value), np.array([wrong.sum(), worth @ wrong])

    found: Any = minimize(
        loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(None, None), (0, None)]
    )
    return Model(float(found.x[0]), found.x[1] * weights / weights.sum(), means)


def log_loss(probabilities: Values, liked: Bools) -> float:
    """Mean surprise in nats: 0 for a prophet, 0.693 for a coin."""
    right = np.where(liked, probabilities, 1 - probabilities)
    return float(-np.log(right).mean())


def auc(probabilities: Values, liked: Bools) -> float:
    """How often a liked pair is put before one that is not; ties count half, 0.5 is chance."""
    good = int(liked.sum())
    bad = len(liked) - good
    if not good or not bad:
        return 0.5
    places = rankdata(probabilities)[liked].sum() - good * (good + 1) / 2
    return float(places / (good * bad))


def _means(criteria: Values) -> Values:
    """Of what is known; 0 where nothing is."""
    known = ~np.isnan(criteria)
    total = np.where(known, criteria, 0).sum(axis=0)
    return total / np.maximum(known.sum(axis=0), 1)


def _centred(criteria: Values, means: Values) -> Values:
    return np.where(np.isnan(criteria), 0, criteria - means)


def _clipped(odds: Values) -> Values:
    return np.clip(expit(odds), _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
