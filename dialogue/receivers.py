"""An introduction opens the conversation of the two firms."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from dialogue import services
from matching.models import Introduction
from matching.signals import introduced


@receiver(introduced, sender=Introduction, dispatch_uid="dialogue")
def on_introduced(introduction: Introduction, now: datetime, **kwargs: Any) -> None:
    services.open_thread(match=introduction.match, now=now)
