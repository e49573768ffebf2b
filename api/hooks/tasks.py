"""Doors through which the worker gets to the deliveries."""

import logging
import random
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from api.hooks import services
from common.jobs import kick

logger = logging.getLogger(__name__)


@shared_task(name="hooks.deliver")
def deliver(delivery_id: str) -> None:
    services.deliver(delivery_id=UUID(delivery_id), now=timezone.now(), jitter=random.random())


@shared_task(name="hooks.sweep")
def sweep() -> None:
    """Find every delivery that is due or got lost, whatever message or worker went missing."""
    now = timezone.now()
    services.recover_lost(now=now, jitter=random.random())
    for pk in services.due_by_endpoint(now):
        kick("hooks.deliver", delivery_id=str(pk))


@shared_task(name="hooks.forget_old")
def forget_old() -> None:
    logger.info("forgot %s events of webhooks", services.forget_old(now=timezone.now()))
