"""Both sides are interested: they are introduced, exactly once, as soon as there is room."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.queries import has_consent
from companies.queries import recipients
from matching.choices import AnswerKind, EventReason, MatchState, Side
from matching.models import Introduction, Match
from matching.queries.capacity import introduction_obstacles, locked_match, next_month
from matching.services import mails
from matching.services.events import move_match
from matching.signals import introduced

# How long into the next month a match waits for room before its time is over.
PATIENCE: Final = timedelta(days=7)


def introduce_if_room(match: Match, *, actor: Any | None, now: datetime) -> Introduction | None:
    """Introduce the two firms when both have said yes and the numbers of both allow it.

    Without room the match stays open at least until PATIENCE into the next month, for
    `introduce_waiting_matches` to find it. Call with the rows of firms and match locked.
    """
    yes = match.answers.filter(round=match.round, kind=AnswerKind.INTERESTED)
    if yes.count() < len(Side):
        return None
    if introduction_obstacles(match, now):
        longest = next_month(now) + PATIENCE
        if match.expires_at is not None and match.expires_at < longest:
            match.expires_at = longest
            match.save(update_fields=["expires_at", "updated_at"])
        return None
    return introduce(match, actor=actor, now=now)


def introduce_waiting_matches(*, now: datetime) -> int:
    """Introduce firms that both said yes and for which there is room by now; return how many."""
    waiting = Match.objects.waiting_for_room().filter(expires_at__gt=now)
    return sum(
        _introduce_waiting(match_id, now) for match_id in waiting.values_list("pk", flat=True)
    )


def _introduce_waiting(match_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        match = locked_match(match_id)
        if match.state != MatchState.APPROVED:
            return False
        return introduce_if_room(match, actor=None, now=now) is not None


def introduce(match: Match, *, actor: Any | None, now: datetime) -> Introduction:
    """Introduce the two firms and write the letter to both; call with the match's row locked."""
    move_match(
        match,
        to=MatchState.INTRODUCED,
        reason=EventReason.BOTH_INTERESTED,
        actor=actor,
        now=now,
    )
    introduction = Introduction.objects.create(
        match=match,
        buyer_contact=_contact_person(match, Side.BUYER),
        seller_contact=_contact_person(match, Side.SELLER),
        at=now,
    )
    introduced.send(sender=Introduction, introduction=introduction, now=now)
    mails.write_introduction_mails(introduction, now=now)
    return introduction


def _contact_person(match: Match, side: Side) -> User | None:
    """Who answered for the side, or a colleague who agreed to be named when that person did not.

    Nobody is named without consent: the pages and mails check it whenever they show a contact.
    """
    answered = match.answers.select_related("by").get(side=side, round=match.round).by
    people = [answered, *recipients(match.company_of(side))]
    named = (p for p in people if p is not None and has_consent(p, ConsentKind.CROSS_BORDER))
    return next(named, answered)
