"""All that a run looks at, read in a fixed number of queries and frozen into arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.utils import timezone

from matching.engine.candidates import matchable_needs
from matching.engine.text import Lexicon
from matching.engine.types import Policy, Problem
from matching.engine_adapter.firms import blocked_pairs, load_firms, row_pairs
from matching.engine_adapter.items import (
    Ids,
    Reference,
    Scope,
    certification_bits,
    load_needs,
    load_offerings,
)
from matching.engine_adapter.lexicon import load_lexicon
from matching.models import Match, MatchPolicy
from matching.queries.capacity import seats_taken
from taxonomy.models import Sector

FORMAT: Final = 3  # raise it when the engine's results on the same data change
_CANDIDATES: Final = 64  # looked at closely for a need, whatever `top_k` is
_ALLOCATION_ONLY: Final = frozenset({"capacity", "seats"})


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """`need_ids` in the order of the blocks. Same `fingerprint`, same payload of every block.

    Capacities and seats stand outside the fingerprint: they concern the allocation alone, which
    comes once, at the end.
    """

    problem: Problem
    fingerprint: str
    need_ids: tuple[UUID, ...]
    offering_ids: tuple[UUID, ...]
    id_of_need: Ids  # by row of the problem
    id_of_offering: Ids
    limits: tuple[int | None, int | None]


def load_snapshot(
    *,
    policy: MatchPolicy,
    sector: Sector | None = None,
    includes_prospects: bool = False,
    scope: Scope | None = None,
    now: datetime,
) -> Snapshot:
    """Firms and items that take part at `now`, under `policy`; with `scope` only this part.

    With `sector` only its needs (by concept or firm). With prospects only pairs in which at least
    one firm is unclaimed, and every need gets its best: nobody is introduced yet.
    """
    today = timezone.localdate(now)
    only = None if scope is None else scope.firms()
    table = load_firms(
        includes_prospects=includes_prospects,
        now=now,
        only=only,
        limit=policy.introductions_limit,
    )
    reference = Reference(table, load_lexicon(), certification_bits(), scope)
    offerings, offering_ids = load_offerings(
        reference=reference, includes_prospects=includes_prospects, today=today
    )
    needs, need_ids = load_needs(
        reference=reference, includes_prospects=includes_prospects, today=today, sector=sector
    )
    wanted = None if scope is None else need_ids
    taken = seats_taken(needs=wanted)
    seats = needs.seats
    if policy.seats_limit is not None:
        seats = np.minimum(seats, policy.seats_limit)
    needs = replace(
        needs,
        seats=(seats - np.array([taken.get(pk, 0) for pk in need_ids], np.int32)).astype(np.int32),
    )
    company_id = None if scope is None else scope.company_id
    problem = Problem(
        firms=table.firms,
        offerings=offerings,
        needs=needs,
        policy=engine_policy(policy),
        lexicon=reference.lexicon,
        certifications=reference.certifications,
        blocked=row_pairs(blocked_pairs(of=company_id), table.row_of, table.row_of),
        closed=row_pairs(
            closed_pairs(now, of=company_id),
            {pk: row for row, pk in enumerate(need_ids)},
            {pk: row for row, pk in enumerate(offering_ids)},
        ),
        is_exploring=includes_prospects,
        only_with_prospects=includes_prospects,
    )
    return Snapshot(
        problem=problem,
        fingerprint=fingerprint(problem),
        need_ids=tuple(need_ids[row] for row in matchable_needs(problem)),
        offering_ids=offering_ids,
        id_of_need=need_ids,
        id_of_offering=offering_ids,
        limits=limits_of(policy),
    )


def limits_of(policy: MatchPolicy) -> tuple[int | None, int | None]:
    """Introductions of a firm and suppliers of a need that the policy allows at most."""
    return policy.introductions_limit, policy.seats_limit


def closed_pairs(now: datetime, *, of: UUID | None = None) -> list[tuple[UUID, UUID]]:
    """Ids of needs and offerings that may not be proposed to each other at `now`; `of` one firm."""
    closed = Match.objects.closed(now)
    closed = closed if of is None else closed.of_company(of)
    return list(closed.order_by().values_list("need_id", "offering_id"))


def engine_policy(policy: MatchPolicy) -> Policy:
    return Policy(
        weights={name: float(weight) for name, weight in sorted(policy.weights.items())},
        min_score=policy.min_score,
        min_confidence=policy.min_confidence,
        min_product=policy.min_product,
        top_k=policy.top_k,
        candidates=max(_CANDIDATES, 4 * policy.top_k),
    )


def fingerprint(problem: Problem) -> str:
    """32 hexadecimal digits over everything that the scores of a problem depend on."""
    digest = blake2b(f"{FORMAT}".encode(), digest_size=16)
    for part in _parts(problem):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Lexicon):
        yield value.fingerprint.encode()
    elif is_dataclass(value):
        for column in fields(value):
            if column.name not in _ALLOCATION_ONLY:
                yield column.name.encode()
                yield from _parts(getattr(value, column.name))
    else:
        yield repr(value).encode()
