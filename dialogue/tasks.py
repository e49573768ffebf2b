"""Celery entry points. Every one may run at any time and any number of times."""

from celery import shared_task
from django.utils import timezone

from dialogue import services


@shared_task(name="dialogue.sweep")
def sweep() -> None:
    """Each minute: mails about unread messages, reminders of calls, calls that are over."""
    now = timezone.now()
    services.write_notices(now=now)
    services.remind_of_calls(now=now)
    services.end_calls(now=now)
