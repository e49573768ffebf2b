"""The steps of matching in their order: prepare, score block by block, allocate, explain.

`match` runs them all. A job runs them one by one: every block of needs gives the same bytes
whenever and wherever it is computed, so a block that was lost is simply computed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine import allocation
from matching.engine.candidates import (
    Eligibility,
    Index,
    Pairs,
    matchable_needs,
    matchable_offerings,
    retrieve,
)
from matching.engine.concepts import Closeness
from matching.engine.criteria import (
    NAMES,
    Block,
    confidence,
    evaluate,
    score,
    weight_vector,
)
from matching.engine.types import JP, KR, Candidates, Floats, Ints, Problem, Result, begins_run

_KEPT_PER_PROPOSAL = 2  # candidates handed to the allocation for each proposal a need may get


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A problem with its indexes. `needs`: rows of the needs in block order, Korean ones first."""

    problem: Problem
    needs: Ints
    indexes: tuple[Index, Index]  # needs of KR, needs of JP
    eligibility: Eligibility
    closeness: Closeness
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.needs)


def prepare(problem: Problem) -> Prepared:
    """Build the indexes. Raises ValueError for a policy with unknown or unusable weights."""
    needs = matchable_needs(problem)
    country = problem.firms.country[problem.needs.firm[needs]]
    indexes = (
        Index(problem, needs[country == KR], matchable_offerings(problem, JP)),
        Index(problem, needs[country == JP], matchable_offerings(problem, KR)),
    )
    return Prepared(
        problem=problem,
        needs=needs,
        indexes=indexes,
        eligibility=Eligibility(problem),
        closeness=Closeness(problem.lexicon, problem.needs.features, problem.offerings.features),
        weights=weight_vector(problem.policy.weights),
    )


def blocks(prepared: Prepared) -> list[tuple[int, int]]:
    """(start, stop) ranges of `prepared.needs` that cover all needs."""
    return list(_steps(0, len(prepared), prepared.problem.policy.block_size))


def score_block(prepared: Prepared, start: int, stop: int, *, threads: int = 1) -> Candidates:
    """The best candidates of needs [start, stop) that reach the policy's thresholds.

    Memory is bounded by the policy's block size times `threads`, however long the range is. The
    result does not depend on `threads`.
    """
    size = prepared.problem.policy.block_size
    steps = [
        (index, begin, end)
        for index, first, last in _ranges(prepared, start, stop)
        for begin, end in _steps(first, last, size)
    ]
    # NumPy and SciPy let go of the interpreter while they work, so threads are enough.
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda step: _score_rows(prepared, *step), steps))
    return Candidates.join([_score_rows(prepared, prepared.indexes[0], 0, 0), *parts])


def score_pairs(prepared: Prepared, pairs: Pairs) -> Candidates:
    """Every given pair with its criteria, score and confidence, in the given order."""
    block = Block.of(prepared.problem, prepared.closeness, pairs)
    values = evaluate(block)
    return Candidates(
        need=pairs.need.astype(np.int32),
        offering=pairs.offering.astype(np.int32),
        score=score(values, prepared.weights),
        confidence=confidence(values, block.coverage, prepared.weights),
        criteria=values,
    )


def allocate(prepared: Prepared, candidates: Candidates) -> Result:
    """Choose among all candidates; see `allocation.allocate` for what holds."""
    problem = prepared.problem
    chosen = candidates.take(allocation.allocate(problem, candidates))
    need = chosen.need
    begin = np.maximum.accumulate(np.where(begins_run(need), np.arange(len(need)), 0))
    return Result(chosen, (np.arange(len(need)) - begin + 1).astype(np.int32))


def match(problem: Problem, *, threads: int = 1) -> Result:
    """Score all needs and allocate."""
    prepared = prepare(problem)
    return allocate(prepared, score_block(prepared, 0, len(prepared), threads=threads))


def _steps(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + size, stop)) for first in range(start, stop, size))


def _score_rows(prepared: Prepared, index: Index, first: int, last: int) -> Candidates:
    count = prepared.problem.policy.candidates
    pairs = retrieve(index, prepared.eligibility, first, last, count)
    return _best(prepared, score_pairs(prepared, pairs))


def _ranges(prepared: Prepared, start: int, stop: int) -> Iterator[tuple[Index, int, int]]:
    """The rows of each index that [start, stop) of all needs means."""
    offset = 0
    for index in prepared.indexes:
        first, last = max(start - offset, 0), min(stop - offset, len(index.need_rows))
        if first < last:
            yield index, first, last
        offset += len(index.need_rows)


def _best(prepared: Prepared, scored: Candidates) -> Candidates:
    """Candidates above the thresholds, best first within a need, cut to what allocation can use."""
    policy = prepared.problem.policy
    relevant: Floats = scored.criteria[:, NAMES.index("product")]
    kept = np.flatnonzero(
        (relevant >= policy.min_product)
        & (scored.score >= policy.min_score)
        & (scored.confidence >= policy.min_confidence)
    )
    # Pairs come by need and, within it, by overlap and the offering's id: a stable sort keeps
    # that order among equals.
    row = np.cumsum(begins_run(scored.need))[kept].astype(np.uint64)
    score, sure = (_falling(part[kept]) for part in (scored.score, scored.confidence))
    order = np.argsort(
        row << np.uint64(50) | score << np.uint64(20) | sure >> np.uint64(10), kind="stable"
    )
    best = scored.take(kept[order])
    return best.take(allocation.best_of_each_need(best, _KEPT_PER_PROPOSAL * policy.top_k))


def _falling(share: Floats) -> NDArray[np.uint64]:
    """30-bit integers that fall as float32 values in [0, 1] rise."""
    return np.uint64((1 << 30) - 1) - share.view(np.uint32).astype(np.uint64)
