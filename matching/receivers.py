"""What companies tell of: matching listens, because companies may not know of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from companies.models import Item
from companies.signals import company_entered, company_left, item_changed, item_closed
from matching import services


@receiver(item_changed, dispatch_uid="matching")
def on_item_changed(sender: type[Item], item_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.mark_stale(item_type=sender, item_id=item_id)
    services.request_rematch(company_id=sender.objects.get(pk=item_id).company_id, now=now)


@receiver(company_entered, dispatch_uid="matching")
def on_company_entered(company_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.request_rematch(company_id=company_id, now=now)


@receiver(item_closed, dispatch_uid="matching")
def on_item_closed(sender: type[Item], item_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.withdraw_item(item_type=sender, item_id=item_id, now=now)


@receiver(company_left, dispatch_uid="matching")
def on_company_left(company_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.withdraw_company(company_id=company_id, now=now)
