"""From approval to both firms' inboxes, and what happens while they think it over."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from common.business_days import business_days_before
from common.errors import StateChanged
from companies.choices import CompanyState, ItemState
from companies.models import Block, Company, Need, Offering
from companies.queries import recipients
from matching.choices import EventReason, MatchState, Side
from matching.models import Match
from matching.queries.capacity import has_capacity, has_seat, lock_firms_of
from matching.services import mails
from matching.services.events import move_match
from matching.signals import published

logger = logging.getLogger(__name__)


def publish_due_matches(*, now: datetime) -> int:
    """Let the mails of every approved match go whose grace time is over; return how many.

    Each match in its own transaction: one that fails is logged and does not hold up the others.
    """
    return _each(Match.objects.due_for_publication(now), publish_match, now)


def publish_match(match_id: UUID, now: datetime) -> bool:
    """Publish one match, or withdraw it with the reason when it may no longer be published.

    Mails to both sides are written in the same transaction. False: somebody else was first.
    """
    with transaction.atomic():
        # Firms before matches: the order in which a suspension locks them as well.
        lock_firms_of(match_id)
        match = _locked(match_id)
        if match is None or not _is_due(match, now):
            return False
        if obstacle := publication_obstacle(match, now):
            withdraw_match(match, reason=obstacle, now=now)
            return False
        match.published_at = now
        match.expires_at = now + timedelta(days=settings.MATCH_ANSWER_DAYS)
        match.save(update_fields=["published_at", "expires_at", "updated_at"])
        mails.write_match_mails(match, now=now)
        published.send(sender=Match, match=match, now=now)
    return True


def publication_obstacle(match: Match, now: datetime) -> str:
    """Why the match may not be mailed now, as an EventReason; empty when it may."""
    firms = (match.buyer, match.seller)
    if not all(_takes_part(firm) for firm in firms):
        return EventReason.COMPANY_LEFT
    if not all(_is_open(item, now) for item in (match.need, match.offering)):
        return EventReason.ITEM_CLOSED
    if Block.objects.filter(company__in=firms, blocked__in=firms).exists():
        return EventReason.BLOCKED
    if not all(recipients(firm) for firm in firms):
        return EventReason.NO_RECIPIENT
    if not has_seat(match.need, exclude=match.pk):
        return EventReason.NO_SEAT
    if not all(has_capacity(firm, now, exclude=match.pk) for firm in firms):
        return EventReason.NO_CAPACITY
    return ""


def withdraw_match(
    match: Match, *, reason: str, now: datetime, told_otherwise: UUID | None = None
) -> Match:
    """Take a proposed or approved match back; firms that were mailed about it are told.

    `told_otherwise`: the firm that hears of it in a mail of its own. Match mails that still wait
    in the outbox are cancelled. Call in a transaction.
    """
    move_match(match, to=MatchState.WITHDRAWN, reason=reason, actor=None, now=now, ended_at=now)
    if match.published_at is not None:
        mails.cancel_match_mails(match, now=now)
        for side in Side:
            if match.company_of(side).pk != told_otherwise:
                mails.write_ended_mails(match, side, reason=reason, now=now)
    return match


def remind_matches(*, now: datetime) -> int:
    """Remind the side that has not answered after five business days, once; return how many."""
    cutoff = business_days_before(now, settings.MATCH_REMINDER_BUSINESS_DAYS)
    due = Match.objects.awaiting_answers().filter(
        reminded_at=None, published_at__lte=cutoff, expires_at__gt=now
    )
    return _each(due, remind_match, now)


def remind_match(match_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        match = _locked(match_id)
        if match is None or match.state != MatchState.APPROVED or match.reminded_at is not None:
            return False
        match.reminded_at = now
        match.save(update_fields=["reminded_at", "updated_at"])
        answered = set(match.answers.filter(round=match.round).values_list("side", flat=True))
        for side in Side:
            if side not in answered:
                mails.write_reminder_mails(match, side, now=now)
    return True


def expire_matches(*, now: datetime) -> int:
    """End matches that were not answered by both sides in time; both are told. Return how many."""
    return _each(Match.objects.awaiting_answers().filter(expires_at__lte=now), expire_match, now)


def expire_match(match_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        match = _locked(match_id)
        if match is None or match.state != MatchState.APPROVED:
            return False
        move_match(
            match,
            to=MatchState.EXPIRED,
            reason=EventReason.UNANSWERED,
            actor=None,
            now=now,
            ended_at=now,
        )
        for side in Side:
            mails.write_ended_mails(match, side, reason=EventReason.UNANSWERED, now=now)
    return True


def _locked(match_id: UUID) -> Match | None:
    """The match with both sides, its row held; None when another worker holds it."""
    return (
        Match.objects.select_for_update(of=("self",), skip_locked=True)
        .with_sides()
        .filter(pk=match_id)
        .first()
    )


def _each(
    matches: "models.QuerySet[Match]", step: Callable[[UUID, datetime], bool], now: datetime
) -> int:
    done = 0
    for match_id in matches.values_list("pk", flat=True):
        try:
            done += step(match_id, now)
        except StateChanged:
            continue
        except Exception:  # whatever is wrong with one match must not hold up the others
            # Its row still waits: the next sweep tries again, and the log says what is wrong.
            logger.exception("%s failed for match %s", step.__name__, match_id)
    return done


def _is_due(match: Match, now: datetime) -> bool:
    return (
        match.state == MatchState.APPROVED
        and match.published_at is None
        and match.publish_at is not None
        and match.publish_at <= now
    )


def _takes_part(company: Company) -> bool:
    return company.state == CompanyState.VERIFIED and company.is_matching_enabled


def _is_open(item: Need | Offering, now: datetime) -> bool:
    is_past = item.valid_until is not None and item.valid_until < timezone.localdate(now)
    return item.state == ItemState.OPEN and not is_past
