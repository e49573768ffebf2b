"""Celery entry points. Every one may run at any time and any number of times."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from insights import services

logger = logging.getLogger(__name__)


@shared_task(name="insights.compute_gaps")
def compute_gaps(report_id: str) -> None:
    """Count the supply gaps; when the database goes away, the sweep takes it up."""
    try:
        services.compute_gaps(report_id=UUID(report_id), clock=timezone.now)
    except DatabaseError as error:
        logger.warning("gap report %s is interrupted: %s", report_id, error)


@shared_task(name="insights.sweep_gaps")
def sweep_gaps() -> None:
    """Each minute: wake workers for counts that wait; ask for one daily and after a full run.

    Trade files that were checked and never used are forgotten.
    """
    now = timezone.now()
    services.sweep_gaps(now=now)
    services.forget_trade_files(now=now)


@shared_task(name="insights.count_journeys")
def count_journeys() -> None:
    """Every ten minutes, and when somebody asks for it: the figures of matching."""
    services.count_journeys(now=timezone.now())
