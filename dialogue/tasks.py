"""Celery entry points. Every one may run at any time and any number of times."""

from celery import shared_task
from django.utils import timezone

from dialogue import services


@shared_task(name="dialogue.sweep")
def sweep() -> None:
    """Each minute: the mails about messages that nobody has read yet."""
    services.write_notices(now=timezone.now())
