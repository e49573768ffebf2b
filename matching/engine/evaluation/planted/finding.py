"""How much of a planted truth is found, and at which step the rest is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.engine import match as engine
from matching.engine.evaluation.fairness import ineligible
from matching.engine.evaluation.measures import ndcg
from matching.engine.evaluation.planted.markets import Planted
from matching.engine.types import Bools, Candidates, Floats, Ints, Longs, Policy, begins_run

_K: Final = 10
_STEP: Final = 20_000  # needs scored before their candidates are let go


@dataclass(frozen=True, slots=True)
class Findings:
    """Shares of the true pairs of the needs asked, except `ndcg_10`, a mean over needs.

    `candidates`: among those retrieval hands on. The rest of the true pairs is lost because it is
    no candidate, lies below the policy's thresholds, or is outranked. `ineligible` counts pairs
    that must never be shown, out of `traps` planted ones that share the need's text.
    """

    needs: int
    partners: int
    recall_10: float
    ndcg_10: float
    candidates: float
    no_candidate: float
    below_thresholds: float
    outranked: float
    ineligible: int
    traps: int


def find(planted: Planted, *, threads: int = 1) -> Findings:
    """Score all needs as a run does, but keep every candidate to see where truth is lost."""
    problem = planted.problem
    policy = problem.policy
    everything = replace(
        policy, min_score=0, min_confidence=0, min_product=0, top_k=policy.candidates
    )
    prepared = engine.prepare(replace(problem, policy=everything))
    tally = _Tally(planted, policy)
    for start in range(0, len(prepared), _STEP):
        stop = min(start + _STEP, len(prepared))
        found = engine.score_block(prepared, start, stop, threads=threads)
        tally.add(*engine.score_pairs(prepared, found))
    return tally.findings()


class _Tally:
    """What was found, need by need."""

    def __init__(self, planted: Planted, policy: Policy) -> None:
        self._planted = planted
        self._policy = policy
        count = len(planted.partners)
        self._is_candidate: Longs = np.zeros(count, np.int64)
        self._is_good: Longs = np.zeros(count, np.int64)
        self._by_rank: Bools = np.zeros((count, _K), np.bool_)
        self._ineligible = 0

    def add(self, scored: Candidates, criteria: Floats) -> None:
        """`scored`: all candidates of some needs, by need and then best first."""
        problem = self._planted.problem
        self._ineligible += int(ineligible(problem, scored.need, scored.offering).sum())
        is_true = self._is_partner(scored)
        self._is_candidate += self._count(scored.need[is_true])
        good = engine.passes(scored, criteria, self._policy)
        self._is_good += self._count(scored.need[is_true & good])
        need, is_true = scored.need[good], is_true[good]
        here = np.arange(len(need))
        place = here - np.maximum.accumulate(np.where(begins_run(need), here, 0))
        shown = is_true & (place < _K)
        self._by_rank[need[shown], place[shown]] = True

    def findings(self) -> Findings:
        partners = self._planted.partners.lengths
        total = int(partners.sum())
        found = self._by_rank.sum()
        candidates, good = self._is_candidate.sum(), self._is_good.sum()
        traps = self._planted.traps
        return Findings(
            needs=len(partners),
            partners=total,
            recall_10=float(found / total),
            ndcg_10=ndcg(self._by_rank, partners, _K),
            candidates=float(candidates / total),
            no_candidate=float(1 - candidates / total),
            below_thresholds=float((candidates - good) / total),
            outranked=float((good - found) / total),
            ineligible=self._ineligible,
            traps=int(ineligible(self._planted.problem, traps.row_of_value, traps.values).sum()),
        )

    def _is_partner(self, scored: Candidates) -> Bools:
        partners, width = self._planted.partners, len(self._planted.problem.offerings)
        true = np.sort(partners.row_of_value * width + partners.values)
        pair = scored.need.astype(np.int64) * width + scored.offering
        place = np.minimum(np.searchsorted(true, pair), len(true) - 1)
        return np.asarray(true[place] == pair)

    def _count(self, needs: Ints) -> Longs:
        return np.bincount(needs, minlength=len(self._planted.partners))
