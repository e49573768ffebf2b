"""Who looks at which match: soft claims, so that two reviewers do not read the same unknowingly.

A claim never keeps anybody from deciding; the guarded UPDATE of the decision does. Nobody waits
for a claim: each is one statement on a row of its own, in a transaction of its own.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.models import User
from accounts.permissions import has_staff_role
from common.errors import RuleViolated
from common.models import AuditEvent
from matching.choices import MatchState
from matching.models import Match, ReviewClaim
from matching.queries.queue import Wanted, in_turn

# How often the next match is looked for when others were quicker each time.
ATTEMPTS: Final = 50

CLAIM: Final = """
    INSERT INTO matching_reviewclaim AS claim (match_id, reviewer_id, since, until)
    VALUES (%(match)s, %(reviewer)s, %(now)s, %(until)s)
    ON CONFLICT (match_id) DO UPDATE
    SET reviewer_id = %(reviewer)s, until = %(until)s,
        since = CASE WHEN claim.reviewer_id = %(reviewer)s AND claim.until > %(now)s
                     THEN claim.since ELSE %(now)s END
    WHERE claim.reviewer_id = %(reviewer)s OR claim.until <= %(now)s OR %(takes_over)s
    RETURNING since
"""


def claim_match(
    *, match: Match, reviewer: User, takes_over: bool = False, now: datetime
) -> ReviewClaim | None:
    """Claim a match for the time of `MATCH_CLAIM`, or renew the claim; return the claim that
    holds now, which is somebody else's unless it `takes_over`. None for a decided match."""
    if match.state != MatchState.PROPOSED:
        return None
    until = now + settings.MATCH_CLAIM
    values: dict[str, Any] = {
        "match": match.pk,
        "reviewer": reviewer.pk,
        "now": now,
        "until": until,
        "takes_over": takes_over,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row is not None:
        return ReviewClaim(match=match, reviewer=reviewer, since=row[0], until=until)
    return ReviewClaim.objects.select_related("reviewer").filter(match=match).first()


def release_claims(*, reviewer: User, keep: UUID | None = None, only: UUID | None = None) -> int:
    """Give back what the reviewer looks at: all but `keep`, or `only` that one."""
    claims = ReviewClaim.objects.filter(reviewer=reviewer)
    if keep is not None:
        claims = claims.exclude(match=keep)
    if only is not None:
        claims = claims.filter(match=only)
    return claims.delete()[0]


def open_next(
    *, wanted: Wanted, reviewer: User, after: Match | None = None, now: datetime
) -> Match | None:
    """The match that `reviewer` should look at next, claimed: of the queue `wanted`, own ones
    first, in each case from `after` on, then from the top; never one that somebody looks at.

    Reviewers who ask at the same moment are handed different matches.
    """
    release_claims(reviewer=reviewer)
    refused: set[UUID] = set()
    for _attempt in range(ATTEMPTS):
        with transaction.atomic():
            match = in_turn(wanted, user=reviewer, after=after, refused=refused, now=now)
            if match is None:
                return None
            claim = claim_match(match=match, reviewer=reviewer, now=now)
        # A decided match has no claim.
        if claim is None or claim.reviewer_id == reviewer.pk:
            return match
        # Somebody claimed it between our look at the claims and our lock on the match.
        refused.add(match.pk)
    return None


def assign_matches(
    *, match_ids: Collection[UUID], reviewer: User | None, actor: User, now: datetime
) -> int:
    """Give proposals to a reviewer, or with None back to everybody; return how many.

    What was decided meanwhile stays as it is. Raises RuleViolated for somebody who may not review.
    """
    if reviewer is not None and not (
        reviewer.is_active and has_staff_role(reviewer, StaffRole.REVIEWER)
    ):
        raise RuleViolated(_("Choose somebody of the staff who may review."))
    with transaction.atomic():
        rows = Match.objects.select_for_update(no_key=True).filter(
            pk__in=match_ids, state=MatchState.PROPOSED, is_prospect=False
        )
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        Match.objects.filter(pk__in=ids).update(assigned_to=reviewer)
        AuditEvent.objects.bulk_create(
            AuditEvent(
                at=now,
                actor=actor,
                actor_label=actor.email,
                verb="match.assigned",
                object_type=Match._meta.label_lower,
                object_id=str(pk),
                data={"assigned_to": reviewer.email if reviewer else ""},
            )
            for pk in ids
        )
    return len(ids)


def forget_old_claims(*, now: datetime) -> int:
    """Remove claims that ran out: nobody looks there any more."""
    return ReviewClaim.objects.filter(until__lte=now - settings.MATCH_CLAIM).delete()[0]
