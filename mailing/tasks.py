"""Doors through which the worker gets to the outbox."""

import logging
import random
from typing import Final

from celery import shared_task
from django.utils import timezone

from common.jobs import kick
from mailing import services
from mailing.models import Message

logger = logging.getLogger(__name__)

# A sweep wakes workers for the oldest mails only: the next one comes in half a minute.
SWEEP_LIMIT: Final = 500


@shared_task(name="mailing.deliver")
def deliver(message_id: str) -> None:
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        logger.info("mail %s is gone", message_id)
        return
    services.deliver_message(message=message, now=timezone.now(), jitter=random.random())


@shared_task(name="mailing.sweep_outbox")
def sweep_outbox() -> None:
    """Find every mail that waits or got stuck, whatever message or worker was lost."""
    now = timezone.now()
    services.recover_stuck_messages(now=now)
    for message_id in Message.objects.due(now).values_list("pk", flat=True)[:SWEEP_LIMIT]:
        kick("mailing.deliver", message_id=str(message_id))
