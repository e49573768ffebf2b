"""What makes a pair good: one function per criterion, and how their values become a score.

A criterion takes the pairs of a block and returns float32 in [0, 1], NaN where it is not known.
Each never falls when the fact it looks at gets better. Formulas and their sources: docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.candidates import Pairs
from matching.engine.concepts import Closeness
from matching.engine.types import Bools, Floats, Ints, Problem, Ragged

_UNKNOWN: Final = np.float32(np.nan)
_MOST_HS_CODES: Final = 8  # of an item that are compared
_HS_CLOSENESS: Final = ((1, 1.0), (100, 0.7), (10_000, 0.3))  # same 6, 4, 2 digits
_PRICE_TOLERANCE: Final = 0.5  # half as much again as the buyer's limit is worth nothing
_STEP_OF_STAGE: Final = 0.4
_CONCEPTS_ALONE: Final = 0.9  # a shared concept in other words; the same words make it perfect
_WORDS_ALONE: Final = 0.9  # words without a shared concept never make a perfect fit
_OTHER_CONCEPTS: Final = 0.4  # by so much less do words count when both name other products
_CONCEPTS_AGREE: Final = 0.3  # from this coverage on words count fully
_WORD_EVIDENCE: Final = 0.7  # how sure a fit is that rests on words alone


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pairs with all a criterion may look at. `coverage`, `substance`: see `concepts.Closeness`."""

    problem: Problem
    pairs: Pairs
    coverage: Floats
    substance: Floats

    @classmethod
    def of(cls, problem: Problem, closeness: Closeness, pairs: Pairs) -> Block:
        coverage = closeness.coverage(pairs.need, pairs.offering)
        return cls(problem, pairs, coverage, closeness.substance[pairs.need])

    def need(self, column: str) -> NDArray[Any]:
        return getattr(self.problem.needs, column)[self.pairs.need]

    def offering(self, column: str) -> NDArray[Any]:
        return getattr(self.problem.offerings, column)[self.pairs.offering]

    def buyer(self, column: str) -> NDArray[Any]:
        return getattr(self.problem.firms, column)[self.need("firm")]

    def seller(self, column: str) -> NDArray[Any]:
        return getattr(self.problem.firms, column)[self.offering("firm")]


def product(block: Block) -> Floats:
    """Concepts and words, across languages: either is evidence, together they are more."""
    known = ~np.isnan(block.coverage)
    coverage = np.where(known, block.coverage, 0)
    differ = np.where(known, 1 - np.minimum(coverage / _CONCEPTS_AGREE, 1), 0)
    trust = 1 - _OTHER_CONCEPTS * block.substance * differ
    words = _WORDS_ALONE * trust * block.pairs.wording**1.5
    return (1 - (1 - _CONCEPTS_ALONE * coverage) * (1 - words)).astype(np.float32)


