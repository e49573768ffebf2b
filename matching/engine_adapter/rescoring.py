"""What stored matches would score under other weights: the engine's formula on their criteria.

Criteria say how two items compare and do not depend on a policy, so nothing is read anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from matching.choices import Criterion
from matching.engine.criteria import NAMES, confidence, parts, rests_on_words, weight_vector
from matching.models import Match, MatchPolicy

_PRODUCT: Final = NAMES.index("product")


@dataclass(frozen=True, slots=True)
class Rescored:
    """`parts`: what each known criterion adds to the score. `passes`: at or above the policy's
    lowest score, confidence and product fit."""

    score: float
    confidence: float
    parts: dict[str, float]
    passes: bool


def rescore(matches: Sequence[Match], policy: MatchPolicy) -> list[Rescored]:
    """One for each match, in order; their runs and policies have been read with them.

    As exact as what is stored: criteria have six decimals. ValueError for unusable weights.
    """
    values = np.array([_values(match.criteria) for match in matches], np.float32)
    values = values.reshape(-1, len(NAMES))
    weights = weight_vector(policy.weights)
    by_words = np.array(
        [_rests_on_words(match, values[row : row + 1]) for row, match in enumerate(matches)],
        np.bool_,
    )
    shares = parts(values, weights)
    sure = confidence(values, weights, by_words)
    product = np.nan_to_num(values[:, _PRODUCT])
    found = []
    for row in range(len(matches)):
        score, confident = min(float(shares[row].sum()), 1.0), float(sure[row])
        found.append(
            Rescored(
                score=score,
                confidence=confident,
                parts={
                    name: float(shares[row, place])
                    for place, name in enumerate(NAMES)
                    if not np.isnan(values[row, place])
                },
                passes=score >= policy.min_score
                and confident >= policy.min_confidence
                and float(product[row]) >= policy.min_product,
            )
        )
    return found


def _values(criteria: Mapping[str, float | None]) -> list[float]:
    return [np.nan if (value := criteria.get(name)) is None else value for name in NAMES]


def _rests_on_words(match: Match, values: Any) -> bool:
    """As its confidence shows, beside what its own policy gives a firm fit."""
    if match.run is None:
        return False
    weights = weight_vector(match.run.policy.weights)
    confident = np.array([match.confidence], np.float32)
    return bool(rests_on_words(values, weights, confident)[0])


@dataclass(frozen=True, slots=True)
class Compared:
    """One match under two policies; places from 1 among those compared."""

    match: Match
    old: Rescored
    new: Rescored
    old_place: int
    new_place: int

    @property
    def gain(self) -> float:
        return self.new.score - self.old.score

    @property
    def climbed(self) -> int:
        """By how many places; below zero: fallen."""
        return self.old_place - self.new_place

    @property
    def fallen(self) -> int:
        return -self.climbed

    @property
    def labelled(self) -> list[tuple[str, float | None, float, float]]:
        """`parts` with the criterion in the reader's words."""
        return [
            (str(Criterion(name).label), value, old, new) for name, value, old, new in self.parts
        ]

    @property
    def parts(self) -> list[tuple[str, float | None, float, float]]:
        """(criterion, value, what it adds under the old policy, under the new one)."""
        return [
            (
                name,
                self.match.criteria.get(name),
                self.old.parts.get(name, 0.0),
                self.new.parts.get(name, 0.0),
            )
            for name in NAMES
        ]


def compare(matches: Sequence[Match], old: MatchPolicy, new: MatchPolicy) -> list[Compared]:
    """In the order of the new policy, best first."""
    before, after = rescore(matches, old), rescore(matches, new)
    old_places, new_places = _places(matches, before), _places(matches, after)
    rows = [
        Compared(match, before[row], after[row], old_places[row], new_places[row])
        for row, match in enumerate(matches)
    ]
    return sorted(rows, key=lambda row: row.new_place)


def _places(matches: Sequence[Match], found: Sequence[Rescored]) -> list[int]:
    order = sorted(range(len(found)), key=lambda row: (-found[row].score, matches[row].pk))
    place = {row: number for number, row in enumerate(order, 1)}
    return [place[row] for row in range(len(found))]
