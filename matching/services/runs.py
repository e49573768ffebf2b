"""Matching runs as rows: asked for, claimed by a worker, taken over when it falls silent."""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import StateChanged
from common.jobs import kick
from common.transitions import move
from companies.models import Company
from matching.choices import RUN_TRANSITIONS, PolicyState, RunState
from matching.models import MatchPolicy, MatchRun, RunBlock
from matching.signals import run_ended
from taxonomy.models import Sector

logger = logging.getLogger(__name__)

LOST = "The worker stopped {attempts} times before the run was complete."


def request_run(
    *,
    policy: MatchPolicy,
    sector: Sector | None = None,
    includes_prospects: bool = False,
    actor: User | None,
    now: datetime,
) -> MatchRun:
    """Put a run into the queue and wake a worker after commit."""
    with transaction.atomic():
        run = MatchRun.objects.create(
            policy=policy,
            sector=sector,
            includes_prospects=includes_prospects,
            requested_by=actor,
            created_at=now,
        )
        audit.record("run.requested", run, actor=actor, now=now, policy=policy.version)
        kick("matching.compute_run", run_id=str(run.pk))
    return run


def request_nightly_run(*, now: datetime) -> MatchRun | None:
    """The full run of the schedule; None when no policy is active yet or one is on its way."""
    policy = MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first()
    under_way = MatchRun.objects.writing().filter(
        state__in=[RunState.QUEUED, RunState.RUNNING],
        company=None,
        sector=None,
        includes_prospects=False,
    )
    if policy is None or under_way.exists():
        return None
    return request_run(policy=policy, actor=None, now=now)


def request_rematch(*, company_id: UUID, now: datetime) -> bool:
    """Have one firm's pairs matched anew, both ways, because it or its items changed.

    False when there is nothing to do: no policy is active, the firm takes no part in matching,
    or such a run waits already and will see this change too.
    """
    return company_id in request_rematches(company_ids=[company_id], now=now)


def request_rematches(*, company_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """`request_rematch` for each of the firms; those for which there is something to do."""
    policy = MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first()
    if policy is None:
        return set()
    firms = Company.objects.matchable().filter(pk__in=company_ids).order_by("pk")
    with transaction.atomic():
        asked = [
            MatchRun(policy=policy, company_id=company_id, created_at=now)
            for company_id in firms.values_list("pk", flat=True)
        ]
        MatchRun.objects.bulk_create(asked, ignore_conflicts=True)
        made = MatchRun.objects.filter(pk__in=[run.pk for run in asked])
        queued = dict(made.values_list("company_id", "pk"))
        for run_id in queued.values():
            kick("matching.compute_run", run_id=str(run_id))
    return {company_id for company_id in queued if company_id}


def cancel_run(*, run: MatchRun, actor: User | None, now: datetime) -> MatchRun:
    """Stop a run: at once while it waits, after the block in hand while it runs.

    Nothing of a cancelled run is written to the matches. Raises StateChanged when it ended.
    """
    with transaction.atomic():
        run = MatchRun.objects.select_for_update().get(pk=run.pk)
        if run.state == RunState.QUEUED:
            _end(run, RunState.CANCELLED, now)
        elif run.state == RunState.RUNNING:
            run.is_cancel_requested = True
            run.save(update_fields=["is_cancel_requested"])
        else:
            raise StateChanged(_("This run has ended already."), state=run.state)
        audit.record("run.cancelled", run, actor=actor, now=now)
    return run


def retry_run(*, run: MatchRun, actor: User | None, now: datetime) -> MatchRun:
    """Queue a failed run again; it goes on where it stopped if the data are the same.

    Raises StateChanged when it has not failed, or a newer run of the same firm waits already.
    """
    with transaction.atomic():
        newer = MatchRun.objects.filter(company=run.company_id, state=RunState.QUEUED)
        if run.company_id and newer.exists():
            raise StateChanged(_("A newer run for this firm is waiting."), state=run.state)
        move(
            run,
            to=RunState.QUEUED,
            allowed=RUN_TRANSITIONS,
            attempts=0,
            failure="",
            finished_at=None,
            is_cancel_requested=False,
        )
        audit.record("run.retried", run, actor=actor, now=now)
        kick("matching.compute_run", run_id=str(run.pk))
    return run


def claim_run(run_id: UUID, *, now: datetime) -> MatchRun | None:
    """Take a waiting run, or one whose worker fell silent, for this worker alone.

    The new claim replaces the old one: whoever held it writes nothing more. A run that was
    claimed too often is failed instead. None when there is nothing to do.
    """
    free = MatchRun.objects.filter(_is_free(now), pk=run_id)
    claimed = free.filter(attempts__lt=settings.MATCH_RUN_ATTEMPTS).update(
        state=RunState.RUNNING,
        claim=uuid4(),
        attempts=models.F("attempts") + 1,
        heartbeat_at=now,
        started_at=Coalesce("started_at", models.Value(now)),
    )
    if claimed:
        return MatchRun.objects.select_related("policy", "sector", "company").get(pk=run_id)
    with transaction.atomic():
        worn_out = free.select_for_update().filter(attempts__gte=settings.MATCH_RUN_ATTEMPTS)
        if run := worn_out.first():
            fail_run(run, failure=run.failure or LOST.format(attempts=run.attempts), now=now)
    return None


def fail_run(run: MatchRun, *, failure: str, now: datetime) -> None:
    """Give a run up with the reason staff will read; call in a transaction."""
    _end(run, RunState.FAILED, now, failure=failure)
    audit.record("run.failed", run, actor=None, now=now, failure=failure[:500])


def finish_cancelled(run: MatchRun, *, now: datetime) -> None:
    """Carry out a cancel request for the worker that holds the claim."""
    with transaction.atomic():
        _end(run, RunState.CANCELLED, now)
        RunBlock.objects.filter(run=run).delete()


def drop_covered(run: MatchRun, *, now: datetime) -> int:
    """Cancel the runs of single firms that waited when a full run took its snapshot: it saw what
    they would have looked at. Returns how many; call in the transaction that completes `run`."""
    if run.sector_id or run.company_id or run.includes_prospects:
        return 0
    waiting = MatchRun.objects.filter(
        company__isnull=False, state=RunState.QUEUED, created_at__lte=run.snapshot_at
    )
    return waiting.update(state=RunState.CANCELLED, finished_at=now)


def sweep_runs(*, now: datetime) -> int:
    """Wake workers for every run that waits or whose worker fell silent; return how many."""
    waiting = MatchRun.objects.filter(_is_free(now)).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True))
    for run_id in ids:
        kick("matching.compute_run", run_id=str(run_id))
    return len(ids)


def _is_free(now: datetime) -> models.Q:
    silent = models.Q(heartbeat_at=None) | models.Q(
        heartbeat_at__lte=now - settings.MATCH_RUN_STALE
    )
    return models.Q(state=RunState.QUEUED) | (models.Q(state=RunState.RUNNING) & silent)


def _end(run: MatchRun, state: str, now: datetime, *, failure: str = "") -> None:
    move(
        run,
        to=state,
        allowed=RUN_TRANSITIONS,
        guard=models.Q(claim=run.claim) if run.claim else None,
        finished_at=now,
        failure=failure,
    )
    run_ended.send(sender=MatchRun, run=run, state=state, now=now)
