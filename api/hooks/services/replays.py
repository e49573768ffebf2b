"""What was told can be told again: the same event, by the same ids."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.hooks.choices import ENDED, DeliveryState, EndpointState
from api.hooks.models import Delivery, Endpoint, Event, Secret
from api.hooks.services.delivery import next_due
from common import audit
from common.errors import StateChanged
from common.jobs import kick

CHUNK = 1000


def replay_delivery(*, delivery: Delivery, actor: User, now: datetime) -> Delivery:
    """Deliver it anew. Raises StateChanged while it is on its way, or the endpoint takes nothing:
    asked for twice at once, it goes out once."""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        _check_active(endpoint)
        again = Delivery.objects.filter(pk=delivery.pk, state__in=ENDED)
        if not again.update(state=DeliveryState.WAITING, tries=0, due_at=now):
            raise StateChanged(_("This delivery is on its way already."))
        audit.record("webhook.replayed", endpoint, actor=actor, now=now, deliveries=1)
        kick("hooks.deliver", delivery_id=str(delivery.pk))
    delivery.refresh_from_db()
    return delivery


def replay_failed(*, endpoint: Endpoint, since: datetime, actor: User, now: datetime) -> int:
    """Deliver anew what was given up and had happened at or after `since`; return how many."""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        _check_active(endpoint)
        failed = endpoint.deliveries.filter(state=DeliveryState.GIVEN_UP, created_at__gte=since)
        number = failed.update(state=DeliveryState.WAITING, tries=0, due_at=now)
        if number:
            audit.record("webhook.replayed", endpoint, actor=actor, now=now, deliveries=number)
            for pk in next_due(endpoint.pk, now):
                kick("hooks.deliver", delivery_id=str(pk))
    return number


def forget_old(*, now: datetime) -> int:
    """Delete events after settings.WEBHOOKS_KEEP_DAYS with their log, but not what is on its way
    to an active endpoint; and secrets that ended then. Returns how many events went."""
    before = now - timedelta(days=settings.WEBHOOKS_KEEP_DAYS)
    Secret.objects.filter(ends_at__lt=before).delete()
    open_still = Q(state=DeliveryState.SENDING) | Q(
        state=DeliveryState.WAITING, endpoint__state=EndpointState.ACTIVE
    )
    busy = Delivery.objects.filter(open_still).values("event")
    old = Event.objects.filter(created_at__lt=before).exclude(pk__in=busy).order_by("created_at")
    gone = 0
    while ids := list[UUID](old.values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            Event.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone


def _check_active(endpoint: Endpoint) -> None:
    if endpoint.state != EndpointState.ACTIVE:
        raise StateChanged(_("This endpoint is not active."), state=endpoint.state)
