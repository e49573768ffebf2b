"""One firm's pairs against everybody's, and their place beside the proposals that stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from matching.engine import match as engine
from matching.engine.criteria import NAMES
from matching.engine.types import Bools, Candidates, Result
from matching.engine_adapter.computing import Prepared
from matching.engine_adapter.firms import id_column
from matching.engine_adapter.threads import THREADS


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal between other firms, which a firm's new pairs compete with."""

    match_id: UUID
    need_id: UUID
    offering_id: UUID
    score: float
    confidence: float


def candidates_of_firm(prepared: Prepared, company_id: UUID) -> Candidates:
    """What a full run over the same snapshot would find for the firm, as buyer and as seller."""
    found = engine.score_block(prepared.engine, 0, len(prepared.engine), threads=THREADS)
    return found.take(np.flatnonzero(_is_of_firm(prepared, found, company_id)))


def firms_met(prepared: Prepared, candidates: Candidates) -> list[UUID]:
    """The firms in the candidates, both sides."""
    problem = prepared.snapshot.problem
    buyers = problem.needs.firm[candidates.need]
    sellers = problem.offerings.firm[candidates.offering]
    ids = problem.firms.ids[np.unique(np.concatenate((buyers, sellers)))]
    return [UUID(pk.decode()) for pk in ids.tolist()]


def allocate_firm(
    prepared: Prepared, own: Candidates, company_id: UUID, standing: Sequence[Standing]
) -> tuple[Result, list[UUID]]:
    """The firm's pairs that find a place, and the ids of the standing proposals that lose theirs.

    `standing`: every proposal of the firms in `own` that is not the firm's. One exact allocation
    over both, so that capacities and seats hold; what is no longer in the snapshot is left alone.
    """
    snapshot = prepared.snapshot
    need_row = {pk: row for row, pk in enumerate(snapshot.id_of_need)}
    offering_row = {pk: row for row, pk in enumerate(snapshot.id_of_offering)}
    known = [it for it in standing if it.need_id in need_row and it.offering_id in offering_row]
    others = Candidates(
        need=np.array([need_row[it.need_id] for it in known], np.int32),
        offering=np.array([offering_row[it.offering_id] for it in known], np.int32),
        score=np.array([it.score for it in known], np.float32),
        confidence=np.array([it.confidence for it in known], np.float32),
        criteria=np.full((len(known), len(NAMES)), np.nan, np.float32),
    )
    both = Candidates.join([own, others])
    chosen = engine.allocate(
        prepared.engine, both.take(np.lexsort((both.offering, -both.score, both.need)))
    )
    is_own = _is_of_firm(prepared, chosen.matches, company_id)
    kept = set(zip(chosen.matches.need.tolist(), chosen.matches.offering.tolist(), strict=True))
    displaced = [
        it.match_id
        for it in known
        if (need_row[it.need_id], offering_row[it.offering_id]) not in kept
    ]
    rows = np.flatnonzero(is_own)
    return Result(chosen.matches.take(rows), chosen.rank[rows]), displaced


def _is_of_firm(prepared: Prepared, candidates: Candidates, company_id: UUID) -> Bools:
    problem = prepared.snapshot.problem
    is_firm = problem.firms.ids == id_column([company_id])[0]
    buyer = is_firm[problem.needs.firm[candidates.need]]
    seller = is_firm[problem.offerings.firm[candidates.offering]]
    return np.asarray(buyer | seller, np.bool_)
