"""What reviewers decide about a proposed match; nobody decides the same match twice."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged, refuse
from common.formatting import moment_text
from common.jobs import kick
from matching.choices import Decision, EventReason, MatchState
from matching.models import Match, Review
from matching.queries.terms import review_terms
from matching.rules import FAULTS, review_faults
from matching.services.events import move_match


def approve_match(*, match: Match, actor: User, note: str = "", now: datetime) -> Match:
    """Approve a proposed match: the mails go out when the grace time is over.

    From the policy's `four_eyes_above` on the first approval only parks the match
    (`first_approved_at`), and the second one has to come from somebody else.

    Raises RuleViolated for a prospect, and for a second approval by the same person; StateChanged
    (details `by`, `at`, `state`) when it was decided before.
    """
    if match.is_prospect:
        raise RuleViolated(_("Nobody has claimed one of these firms yet: it can only be invited."))
    terms = review_terms()
    if match.first_approved_at is not None:
        if match.first_approved_by_id == actor.pk:
            raise RuleViolated(_("You have approved this match yourself. Somebody else confirms."))
        guard = models.Q(first_approved_at=match.first_approved_at)
    elif terms.needs_two(match):
        return _park(match, actor=actor, note=note, now=now)
    else:
        # A run may have scored it anew since the reviewer saw it.
        guard = models.Q(first_approved_at=None)
        if terms.four_eyes_above is not None:
            guard &= models.Q(value__lt=terms.four_eyes_above)
    publish_at = now + settings.MATCH_GRACE
    return _decide(
        match,
        MatchState.APPROVED,
        Decision.APPROVED,
        actor=actor,
        note=note,
        now=now,
        guard=guard,
        publish_at=publish_at,
        wake_at=publish_at,
    )


def reject_match(*, match: Match, reason: str, note: str = "", actor: User, now: datetime) -> Match:
    """Reject a proposed match for good, with a coded reason. The firms are not told.

    Raises RuleViolated when "other" comes without words, StateChanged when decided before.
    """
    _hold_to_rules(Decision.REJECTED, reason=reason, note=note, now=now)
    return _decide(
        match,
        MatchState.REJECTED,
        Decision.REJECTED,
        actor=actor,
        reason=reason,
        note=note,
        now=now,
        guard=models.Q(first_approved_at=None),
        ended_at=now,
    )


def hold_match(*, match: Match, until: date, note: str = "", actor: User, now: datetime) -> Match:
    """Keep a proposed match out of the queue until the day `until`."""
    _hold_to_rules(Decision.HELD, until=until, note=note, now=now)
    with transaction.atomic():
        held = Match.objects.filter(
            pk=match.pk,
            state=MatchState.PROPOSED,
            is_prospect=False,
            first_approved_at=None,
            held_until=match.held_until,
        ).update(held_until=until, hold_note=note, updated_at=now)
        if not held:
            raise _told_by_whom(match)
        match.held_until, match.hold_note = until, note
        Review.objects.create(
            match=match, reviewer=actor, decision=Decision.HELD, note=note, at=now
        )
        audit.record("match.held", match, actor=actor, now=now, until=until.isoformat())
    return match


def send_back(*, match: Match, note: str, actor: User, now: datetime) -> Match:
    """The second reviewer does not confirm: the match goes back to the first one, with a note.

    Raises RuleViolated without a note, or for the first reviewer, who can undo; StateChanged when
    it does not wait for a second reviewer any more.
    """
    _hold_to_rules(Decision.SENT_BACK, note=note, now=now)
    if match.first_approved_by_id == actor.pk:
        raise RuleViolated(_("You have approved this match yourself. Undo your approval instead."))
    first = match.first_approved_by_id
    with transaction.atomic():
        _unpark(match, actor=actor, now=now, assigned_to_id=first)
        Review.objects.create(
            match=match, reviewer=actor, decision=Decision.SENT_BACK, note=note, at=now
        )
        audit.record("match.sent_back", match, actor=actor, now=now)
    return match


def undo_decision(*, match: Match, actor: User, now: datetime) -> Match:
    """Take back an approval or rejection within the grace time, or a hold at any time; the first
    of two approvals until the second has come, by the one who gave it.

    The match is proposed again and no mail was ever written. After the undo of a second approval
    it waits for a second reviewer again. Raises StateChanged when the mails are gone already or
    the grace time is over.
    """
    if match.state == MatchState.PROPOSED and match.first_approved_at is not None:
        return _take_back_first(match, actor=actor, now=now)
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


def _hold_to_rules(decision: str, *, now: datetime, **said: Any) -> None:
    today = timezone.localdate(now)
    refuse(review_faults(decision=decision, today=today, **said), FAULTS)


def _undoable(now: datetime) -> models.Q:
    approved = models.Q(
        state=MatchState.APPROVED, published_at=None, publish_at__gt=now, decided_at__isnull=False
    )
    rejected = models.Q(state=MatchState.REJECTED, decided_at__gt=now - settings.MATCH_GRACE)
    return approved | rejected


def _park(match: Match, *, actor: User, note: str, now: datetime) -> Match:
    with transaction.atomic():
        parked = Match.objects.filter(
            pk=match.pk, state=MatchState.PROPOSED, is_prospect=False, first_approved_at=None
        ).update(
            first_approved_by=actor,
            first_approved_at=now,
            held_until=None,
            hold_note="",
            updated_at=now,
        )
        if not parked:
            raise _told_by_whom(match)
        match.first_approved_by, match.first_approved_at = actor, now
        match.held_until, match.hold_note = None, ""
        Review.objects.create(
            match=match, reviewer=actor, decision=Decision.FIRST_YES, note=note, at=now
        )
        audit.record("match.approved_once", match, actor=actor, now=now)
    return match


def _unpark(match: Match, *, actor: User, now: datetime, **changes: Any) -> None:
    unparked = Match.objects.filter(
        pk=match.pk, state=MatchState.PROPOSED, first_approved_at=match.first_approved_at
    ).exclude(first_approved_at=None)
    changes |= {"first_approved_by": None, "first_approved_at": None}
    if not unparked.update(**changes, updated_at=now):
        raise _told_by_whom(match)
    for name, value in changes.items():
        setattr(match, name, value)


def _take_back_first(match: Match, *, actor: User, now: datetime) -> Match:
    if match.first_approved_by_id not in (None, actor.pk):
        raise RuleViolated(_("Somebody else approved this match. Send it back with a note."))
    with transaction.atomic():
        _unpark(match, actor=actor, now=now)
        Review.objects.create(match=match, reviewer=actor, decision=Decision.UNDONE, at=now)
        audit.record("match.approval_undone", match, actor=actor, now=now)
    return match


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
    guard: models.Q,
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
                guard=guard & models.Q(is_prospect=False),
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
    sides = Match.objects.select_related("decided_by", "first_approved_by")
    present = sides.get(pk=match.pk)
    is_parked = present.state == MatchState.PROPOSED and present.first_approved_at is not None
    by = present.first_approved_by if is_parked else present.decided_by
    at = present.first_approved_at if is_parked else present.decided_at
    details = {"state": present.state, "by": by, "at": at}
    if by is None or at is None:
        return StateChanged(_("This match has changed in the meantime."), **details)
    sentence = (
        _("%(who)s approved this match before you, %(when)s: it waits for a second reviewer.")
        if is_parked
        else _("%(who)s decided this match before you, %(when)s: %(state)s.")
    )
    values = {
        "who": by.display_name,
        "when": moment_text(at, "medium"),
        "state": present.get_state_display(),
    }
    return StateChanged(sentence % values, **details)
