"""Approval without a reviewer, for policies that allow it above a score (off by default)."""

from datetime import datetime

from django.conf import settings

from common.jobs import kick
from matching.choices import Decision, EventReason, MatchState
from matching.models import Match, MatchEvent, MatchRun, Review


def approve_automatically(*, run: MatchRun, now: datetime) -> int:
    """Approve this run's proposals from the policy's threshold on; return how many.

    They wait out the grace time like all others, so that a reviewer can still undo. Never
    prospects, never what a reviewer holds or took back before, never what needs two reviewers.
    Call in the transaction that wrote the proposals.
    """
    threshold = run.policy.auto_approve_above
    if threshold is None:
        return 0
    chosen = (
        Match.objects.select_for_update()
        .filter(
            run=run,
            state=MatchState.PROPOSED,
            is_prospect=False,
            held_until=None,
            first_approved_at=None,
            score__gte=threshold,
        )
        .exclude(pk__in=Review.objects.filter(decision=Decision.UNDONE).values("match"))
    )
    if run.policy.four_eyes_above is not None:
        chosen = chosen.filter(value__lt=run.policy.four_eyes_above)
    ids = list(chosen.values_list("pk", flat=True))
    publish_at = now + settings.MATCH_GRACE
    Match.objects.filter(pk__in=ids).update(
        state=MatchState.APPROVED, decided_at=now, publish_at=publish_at, updated_at=now
    )
    MatchEvent.objects.bulk_create(
        MatchEvent(
            match_id=match_id,
            from_state=MatchState.PROPOSED,
            to_state=MatchState.APPROVED,
            reason=EventReason.AUTOMATIC,
            at=now,
        )
        for match_id in ids
    )
    Review.objects.bulk_create(
        Review(match_id=match_id, decision=Decision.APPROVED, at=now) for match_id in ids
    )
    if ids:
        kick("matching.publish_matches", eta=publish_at)
    return len(ids)
