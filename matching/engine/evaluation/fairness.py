"""Who is introduced how often, and whether any rule was broken; written without the engine's own
eligibility and allocation, so that it would notice their mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.evaluation.measures import gini
from matching.engine.types import (
    COMPATIBLE,
    COOPERATIONS,
    Bools,
    Candidates,
    Longs,
    Problem,
)


@dataclass(frozen=True, slots=True)
class Fairness:
    """`reachable`: firms with a candidate pair; the shares and the Gini index are over them."""

    proposals: int
    reachable: int
    with_proposal: int
    gini: float
    violations: int

    @property
    def share(self) -> float:
        return self.with_proposal / self.reachable if self.reachable else 0.0


def fairness(problem: Problem, candidates: Candidates, chosen: Candidates) -> Fairness:
    """How evenly `chosen`, out of `candidates`, serves the firms."""
    reachable = np.unique(np.concatenate(_firms(problem, candidates)))
    proposals = proposals_of_firms(problem, chosen)[reachable]
    return Fairness(
        proposals=len(chosen),
        reachable=len(reachable),
        with_proposal=int((proposals > 0).sum()),
        gini=gini(proposals),
        violations=ineligible(problem, chosen.need, chosen.offering).sum()
        + broken_limits(problem, chosen),
    )


def proposals_of_firms(problem: Problem, chosen: Candidates) -> Longs:
    """(firms,): in how many chosen pairs each firm is."""
    return np.bincount(np.concatenate(_firms(problem, chosen)), minlength=len(problem.firms))


def ineligible(problem: Problem, need: NDArray[Any], offering: NDArray[Any]) -> Bools:
    """True where a pair must never be shown: same country, closed or left, other cooperation,
    a requirement known to be missed, or firms that are not to meet."""
    needs, offerings, firms = problem.needs, problem.offerings, problem.firms
    buyer, seller = needs.firm[need], offerings.firm[offering]
    wrong: Bools = firms.country[buyer] == firms.country[seller]
    wrong |= ~(firms.is_eligible[buyer] & firms.is_eligible[seller])
    wrong |= ~(needs.is_open[need] & offerings.is_open[offering])
    wrong |= ~_cooperates(needs.cooperation[need], offerings.cooperation[offering])
    lacking = needs.required_certifications[need] & ~offerings.certifications[offering]
    wrong |= (lacking != 0).any(axis=1) & offerings.are_certifications_known[offering]
    with np.errstate(invalid="ignore"):
        wrong |= offerings.lead_days[offering] > needs.max_lead_days[need]
        too_little = offerings.volume[offering] < needs.volume[need]
    measured_alike = needs.dimension[need] == offerings.dimension[offering]
    wrong |= needs.is_volume_required[need] & measured_alike & too_little
    count = len(firms)
    blocked = problem.blocked.reshape(-1, 2)
    enemies = np.concatenate((blocked @ [count, 1], blocked @ [1, count]))
    wrong |= np.isin(buyer.astype(np.int64) * count + seller, enemies)
    closed = problem.closed.reshape(-1, 2) @ [len(offerings), 1]
    wrong |= np.isin(need.astype(np.int64) * len(offerings) + offering, closed)
    return wrong


def broken_limits(problem: Problem, chosen: Candidates) -> int:
    """Introductions beyond a firm's capacity or a need's seats, and second ones of two firms."""
    buyer, seller = _firms(problem, chosen)
    beyond = proposals_of_firms(problem, chosen) - np.maximum(problem.firms.capacity, 0)
    seated = np.bincount(chosen.need, minlength=len(problem.needs))
    crowded = seated - np.maximum(problem.needs.seats, 0)
    meetings = np.stack((np.minimum(buyer, seller), np.maximum(buyer, seller)))
    repeated = len(chosen) - len(np.unique(meetings, axis=1).T)
    return int(np.maximum(beyond, 0).sum() + np.maximum(crowded, 0).sum() + repeated)


def _firms(problem: Problem, pairs: Candidates) -> tuple[NDArray[Any], NDArray[Any]]:
    return problem.needs.firm[pairs.need], problem.offerings.firm[pairs.offering]


def _cooperates(wanted: NDArray[Any], offered: NDArray[Any]) -> Bools:
    """A type in common or two compatible ones; a need that states none accepts all."""
    fits = (wanted == 0) | ((wanted & offered) != 0)
    for pair in COMPATIBLE:
        one, other = (np.uint32(1 << COOPERATIONS.index(kind)) for kind in pair)
        fits |= ((wanted & one) != 0) & ((offered & other) != 0)
        fits |= ((wanted & other) != 0) & ((offered & one) != 0)
    return fits