def hs(block: Block) -> Floats:
    """The closest pair of declared codes: same six, four or two digits."""
    ours = _padded(block.problem.needs.hs6, block.pairs.need)
    theirs = _padded(block.problem.offerings.hs6, block.pairs.offering)
    closeness = np.zeros(len(block.pairs), np.float32)
    for code in ours.T:
        for other in theirs.T:
            both = (code >= 0) & (other >= 0)
            for divisor, value in _HS_CLOSENESS:
                same = both & (code // divisor == other // divisor)
                np.maximum(closeness, np.float32(value) * same, out=closeness)
    known = (ours >= 0).any(axis=1) & (theirs >= 0).any(axis=1)
    return np.where(known, closeness, _UNKNOWN)


def certifications(block: Block) -> Floats:
    """The share of wished and required certificates that the seller holds."""
    asked = block.need("certifications") | block.need("required_certifications")
    held = asked & block.offering("certifications")
    count = np.bitwise_count(asked).sum(axis=1, dtype=np.float32)
    share = np.bitwise_count(held).sum(axis=1, dtype=np.float32) / np.maximum(count, 1)
    known = (count > 0) & block.offering("are_certifications_known")
    return np.where(known, share, _UNKNOWN)


def volume(block: Block) -> Floats:
    """Capacity over demand, and demand over the minimum order, each at most 1."""
    wanted, capacity = block.need("volume"), block.offering("volume")
    least = block.offering("min_order")
    comparable = _is_comparable(block) & (wanted > 0)
    enough = np.minimum(_ratio(capacity, wanted), 1)
    not_too_little = np.minimum(_ratio(wanted, least), 1)
    both = np.where(np.isnan(enough), 1, enough) * np.where(
        np.isnan(not_too_little), 1, not_too_little
    )
    known = comparable & ~(np.isnan(enough) & np.isnan(not_too_little))
    return np.where(known, both, _UNKNOWN).astype(np.float32)


def lead_time(block: Block) -> Floats:
    """1 within the wished time, falling to 0 at twice as long."""
    wished = block.need("lead_days")
    wished = np.where(np.isnan(wished), block.need("max_lead_days"), wished)
    late = _ratio(block.offering("lead_days"), np.maximum(wished, 1))
    return np.clip(2 - late, 0, 1).astype(np.float32)


def price(block: Block) -> Floats:
    """1 when the whole band is within the buyer's limit, less as less of it is, 0 far above."""
    limit = block.need("price_high")
    low, high = block.offering("price_low"), block.offering("price_high")
    low = np.where(np.isnan(low), high, low)
    high = np.where(np.isnan(high), low, high)
    comparable = _is_comparable(block) & (limit > 0)
    within = np.where(high <= limit, 1, np.clip(_ratio(limit - low, high - low), 0, 1))
    above = np.clip((_ratio(low, limit) - 1) / _PRICE_TOLERANCE, 0, 1)
    value = np.where(low > limit, 0.6 * (1 - above), 0.6 + 0.4 * within)
    return np.where(comparable & ~np.isnan(low), value, _UNKNOWN).astype(np.float32)


def stage(block: Block) -> Floats:
    """1 when the product is as far developed as wished, less for each stage it lacks."""
    wished, reached = block.need("stage"), block.offering("stage")
    short = np.maximum(wished.astype(np.float32) - reached, 0)
    value = np.clip(1 - _STEP_OF_STAGE * short, 0, 1)
    return np.where((wished >= 0) & (reached >= 0), value, _UNKNOWN).astype(np.float32)


def partner_wishes(block: Block) -> Floats:
    """What each side wishes of the other firm, fused by the harmonic mean: both must be content."""
    of_buyer = _wishes_met(block.need, block.seller)
    of_seller = _wishes_met(block.offering, block.buyer)
    total = of_buyer + of_seller
    both = np.where(total > 0, 2 * of_buyer * of_seller / np.where(total > 0, total, 1), 0)
    either = np.where(np.isnan(of_buyer), of_seller, of_buyer)
    return np.where(np.isnan(total), either, both).astype(np.float32)


def experience(block: Block) -> Floats:
    """The two firms' experience with each other's country: the mean of what is known."""
    return _mean_of_known(block.buyer("experience"), block.seller("experience"))


def responsiveness(block: Block) -> Floats:
    """How reliably the two firms answer: the weaker of the two, of what is known."""
    return np.fmin(block.buyer("responsiveness"), block.seller("responsiveness")).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Criterion:
    name: str
    value: Callable[[Block], Floats]
    weight: float  # in the policy that a new installation starts with


#: All criteria, in the order of the columns of `Candidates.criteria`.
CRITERIA: Final = (
    Criterion("product", product, 0.46),
    Criterion("hs", hs, 0.08),
    Criterion("certifications", certifications, 0.09),
    Criterion("volume", volume, 0.06),
    Criterion("lead_time", lead_time, 0.05),
    Criterion("price", price, 0.07),
    Criterion("stage", stage, 0.05),
    Criterion("partner_wishes", partner_wishes, 0.06),
    Criterion("experience", experience, 0.05),
    Criterion("responsiveness", responsiveness, 0.03),
)
NAMES: Final = tuple(criterion.name for criterion in CRITERIA)
DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    criterion.name: criterion.weight for criterion in CRITERIA
}


def evaluate(block: Block) -> Floats:
    """(pairs, criteria): every criterion's value."""
    return np.stack([criterion.value(block) for criterion in CRITERIA], axis=1)


def weight_vector(weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weights in the order of CRITERIA. Raises ValueError for unknown names and bad values."""
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


def confidence(values: Floats, coverage: Floats, weights: NDArray[np.float64]) -> Floats:
    """The weight of the known criteria among all; a product fit by words alone counts less."""
    sure = np.where(np.isnan(values), 0.0, 1.0)
    sure[:, NAMES.index("product")] *= np.where(np.isnan(coverage), _WORD_EVIDENCE, 1)
    return (sure @ weights / weights.sum()).clip(0, 1).astype(np.float32)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """NaN where either is not known; a denominator of 0 gives infinity or NaN, silently."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return numerator / denominator


def _is_comparable(block: Block) -> Bools:
    ours = block.need("dimension")
    return (ours >= 0) & (ours == block.offering("dimension"))


def _mean_of_known(one: Floats, other: Floats) -> Floats:
    known = (~np.isnan(one)).astype(np.float32) + ~np.isnan(other)
    total = np.where(np.isnan(one), 0, one) + np.where(np.isnan(other), 0, other)
    return np.where(known > 0, total / np.maximum(known, 1), _UNKNOWN).astype(np.float32)


def _wishes_met(item: Callable[[str], NDArray[Any]], firm: Callable[[str], NDArray[Any]]) -> Floats:
    """Of the wishes of an item that the other firm is known to meet or miss, the share it meets."""
    wishes, region = item("wish_regions"), firm("region")
    size, employees = item("wish_employees"), firm("employees")
    experienced, experience_of = item("wish_experienced"), firm("experience")
    checks = (
        ((wishes != 0) & (region != 0), (wishes & region) != 0),
        (~np.isnan(size) & ~np.isnan(employees), employees >= size),
        (experienced & ~np.isnan(experience_of), experience_of > 0),
    )
    known = sum(stated.astype(np.float32) for stated, _ in checks)
    met = sum((stated & content).astype(np.float32) for stated, content in checks)
    return np.where(known > 0, met / np.maximum(known, 1), _UNKNOWN).astype(np.float32)


def _padded(codes: Ragged, rows: Ints) -> Ints:
    """(rows, width): the first codes of each row, -1 beyond its end."""
    lengths = codes.lengths[rows]
    width = min(int(lengths.max(initial=0)), _MOST_HS_CODES)
    place = np.arange(max(width, 1))
    where = codes.start[:-1][rows][:, None] + place
    inside = place < lengths[:, None]
    values = codes.values if len(codes.values) else np.full(1, -1)
    return np.where(inside, values[np.minimum(where, len(values) - 1)], -1).astype(np.int32)
