"""What a change of an item or a firm does to the matches that stand."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import models, transaction

from companies.choices import CompanyState, VerificationDecision
from companies.models import Item, Need
from matching.choices import EventReason, MatchState
from matching.models import Match
from matching.services.publication import withdraw_match

# Of these a firm hears in one mail, not in one for each match.
TOLD_ONCE: Final = (VerificationDecision.SUSPENDED, CompanyState.LAPSED)
STANDING = (MatchState.PROPOSED, MatchState.APPROVED)


def mark_stale(*, item_type: type[Item], item_ids: Collection[UUID]) -> int:
    """Items changed: their proposals wait for the next run to score them again."""
    item = "need" if item_type is Need else "offering"
    proposals = Match.objects.filter(state=MatchState.PROPOSED, is_stale=False)
    return proposals.filter(**{f"{item}__in": item_ids}).update(is_stale=True)


def withdraw_item(*, item_type: type[Item], item_id: UUID, now: datetime) -> int:
    """An item was closed: take back its proposed and approved matches; return how many."""
    return _withdraw(_with_item(item_type, item_id), reason=EventReason.ITEM_CLOSED, now=now)


def withdraw_company(*, company_id: UUID, reason: str = "", now: datetime) -> int:
    """A firm may no longer be matched: take back its proposed and approved matches.

    The others are told, without the reason, where they had been mailed. The firm itself too,
    unless `reason` is one of which it has a mail of its own.
    """
    told = company_id if reason in TOLD_ONCE else None
    of_firm = models.Q(need__company=company_id) | models.Q(offering__company=company_id)
    return _withdraw(of_firm, reason=EventReason.COMPANY_LEFT, now=now, told_otherwise=told)


def withdraw_pair(*, company_id: UUID, other_id: UUID, now: datetime) -> int:
    """Two firms are not to meet: take back what stands between them, whoever asked for it."""
    either = models.Q(need__company=company_id, offering__company=other_id) | models.Q(
        need__company=other_id, offering__company=company_id
    )
    return _withdraw(either, reason=EventReason.BLOCKED, now=now)


def _with_item(item_type: type[Item], item_id: UUID) -> models.Q:
    return models.Q(need=item_id) if item_type is Need else models.Q(offering=item_id)


def _withdraw(
    which: models.Q, *, reason: str, now: datetime, told_otherwise: UUID | None = None
) -> int:
    with transaction.atomic():
        matches = list(
            Match.objects.select_for_update(of=("self",))
            .with_sides()
            .filter(which, state__in=STANDING)
            .order_by("pk")
        )
        for match in matches:
            withdraw_match(match, reason=reason, now=now, told_otherwise=told_otherwise)
    return len(matches)
