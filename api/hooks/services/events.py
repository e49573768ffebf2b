"""From what happened to one delivery for each endpoint that asked for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from api.hooks.models import Delivery, Endpoint, Event, Stream
from common.jobs import kick


def record_event(
    *,
    type: str,
    key: str,
    data: Mapping[str, Any],
    of_firms: Mapping[UUID, Mapping[str, Any]] | None = None,
    now: datetime,
) -> Event | None:
    """Write the event and its deliveries; None when nobody asked for it.

    Call in the transaction of the effect: both stand, or neither. The association's endpoints are
    told `data`, those of a firm what `of_firms` says for it. Events of a key at an endpoint are
    numbered without gaps in the order of their transactions.
    """
    told = dict(of_firms or {})
    ours = models.Q(company=None) | models.Q(company__in=list(told))
    # In one order for all: two transactions never wait for each other's streams.
    endpoints = list(Endpoint.objects.hearing(type).filter(ours).order_by("pk"))
    if not endpoints:
        return None
    with transaction.atomic():
        event = Event.objects.create(type=type, key=key, created_at=now)
        for endpoint in endpoints:
            facts = data if endpoint.company_id is None else told[endpoint.company_id]
            write_delivery(event=event, endpoint=endpoint, data=facts, now=now)
    return event


def write_delivery(
    *, event: Event, endpoint: Endpoint, data: Mapping[str, Any], now: datetime
) -> Delivery:
    """One delivery, due at once; call in a transaction."""
    delivery = Delivery.objects.create(
        event=event,
        endpoint=endpoint,
        key=event.key,
        sequence=_next_number(endpoint, event.key),
        data=data,
        due_at=now,
        created_at=now,
    )
    kick("hooks.deliver", delivery_id=str(delivery.pk))
    return delivery


def _next_number(endpoint: Endpoint, key: str) -> int:
    """Holds the stream's row until the transaction ends: whoever is next sees this delivery."""
    table = Stream._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (endpoint_id, key, last) VALUES (%s, %s, 1)"  # noqa: S608
            f" ON CONFLICT (endpoint_id, key) DO UPDATE SET last = {table}.last + 1"
            " RETURNING last",
            [endpoint.pk, key],
        )
        return int(cursor.fetchone()[0])
