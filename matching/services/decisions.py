"""What reviewers decide about a proposed match; nobody decides the same match twice."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.jobs import kick
from matching.choices import Decision, EventReason, MatchState, RejectReason
from matching.models import Match, Review
from matching.services.events import move_match


def approve_match(*, match: Match, actor: User, note: str = "", now: datetime) -> Match:
    """Approve a proposed match: the mails go out when the grace time is over.

    Raises RuleViolated for a prospect and StateChanged (details `by`, `at`, `state`) when it was
    decided before.
    """
    if match.is_prospect:
        raise RuleViolated(_("Nobody has claimed one of these firms yet: it can only be invited."))
    publish_at = now + settings.MATCH_GRACE
    return _decide(
        match,
        MatchState.APPROVED,
        Decision.APPROVED,
        actor=actor,
        note=note,
        now=now,
        publish_at=publish_at,
        wake_at=publish_at,
    )


def reject_match(*, match: Match, reason: str, note: str = "", actor: User, now: datetime) -> Match:
    """Reject a proposed match for good, with a coded reason. The firms are not told.

    Raises RuleViolated when "other" comes without words, StateChanged when decided before.
    """
    if reason not in RejectReason:
        raise RuleViolated(_("Choose a reason."))
    if reason == RejectReason.OTHER and not note.strip():
        raise RuleViolated(_("Give the reason in words."))
    return _decide(
        match,
        MatchState.REJECTED,
        Decision.REJECTED,
        actor=actor,
        reason=reason,
        note=note,
        now=now,
        ended_at=now,
    )


def hold_match(*, match: Match, until: date, note: str = "", actor: User, now: datetime) -> Match:
    """Keep a proposed match out of the queue until the day `until`."""
    if until <= timezone.localdate(now):
        raise RuleViolated(_("Choose a day in the future."))
    with transaction.atomic():
        held = Match.objects.filter(
            pk=match.pk, state=MatchState.PROPOSED, is_prospect=False, held_until=match.held_until
        ).update(held_until=until, hold_note=note, updated_at=now)
        if not held:
            raise _told_by_whom(match)
        match.held_until, match.hold_note = until, note
        Review.objects.create(
            match=match, reviewer=actor, decision=Decision.HELD, note=note, at=now
        )
        audit.record("match.held", match, actor=actor, now=now, until=until.isoformat())
    return match


def undo_decision(*, match: Match, actor: User, now: datetime) -> Match:
    """Take back an approval or rejection within the grace time, or a hold at any time.

    The match is proposed again and no mail was ever written. Raises StateChanged when the mails
    are gone already or the grace time is over.
    """
    if match.state == MatchState.PROPOSED:
        return _release(match, actor=actor, now=now)
    with transaction.atomic():
        try:
            move_match(
                match,
                to=MatchState.PROPOSED,
                reason=EventReason.UNDONE,
                actor=actor,
                now=now,
                guard=_undoable(now),
                decided_by=None,
                decided_at=None,
                publish_at=None,
                ended_at=None,
            )
        except StateChanged:
            raise StateChanged(_("It is too late to undo this decision.")) from None
        Review.objects.create(match=match, reviewer=actor, decision=Decision.UNDONE, at=now)
    return match


def _undoable(now: datetime) -> models.Q:
    approved = models.Q(
        state=MatchState.APPROVED, published_at=None, publish_at__gt=now, decided_at__isnull=False
    )
    rejected = models.Q(state=MatchState.REJECTED, decided_at__gt=now - settings.MATCH_GRACE)
    return approved | rejected


def _release(match: Match, *, actor: User, now: datetime) -> Match:
    with transaction.atomic():
        released = Match.objects.filter(
            pk=match.pk, state=MatchState.PROPOSED, held_until__isnull=False
        ).update(held_until=None, hold_note="", updated_at=now)
        if not released:
            raise _told_by_whom(match)
        match.held_until, match.hold_note = None, ""
        Review.objects.create(match=match, reviewer=actor, decision=Decision.UNDONE, at=now)
        audit.record("match.released", match, actor=actor, now=now)
    return match


def _decide(
    match: Match,
    state: str,
    decision: str,
    *,
    actor: User,
    reason: str = "",
    note: str,
    now: datetime,
    wake_at: datetime | None = None,
    **changes: Any,
) -> Match:
    """Move a proposed match, with its review; the one who comes second learns who was first."""
    with transaction.atomic():
        if match.state != MatchState.PROPOSED:
            raise _told_by_whom(match)
        try:
            move_match(
                match,
                to=state,
                reason=reason,
                actor=actor,
                now=now,
                guard=models.Q(is_prospect=False),
                decided_by=actor,
                decided_at=now,
                held_until=None,
                hold_note="",
                **changes,
            )
        except StateChanged:
            raise _told_by_whom(match) from None
        Review.objects.create(
            match=match, reviewer=actor, decision=decision, reason=reason, note=note, at=now
        )
        if wake_at:
            kick("matching.publish_matches", eta=wake_at)
    return match


def _told_by_whom(match: Match) -> StateChanged:
    """What the second decider is told: details `state`, and `by` (User or None) and `at`."""
    present = Match.objects.select_related("decided_by").get(pk=match.pk)
    details = {"state": present.state, "by": present.decided_by, "at": present.decided_at}
    if present.decided_by is None:
        return StateChanged(_("This match has changed in the meantime."), **details)
    sentence = _("%(who)s decided this match before you: %(state)s.") % {
        "who": present.decided_by.display_name,
        "state": present.get_state_display(),
    }
    return StateChanged(sentence, **details)
