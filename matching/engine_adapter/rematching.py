"""One firm's pairs against everybody's, and their place beside the proposals that stand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching.engine import match as engine
from matching.engine.changes import Change
from matching.engine.types import Bools, Candidates, Result
from matching.engine_adapter.computing import Prepared, prepare
from matching.engine_adapter.firms import blocked_pairs, id_column
from matching.engine_adapter.indexing import build_index, look_up
from matching.engine_adapter.items import Scope
from matching.engine_adapter.snapshot import Snapshot, closed_pairs, load_snapshot
from matching.engine_adapter.threads import THREADS
from matching.models import MatchPolicy

IdPairs = frozenset[tuple[UUID, UUID]]  # (need id, offering id)


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal between other firms, which a firm's new pairs compete with."""

    match_id: UUID
    need_id: UUID
    offering_id: UUID
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class FirmPairs:
    """The pairs of the firm that are among the best of their needs, and what weighs them."""

    company_id: UUID
    pairs: IdPairs
    scales: engine.Scales = field(repr=False)

    def scope(self, standing: Sequence[Standing] = ()) -> Scope:
        """All that these pairs and `standing` are about."""
        both = [*self.pairs, *((it.need_id, it.offering_id) for it in standing)]
        return Scope(
            self.company_id,
            frozenset(need for need, _ in both),
            frozenset(offering for _, offering in both),
        )


def pairs_of_firm(*, company_id: UUID, policy: MatchPolicy, now: datetime) -> FirmPairs:
    """Where a full run would look for partners of the firm, as buyer and as seller.

    By the index, which takes in the firm as it is now; without one by reading the whole market,
    which makes an index for the next time.
    """
    own = load_snapshot(policy=policy, scope=Scope(company_id), now=now)
    problem = own.problem
    change = Change(
        problem.firms,
        problem.offerings,
        problem.needs,
        blocked=_id_columns(blocked_pairs(of=company_id)),
        closed=_id_columns(closed_pairs(now, of=company_id)),
    )
    looked_up = look_up(change, problem.lexicon, problem.policy)
    if looked_up is None:
        whole = prepare(load_snapshot(policy=policy, now=now))
        pairs = _of_firm(whole, company_id)
        build_index(whole.engine)
        return FirmPairs(company_id, pairs, whole.scales)
    found, scales = looked_up
    needs, offerings = _uuids(found.need_ids), _uuids(found.offering_ids)
    return FirmPairs(company_id, frozenset(zip(needs, offerings, strict=True)), scales)


def score_firm(snapshot: Snapshot, firm: FirmPairs) -> tuple[Prepared, Candidates]:
    """The firm's pairs as they are in a snapshot of their scope."""
    prepared = prepare(snapshot, scales=firm.scales)
    found = engine.score_block(prepared.engine, 0, len(prepared.engine), threads=THREADS)
    is_wanted = [pair in firm.pairs for pair in _ids_of(snapshot, found)]
    return prepared, found.take(np.flatnonzero(is_wanted))


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
        share=np.zeros(len(known), np.float32),  # only what is explained needs it
        score=np.array([it.score for it in known], np.float32),
        confidence=np.array([it.confidence for it in known], np.float32),
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


def _of_firm(prepared: Prepared, company_id: UUID) -> IdPairs:
    found = engine.score_block(prepared.engine, 0, len(prepared.engine), threads=THREADS)
    own = found.take(np.flatnonzero(_is_of_firm(prepared, found, company_id)))
    return frozenset(_ids_of(prepared.snapshot, own))


def _ids_of(snapshot: Snapshot, found: Candidates) -> Iterator[tuple[UUID, UUID]]:
    needs = (snapshot.id_of_need[row] for row in found.need.tolist())
    offerings = (snapshot.id_of_offering[row] for row in found.offering.tolist())
    return zip(needs, offerings, strict=True)


def _is_of_firm(prepared: Prepared, candidates: Candidates, company_id: UUID) -> Bools:
    problem = prepared.snapshot.problem
    is_firm = problem.firms.ids == id_column([company_id])[0]
    buyer = is_firm[problem.needs.firm[candidates.need]]
    seller = is_firm[problem.offerings.firm[candidates.offering]]
    return np.asarray(buyer | seller, np.bool_)


def _id_columns(pairs: Iterable[tuple[UUID, UUID]]) -> NDArray[np.bytes_]:
    """(m, 2) ids."""
    return id_column([pk for pair in pairs for pk in pair]).reshape(-1, 2)


def _uuids(ids: NDArray[np.bytes_]) -> Iterator[UUID]:
    return (UUID(pk.decode()) for pk in ids.tolist())
