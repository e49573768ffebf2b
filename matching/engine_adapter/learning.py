"""Weights learnt from verdicts: fitted to the earlier ones, measured on the later ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine import learning
from matching.engine.criteria import NAMES, weight_vector
from matching.queries.verdicts import Verdict

_EARLIER: Final = 0.7
_DIGITS: Final = 4


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
    fitted_to: int
    measured_on: int
    learnt: Prediction
    in_force: Prediction


def learn_weights(verdicts: Sequence[Verdict], in_force: Mapping[str, float]) -> Lesson:
    """`verdicts`: oldest first; `in_force`: the weights of the active policy.

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

    def foretold(model: learning.Model) -> Prediction:
        probabilities = model.probabilities(criteria[cut:])
        return Prediction(
            learning.log_loss(probabilities, liked[cut:]),
            learning.auc(probabilities, liked[cut:]),
        )

    return Lesson(
        weights={
            name: round(float(weight), _DIGITS)
            for name, weight in zip(NAMES, learnt.weights, strict=True)
        },
        fitted_to=cut,
        measured_on=len(verdicts) - cut,
        learnt=foretold(learnt),
        in_force=foretold(before),
    )
