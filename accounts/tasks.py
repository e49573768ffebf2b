"""Doors through which the worker gets to people's data."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts import services
from common.jobs import kick

logger = logging.getLogger(__name__)


@shared_task(name="accounts.build_export")
def build_export(export_id: str) -> None:
    """Whatever goes wrong, the row stays claimed and the sweep tries again."""
    services.build_export(export_id=UUID(export_id), now=timezone.now())


@shared_task(name="accounts.sweep_data")
def sweep_data() -> None:
    """Take up copies that wait, delete old ones, and do what people asked to have erased."""
    now = timezone.now()
    for export in services.waiting_exports(now=now):
        kick("accounts.build_export", export_id=str(export.pk))
    services.expire_exports(now=now)
    services.erase_due(now=now)
    services.forget_consents(now=now)


@shared_task(name="accounts.renew_consents")
def renew_consents() -> None:
    """Ask those whose consent to promotional mail ends soon, and end what nobody confirmed."""
    now = timezone.now()
    services.ask_consents_again(now=now)
    services.end_consents(now=now)
