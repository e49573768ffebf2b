"""An introduction opens the conversation of the two firms."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import person_erased
from dialogue import services
from dialogue.models import Reader
from matching.models import Introduction
from matching.signals import introduced


@receiver(introduced, sender=Introduction, dispatch_uid="dialogue")
def on_introduced(introduction: Introduction, now: datetime, **kwargs: Any) -> None:
    services.open_thread(match=introduction.match, now=now)


@receiver(person_erased, dispatch_uid="dialogue")
def on_person_erased(user: User, **kwargs: Any) -> None:
    """What the person wrote for the firm stays with both firms; what they read is forgotten."""
    Reader.objects.filter(user=user).delete()
