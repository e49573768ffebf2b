"""One decision about many matches: each by itself, in its own transaction, none twice."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged, refuse
from common.jobs import kick
from matching.choices import BulkOutcome, BulkState, Decision
from matching.models import BulkDecision, BulkItem, Match
from matching.queries.obstacles import DECIDED, OWN, PROSPECT, approval_verdicts
from matching.queries.terms import review_terms
from matching.rules import FAULTS, review_faults
from matching.services.decisions import approve_match, hold_match, reject_match

# Of a longer selection the first so many are decided.
MOST: Final = 1000
# So few are decided while the reviewer waits, more by a worker.
AT_ONCE: Final = 20
DECISIONS: Final = (Decision.APPROVED, Decision.REJECTED, Decision.HELD)


def request_bulk(
    *,
    match_ids: Sequence[UUID],
    decision: str,
    reason: str = "",
    note: str = "",
    until: date | None = None,
    actor: User,
    now: datetime,
) -> BulkDecision:
    """Write down a decision about many matches, in this order; a worker carries it out.

    Raises RuleViolated where the decision about one match would be refused whichever it is: without
    a reason, without words for "other", with a day that is past; and for none or more than MOST.
    """
    ids = list(dict.fromkeys(match_ids))
    if not ids:
        raise RuleViolated(_("Choose at least one match."))
    if len(ids) > MOST:
        raise RuleViolated(_("Choose %(number)s matches at most.") % {"number": MOST})
    if decision not in DECISIONS:
        raise RuleViolated(_("Choose a decision."))
    today = timezone.localdate(now)
    refuse(
        review_faults(decision=decision, reason=reason, note=note, until=until, today=today), FAULTS
    )
    with transaction.atomic():
        bulk = BulkDecision.objects.create(
            actor=actor, decision=decision, reason=reason, note=note, until=until, created_at=now
        )
        known = set(Match.objects.filter(pk__in=ids).order_by().values_list("pk", flat=True))
        BulkItem.objects.bulk_create(
            BulkItem(bulk=bulk, match_id=pk, position=position)
            for position, pk in enumerate((pk for pk in ids if pk in known), start=1)
        )
        audit.record("bulk.requested", bulk, actor=actor, now=now, matches=len(known))
        if len(known) > AT_ONCE:
            kick("matching.run_bulk", bulk_id=str(bulk.pk))
    return bulk


def run_bulk(*, bulk_id: UUID, now: datetime) -> int:
    """Decide about what is still undecided of `bulk_id`; return how many were decided on now.

    Does nothing while another worker is at it. A match and the line that says what became of it
    are written in one transaction: after a crash the next worker goes on where this one stopped.
    """
    stale = now - settings.MATCH_RUN_STALE
    free = models.Q(state=BulkState.QUEUED) | models.Q(
        state=BulkState.RUNNING, claimed_at__lte=stale
    )
    waiting = BulkDecision.objects.filter(free, pk=bulk_id)
    if not waiting.update(state=BulkState.RUNNING, claimed_at=now):
        return 0
    bulk = BulkDecision.objects.select_related("actor").get(pk=bulk_id)
    done = 0
    items = bulk.items.filter(outcome=BulkOutcome.WAITING).order_by("position")
    for pk in list(items.values_list("pk", flat=True)):
        done += _decide_item(bulk, pk, now)
        if done % AT_ONCE == 0:
            BulkDecision.objects.filter(pk=bulk.pk).update(claimed_at=timezone.now())
    BulkDecision.objects.filter(pk=bulk.pk).update(state=BulkState.DONE, finished_at=now)
    return done


def sweep_bulk(*, now: datetime) -> int:
    """Carry out what no worker was told of or a worker has left; return how many decisions."""
    open_ones = BulkDecision.objects.exclude(state=BulkState.DONE).order_by("created_at")
    return sum(run_bulk(bulk_id=pk, now=now) for pk in open_ones.values_list("pk", flat=True))


def _decide_item(bulk: BulkDecision, item_id: int, now: datetime) -> bool:
    with transaction.atomic():
        item = (
            BulkItem.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk=item_id, outcome=BulkOutcome.WAITING)
            .first()
        )
        if item is None:
            return False
        item.outcome, item.why = _outcome(bulk, item.match_id, now)
        item.save(update_fields=["outcome", "why"])
    return True


def _outcome(bulk: BulkDecision, match_id: UUID, now: datetime) -> tuple[str, str]:
    match = Match.objects.with_sides().get(pk=match_id)
    if match.is_prospect:
        return BulkOutcome.REFUSED, PROSPECT
    actor = bulk.actor
    if actor is None:
        return BulkOutcome.REFUSED, ""
    try:
        if bulk.decision == Decision.APPROVED:
            verdict = approval_verdicts([match], user_id=actor.pk, terms=review_terms(), now=now)[0]
            if verdict.why and verdict.why != DECIDED:
                return BulkOutcome.REFUSED, verdict.why
            with transaction.atomic():
                approve_match(match=match, actor=actor, note=bulk.note, now=now)
            return (BulkOutcome.PARKED if verdict.is_parked else BulkOutcome.DONE), ""
        with transaction.atomic():
            if bulk.decision == Decision.REJECTED:
                reject_match(match=match, reason=bulk.reason, note=bulk.note, actor=actor, now=now)
            elif bulk.until is not None:
                hold_match(
                    match=match, until=bulk.until, note=bulk.note[:300], actor=actor, now=now
                )
    except StateChanged:
        return BulkOutcome.TAKEN, DECIDED
    except RuleViolated:
        return BulkOutcome.REFUSED, OWN if match.first_approved_by_id == actor.pk else ""
    return BulkOutcome.DONE, ""
