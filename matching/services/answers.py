"""What a firm says to a match. The last word counts until the match is settled."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from matching.choices import AnswerKind, DeclineReason, EventReason, MatchState, Side
from matching.models import Answer, Match
from matching.services import mails
from matching.services.events import move_match
from matching.services.introductions import introduce


def answer_match(
    *,
    match: Match,
    side: Side,
    kind: str,
    reason: str = "",
    note: str = "",
    by: User,
    now: datetime,
) -> Match:
    """Record the answer of `side` and do what follows from it.

    Both interested → introduced, exactly once, however close the two answers come. A decline or
    "not now" ends the match and the other side is told; a pair that was told "not now" may be
    proposed again after settings.MATCH_NOT_NOW_DAYS. Giving the same answer again changes
    nothing. "Interested" may be taken back until the other side has answered.

    Raises RuleViolated for a decline without a coded reason; StateChanged when the match is
    settled or the time is over.
    """
    if kind == AnswerKind.DECLINED and reason not in DeclineReason:
        raise RuleViolated(_("Choose a reason."))
    with transaction.atomic():
        match = Match.objects.select_for_update(of=("self",)).with_sides().get(pk=match.pk)
        before = match.answers.filter(side=side, round=match.round).first()
        if before and (before.kind, before.reason) == (kind, reason) and before.note == note:
            return match
        _check_open(match, now)
        answer, _created = Answer.objects.update_or_create(
            match=match,
            side=side,
            round=match.round,
            defaults={"kind": kind, "reason": reason, "note": note, "by": by, "at": now},
        )
        audit.record(
            "match.answered", match, actor=by, now=now, reason=reason, side=side, kind=kind
        )
        if kind == AnswerKind.INTERESTED:
            if match.answers.filter(
                side=side.other, round=match.round, kind=AnswerKind.INTERESTED
            ).exists():
                introduce(match, actor=by, now=now)
        else:
            _end(match, answer, now)
    return match


def _check_open(match: Match, now: datetime) -> None:
    is_open = match.state == MatchState.APPROVED and match.published_at is not None
    if not is_open:
        raise StateChanged(_("This match is settled already."), state=match.state)
    if match.expires_at is not None and match.expires_at <= now:
        raise StateChanged(_("The time to answer this match is over."), state=MatchState.EXPIRED)


def _end(match: Match, answer: Answer, now: datetime) -> None:
    """The side of `answer` does not want to meet: the match ends and the other side is told."""
    is_not_now = answer.kind == AnswerKind.NOT_NOW
    move_match(
        match,
        to=MatchState.DECLINED,
        reason=EventReason.NOT_NOW if is_not_now else answer.reason,
        actor=answer.by,
        now=now,
        ended_at=now,
        reopens_at=now + timedelta(days=settings.MATCH_NOT_NOW_DAYS) if is_not_now else None,
    )
    mails.cancel_match_mails(match, now=now)
    mails.write_declined_mails(match, Side(answer.side).other, answer=answer, now=now)
