"""Doors through which the worker gets to the tokens."""

from celery import shared_task
from django.utils import timezone

from api import services
from api.idempotency import forget_old_answers


@shared_task(name="api.sweep_tokens")
def sweep_tokens() -> None:
    """Write of tokens in use that end soon, and let go of old uses."""
    now = timezone.now()
    services.tell_of_ending_tokens(now=now)
    services.forget_old_uses(now=now)


@shared_task(name="api.forget_old_answers")
def forget_old_answers_to_keys() -> None:
    """Let go of what POSTs with an Idempotency-Key were answered."""
    forget_old_answers(now=timezone.now())
