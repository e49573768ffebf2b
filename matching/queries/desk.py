"""What stands beside the matches of the queue: terms, claims, views, and why they stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from companies.models import Company
from matching.models import DefaultView, Match, ReviewClaim, SavedView
from matching.priority import freshness, urgency
from matching.queries.asked import reply_marks
from matching.queries.capacity import Places
from matching.queries.terms import ReviewTerms


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A row of the queue; `claim` only when somebody else looks at the match."""

    match: Match
    due_at: datetime
    is_late: bool
    claim: ReviewClaim | None
    # A QuestionState: what became of the question the match waited for; "" when none was asked.
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Factors:
    """Why a match stands where it does. `priority` is worked out now; the stored one follows."""

    value: float
    urgency: float
    buyer: float
    seller: float
    priority: float


def desk_rows(
    matches: Sequence[Match], *, user: Any, terms: ReviewTerms, now: datetime
) -> list[DeskRow]:
    claims = others_claims([match.pk for match in matches], user=user, now=now)
    replies = reply_marks([match.pk for match in matches])
    rows = []
    for match in matches:
        due_at = terms.due_at(match)
        reply = replies.get(match.pk, "")
        rows.append(DeskRow(match, due_at, due_at <= now, claims.get(match.pk), reply))
    return rows


def others_claims(
    match_ids: Sequence[UUID], *, user: Any, now: datetime
) -> dict[UUID, ReviewClaim]:
    """{match id: claim} of those at which somebody else looks now."""
    claims = ReviewClaim.objects.filter(match__in=match_ids, until__gt=now).exclude(reviewer=user)
    return {claim.match_id: claim for claim in claims.select_related("reviewer")}


def factors(match: Match, places: Mapping[UUID, Places], *, now: datetime) -> Factors:
    """Of a proposal; `places`: of `places_beside`."""

    def of(firm: Company) -> float:
        return freshness(taken=places[firm.pk].every, limit=firm.introductions_per_month)

    pressing = urgency(
        needed_by=match.need.needed_by,
        is_single_sourced=bool(match.need.is_single_sourced),
        has_risk=bool(match.need.risk_reason),
        proposed_on=timezone.localdate(match.created_at),
        today=timezone.localdate(now),
    )
    buyer, seller = of(match.buyer), of(match.seller)
    return Factors(match.value, pressing, buyer, seller, match.value * pressing * buyer * seller)


def views_of(user: Any) -> QuerySet[SavedView]:
    """The views a person can choose: own ones and shared ones."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


def default_view(user: Any) -> SavedView | None:
    found = DefaultView.objects.filter(user=user).select_related("view").first()
    if found is None or not (found.view.is_shared or found.view.owner_id == user.pk):
        return None
    return found.view
