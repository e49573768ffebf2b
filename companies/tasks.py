"""Celery's doors to the services of companies."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from common.errors import StateChanged
from common.jobs import kick
from companies.choices import ImportState
from companies.models import ImportJob
from companies.services import imports, verification

logger = logging.getLogger(__name__)

# A job whose worker has not said anything for this long is taken up again.
STALE = timedelta(minutes=3)


@shared_task(name="companies.check_import")
def check_import(*, job_id: str) -> None:
    job = ImportJob.objects.filter(pk=job_id, state=ImportState.CHECKING).first()
    if job is None:
        logger.info("import %s is not waiting to be checked", job_id)
        return
    try:
        imports.check_import(job=job, now=timezone.now())
    except StateChanged:
        logger.info("import %s was checked elsewhere", job_id)


@shared_task(name="companies.run_import")
def run_import(*, job_id: str) -> None:
    job = ImportJob.objects.filter(pk=job_id).first()
    if job is None or job.state not in (ImportState.QUEUED, ImportState.RUNNING):
        logger.info("import %s is not waiting to run", job_id)
        return
    try:
        imports.run_import(job=job, now=timezone.now())
    except StateChanged:
        logger.info("import %s was run elsewhere", job_id)


@shared_task(name="companies.sweep_imports")
def sweep_imports() -> None:
    """Take up imports whose message was lost or whose worker died."""
    stale = ImportJob.objects.filter(heartbeat_at__lt=timezone.now() - STALE)
    for job_id in stale.filter(state=ImportState.CHECKING).values_list("pk", flat=True):
        kick("companies.check_import", job_id=str(job_id))
    for job_id in stale.filter(state__in=[ImportState.QUEUED, ImportState.RUNNING]).values_list(
        "pk", flat=True
    ):
        kick("companies.run_import", job_id=str(job_id))


@shared_task(name="companies.lapse_verifications")
def lapse_verifications() -> None:
    verification.lapse_verifications(now=timezone.now())
