"""The steps of matching in their order: prepare, score block by block, allocate, explain.

`match` runs them all. A job runs them one by one: every block of needs gives the same bytes
whenever and wherever it is computed, so a block that was lost is simply computed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import allocation, kernels
from matching.engine.candidates import (
    Index,
    Pairs,
    Scale,
    matchable_needs,
    matchable_offerings,
    retrieve,
)
from matching.engine.concepts import Closeness
from matching.engine.criteria import NAMES, weight_vector
from matching.engine.kernels import Concepts
from matching.engine.records import Facts
from matching.engine.types import (
    JP,
    KR,
    Bools,
    Candidates,
    Floats,
    Ints,
    Longs,
    Policy,
    Problem,
    Result,
    begins_run,
)

Scales = tuple[Scale, Scale]  # of the needs of KR, of JP

_KEPT_PER_PROPOSAL: Final = 2  # candidates handed to the allocation for each proposal


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A problem with its indexes. `needs`: rows of the needs in block order, Korean ones first."""

    problem: Problem
    needs: Ints
    indexes: tuple[Index, Index]  # needs of KR, needs of JP
    facts: Facts
    closeness: Closeness
    concepts: Concepts
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.needs)


def prepare(problem: Problem, *, scales: Scales | None = None, threads: int = 1) -> Prepared:
    """Build the indexes; by default both market sides are weighed by their own statistics.

    Raises ValueError for a policy with unknown or unusable weights.
    """
    weights = weight_vector(problem.policy.weights)
    needs = matchable_needs(problem)
    country = problem.firms.country[problem.needs.firm[needs]]
    of_korean, of_japanese = scales or (None, None)
    sides = (
        (needs[country == KR], matchable_offerings(problem, JP), of_korean),
        (needs[country == JP], matchable_offerings(problem, KR), of_japanese),
    )
    with ThreadPoolExecutor(threads) as pool:
        indexes = pool.map(lambda side: Index(problem, *side), sides)
        closeness = Closeness(problem.lexicon, problem.needs.features, problem.offerings.features)
        facts = Facts.of(problem, closeness)
        one, other = indexes
    return Prepared(
        problem=problem,
        needs=needs,
        indexes=(one, other),
        facts=facts,
        closeness=closeness,
        concepts=closeness.pools(),
        weights=weights,
    )


def blocks(prepared: Prepared) -> list[tuple[int, int]]:
    """(start, stop) ranges of `prepared.needs` that cover all needs."""
    return list(_steps(0, len(prepared), prepared.problem.policy.block_size))


def score_block(prepared: Prepared, start: int, stop: int, *, threads: int = 1) -> Candidates:
    """The best candidates of needs [start, stop) that reach the policy's thresholds.

    Beside the result, memory is bounded by the policy's block size times `threads`, however long
    the range is. The result does not depend on `threads`.
    """
    steps = blocks_of(prepared, start, stop)
    # Kernels and NumPy let go of the interpreter while they work, so threads are enough.
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda step: _score_rows(prepared, *step), steps))
    return Candidates.join([_score_rows(prepared, prepared.indexes[0], 0, 0), *parts])


def blocks_of(prepared: Prepared, start: int, stop: int) -> list[tuple[Index, int, int]]:
    """[start, stop) of all needs as (index, first, last) of at most a block's size."""
    size = prepared.problem.policy.block_size
    return [
        (index, begin, end)
        for index, first, last in _ranges(prepared, start, stop)
        for begin, end in _steps(first, last, size)
    ]


def score_pairs(prepared: Prepared, pairs: Pairs | Candidates) -> tuple[Candidates, Floats]:
    """Every given pair with score and confidence, and the criteria (n, len(NAMES)), NaN unknown.

    Pairs of a need have to stand together. Of those below the policy's least product fit only
    that is known.
    """
    facts = prepared.facts
    need, offering = pairs.need.astype(np.int32), pairs.offering.astype(np.int32)
    share = pairs.share.astype(np.float32)
    criteria, score, confidence = kernels.score_pairs(
        facts.needs,
        facts.offerings,
        prepared.concepts,
        prepared.weights,
        np.float32(prepared.problem.policy.min_product),
        need,
        offering,
        share,
    )
    return Candidates(need, offering, share, score, confidence), criteria


def allocate(prepared: Prepared, candidates: Candidates) -> Result:
    """Choose among all candidates; see `allocation.allocate` for what holds."""
    problem = prepared.problem
    rows, gap = allocation.allocate(problem, candidates)
    chosen = candidates.take(rows)
    need = chosen.need
    begin = np.maximum.accumulate(np.where(begins_run(need), np.arange(len(need)), 0))
    return Result(chosen, (np.arange(len(need)) - begin + 1).astype(np.int32), gap)


def match(problem: Problem, *, threads: int = 1) -> Result:
    """Score all needs and allocate."""
    prepared = prepare(problem)
    return allocate(prepared, score_block(prepared, 0, len(prepared), threads=threads))


def _steps(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + size, stop)) for first in range(start, stop, size))


def _score_rows(prepared: Prepared, index: Index, first: int, last: int) -> Candidates:
    found = retrieve(index, prepared.facts, first, last, prepared.problem.policy.candidates)
    scored, criteria = score_pairs(prepared, found.pairs)
    return scored.take(best(scored, criteria, found.start, prepared.problem.policy))


def best(scored: Candidates, criteria: Floats, start: Longs, policy: Policy) -> Longs:
    """Positions of the pairs of each need that allocation can use, best first.

    Need i has the pairs [start[i], start[i + 1]), by falling overlap. Those that do not pass are
    left out.
    """
    positions, _ = kernels.best_of_each(
        start,
        scored.score,
        scored.confidence,
        np.ascontiguousarray(criteria[:, NAMES.index("product")]),
        np.array([policy.min_score, policy.min_confidence, policy.min_product], np.float64),
        kept_of(policy),
    )
    return positions


def kept_of(policy: Policy) -> int:
    """How many pairs of a need are handed to the allocation at most."""
    return min(_KEPT_PER_PROPOSAL * policy.top_k, policy.candidates)


def passes(scored: Candidates, criteria: Floats, policy: Policy) -> Bools:
    """Whether score, confidence and product fit reach the policy's thresholds."""
    # The limits are compared as they are, not rounded to the figures' precision.
    return np.asarray(
        (scored.score >= np.float64(policy.min_score))
        & (scored.confidence >= np.float64(policy.min_confidence))
        & (criteria[:, NAMES.index("product")] >= np.float64(policy.min_product)),
        np.bool_,
    )


def _ranges(prepared: Prepared, start: int, stop: int) -> Iterator[tuple[Index, int, int]]:
    """The rows of each index that [start, stop) of all needs means."""
    offset = 0
    for index in prepared.indexes:
        first, last = max(start - offset, 0), min(stop - offset, len(index.need_rows))
        if first < last:
            yield index, first, last
        offset += len(index.need_rows)
