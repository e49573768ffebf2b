"""Matches brought to a certain point through the services, as people would."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from matching.choices import AnswerKind, Side
from matching.models import Match
from matching.services import answer_match, approve_match, publish_due_matches
from tests.factories import MatchFactory, StaffFactory


def published_match(now: datetime | None = None, **fields: Any) -> Match:
    """A match whose mails were written at `now` (default: the present)."""
    now = now or timezone.now()
    match = MatchFactory(**fields)
    approve_match(match=match, actor=StaffFactory(), now=now - settings.MATCH_GRACE)
    assert publish_due_matches(now=now) == 1
    match.refresh_from_db()
    return match


def member_of(match: Match, side: Side) -> User:
    """The first owner of the firm on `side`."""
    return match.company_of(side).memberships.select_related("user").order_by("pk")[0].user


def answer(match: Match, side: Side, kind: str = AnswerKind.INTERESTED, **words: Any) -> Match:
    words.setdefault("now", timezone.now())
    words.setdefault("by", member_of(match, side))
    return answer_match(match=match, side=side, kind=kind, **words).match


def introduced_match(now: datetime | None = None, **fields: Any) -> Match:
    """Both sides have answered "interested" at `now`."""
    match = published_match(now, **fields)
    for side in Side:
        match = answer(match, side, now=now or timezone.now())
    return match
