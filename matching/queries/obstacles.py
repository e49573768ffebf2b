"""What stands in the way of approving many matches, worked out for all of them together."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from companies.choices import CompanyState, ItemState
from companies.models import Block
from matching.choices import EventReason, MatchState
from matching.models import Match
from matching.queries.capacity import introductions_taken, seats_taken
from matching.queries.terms import ReviewTerms

#: Not an EventReason: the reviewer's own first approval, a match that is decided or of no firm yet.
OWN: str = "own"
DECIDED: str = "decided"
PROSPECT: str = "prospect"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why`: what keeps the match from being approved; else whether it would wait for a second
    reviewer."""

    match: Match
    why: str = ""
    is_parked: bool = False


def approval_verdicts(
    matches: Sequence[Match], *, user_id: int, terms: ReviewTerms, now: datetime
) -> list[Verdict]:
    """What approving each of `matches` would do, in their order: places that an earlier one takes
    are gone for the later ones. A constant number of queries; needs `with_sides`."""
    firms = {firm.pk for match in matches for firm in (match.buyer, match.seller)}
    taken = Counter(introductions_taken(now, firms=firms))
    seats = Counter(seats_taken(needs={match.need_id for match in matches}))
    apart = _parted(firms)
    verdicts = []
    for match in matches:
        why = _standing(match, user_id, now) or _room(match, taken, seats, apart)
        is_parked = not why and match.first_approved_at is None and terms.needs_two(match)
        if not why and not is_parked:
            taken.update((match.buyer.pk, match.seller.pk))
            seats[match.need_id] += 1
        verdicts.append(Verdict(match, why, is_parked))
    return verdicts


def _standing(match: Match, user_id: int, now: datetime) -> str:
    if match.is_prospect:
        return PROSPECT
    if match.state != MatchState.PROPOSED:
        return DECIDED
    if match.first_approved_at is not None and match.first_approved_by_id == user_id:
        return OWN
    firms = (match.buyer, match.seller)
    if not all(f.state == CompanyState.VERIFIED and f.is_matching_enabled for f in firms):
        return EventReason.COMPANY_LEFT
    today = timezone.localdate(now)
    for item in (match.need, match.offering):
        is_past = item.valid_until is not None and item.valid_until < today
        if item.state != ItemState.OPEN or is_past:
            return EventReason.ITEM_CLOSED
    return ""


def _room(
    match: Match, taken: Counter[UUID], seats: Counter[UUID], apart: set[frozenset[UUID]]
) -> str:
    if frozenset((match.buyer.pk, match.seller.pk)) in apart:
        return EventReason.BLOCKED
    if seats[match.need_id] >= match.need.seats:
        return EventReason.NO_SEAT
    firms = (match.buyer, match.seller)
    if any(taken[firm.pk] >= firm.introductions_per_month for firm in firms):
        return EventReason.NO_CAPACITY
    return ""


def _parted(firms: Collection[UUID]) -> set[frozenset[UUID]]:
    blocks = Block.objects.filter(Q(company__in=firms) & Q(blocked__in=firms))
    return {frozenset(pair) for pair in blocks.values_list("company", "blocked")}
