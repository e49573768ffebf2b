"""Celery entry points. Every one may run at any time and any number of times."""

import logging
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init
from django.db import DatabaseError
from django.utils import timezone

from matching import services
from matching.engine_adapter import read_words_ahead

logger = logging.getLogger(__name__)


@worker_init.connect
def read_lexicon(**_: object) -> None:
    """Before a worker's processes part."""
    read_words_ahead()


@shared_task(name="matching.compute_run")
def compute_run(run_id: str) -> None:
    """Compute one run; when the database goes away, the sweep resumes it."""
    try:
        services.compute_run(run_id=UUID(run_id), clock=timezone.now)
    except DatabaseError as error:
        logger.warning("run %s is interrupted: %s", run_id, error)


@shared_task(name="matching.sweep_runs")
def sweep_runs() -> None:
    """Each minute: wake workers for runs that wait or were left behind."""
    services.sweep_runs(now=timezone.now())


@shared_task(name="matching.request_nightly_run")
def request_nightly_run() -> None:
    """Each night: a full run, and what earlier runs changed is forgotten after a while."""
    now = timezone.now()
    services.request_nightly_run(now=now)
    services.forget_old_changes(now=now)


@shared_task(name="matching.publish_matches")
def publish_matches() -> None:
    """At the end of a grace time: let the mails go."""
    services.publish_due_matches(now=timezone.now())


@shared_task(name="matching.refresh_priorities")
def refresh_priorities(company_ids: list[str] | None = None) -> None:
    """Every ten minutes for all proposals; at once for those of firms that got busy or free."""
    firms = None if company_ids is None else [UUID(pk) for pk in company_ids]
    services.refresh_priorities(company_ids=firms, now=timezone.now())


@shared_task(name="matching.run_bulk")
def run_bulk(bulk_id: str) -> None:
    """Carry out a decision about many matches."""
    services.run_bulk(bulk_id=UUID(bulk_id), now=timezone.now())


@shared_task(name="matching.sweep_matches")
def sweep_matches() -> None:
    """Each minute: publish, finish decisions about many, introduce, expire, remind, ask for
    outcomes, the morning mail."""
    now = timezone.now()
    services.publish_due_matches(now=now)
    services.sweep_bulk(now=now)
    services.forget_old_claims(now=now)
    services.introduce_waiting_matches(now=now)
    services.expire_matches(now=now)
    services.remind_matches(now=now)
    services.ask_outcomes(now=now)
    services.remind_outcomes(now=now)
    services.close_silent_questions(now=now)
    services.write_staff_digests(now=now)
    services.write_firm_digests(now=now)
