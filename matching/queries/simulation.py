"""What a simulation is compared with, and what its page shows of its result."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from companies.models import Company, Item, Need, Offering
from matching.choices import Decision, MatchState
from matching.models import Introduction, Match, Review

Pair = tuple[UUID, UUID]

#: Firms up to this size count as small or medium: the limit for makers in Japan, and in Korea
#: until 2014, when sales took its place there.
SMALL_UP_TO: Final = 300
_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Present:
    """A proposal that stands. `is_kept`: on hold by a reviewer, so a run leaves it even when it
    does not find it; `is_personal`: a person has had it in hand, so it is never approved
    automatically."""

    need_id: UUID
    offering_id: UUID
    score: float
    confidence: float
    rank: int
    direction: str
    is_kept: bool
    is_personal: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What beside the pairs tells of a result; `sectors` by need, codes."""

    present: Sequence[Present]
    personal: frozenset[Pair]  # taken back by a reviewer once, whatever they are now
    sectors: dict[UUID, tuple[str, ...]]
    introduced: frozenset[UUID]  # firms with an introduction so far


def surroundings(today: date) -> Surroundings:
    """A fixed number of queries; what reviewers do meanwhile does not wait for them."""
    undone = frozenset(
        Review.objects.filter(decision=Decision.UNDONE)
        .order_by()
        .values_list("match__need_id", "match__offering_id")
    )
    rows = Match.objects.filter(state=MatchState.PROPOSED, is_prospect=False).order_by()
    columns = (
        "need_id",
        "offering_id",
        "score",
        "confidence",
        "rank",
        "direction",
        "held_until",
    )
    present = [
        Present(
            need,
            offering,
            score,
            confidence,
            rank,
            direction,
            is_kept=held is not None and held > today,
            is_personal=held is not None or (need, offering) in undone,
        )
        for need, offering, score, confidence, rank, direction, held in rows.values_list(*columns)
    ]
    return Surroundings(present, undone, _sectors(), _introduced())


def _sectors() -> dict[UUID, tuple[str, ...]]:
    """Of every need: its concepts' and its firm's, as a run of one sector understands it."""
    found: dict[UUID, set[str]] = defaultdict(set)
    by_concept = Need.concepts.through.objects.order_by()
    pairs: Iterable[Any] = by_concept.values_list("need_id", "concept__sector__code")
    for need, code in pairs:
        if code:
            found[need].add(code)
    by_firm = Need.objects.filter(company__sectors__isnull=False).order_by()
    for need, code in by_firm.values_list("pk", "company__sectors__code"):
        found[need].add(code)
    return {need: tuple(sorted(codes)) for need, codes in found.items()}


def _introduced() -> frozenset[UUID]:
    firms = Introduction.objects.order_by().values_list(
        "match__need__company_id", "match__offering__company_id"
    )
    return frozenset(firm for both in firms for firm in both)


@dataclass(frozen=True, slots=True)
class Example:
    """One pair that a simulation moves; `match` is None for one that is not a match yet."""

    need: Need
    offering: Offering
    match: Match | None
    old_score: float | None
    new_score: float | None
    old_rank: int | None
    new_rank: int | None


def examples(rows: dict[str, list[list[Any]]]) -> dict[str, list[Example]]:
    """{kind: its examples}, those whose items have gone left out. Three queries."""
    pairs = {(UUID(row[0]), UUID(row[1])) for listed in rows.values() for row in listed}
    needs: dict[UUID, Any] = Need.objects.select_related("company").in_bulk(
        [need for need, _ in pairs]
    )
    offerings: dict[UUID, Any] = Offering.objects.select_related("company").in_bulk(
        [offering for _, offering in pairs]
    )
    wanted = Match.objects.filter(Q(need__in=needs) & Q(offering__in=offerings)).only(
        "need_id", "offering_id", "state"
    )
    match_of = {(match.need_id, match.offering_id): match for match in wanted}
    return {
        kind: [
            Example(needs[pair[0]], offerings[pair[1]], match_of.get(pair), *row[2:])
            for row in listed
            if (pair := (UUID(row[0]), UUID(row[1])))[0] in needs and pair[1] in offerings
        ]
        for kind, listed in rows.items()
    }


def items_of(model: type[Item], ids: set[UUID]) -> dict[UUID, Any]:
    """What a file says of items; one that has gone is absent. Read in batches: a statement
    takes only so many ids."""
    columns = ("company_id", "language", "title_ko", "title_ja", "title_en")
    return _in_batches(model._default_manager.only(*columns), ids)


def firms_of(ids: set[UUID]) -> dict[UUID, Company]:
    return _in_batches(Company.objects.only("country", "name_ko", "name_ja", "name_en"), ids)


def _in_batches(rows: Any, ids: set[UUID]) -> dict[UUID, Any]:
    wanted = sorted(ids)
    found: dict[UUID, Any] = {}
    for first in range(0, len(wanted), _BATCH):
        found |= rows.in_bulk(wanted[first : first + _BATCH])
    return found
