"""What the pages about webhooks name in the scene of the permission table."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from api.hooks.choices import CHOSEN, EventType, Failure
from api.hooks.models import Attempt, Delivery, Endpoint, Event
from api.hooks.services import make_endpoint
from companies.models import Company
from tests.factories import StaffFactory


def webhook_arguments(firm: Company, owner: User) -> dict[str, list[Any]]:
    of_staff = _endpoint(None, StaffFactory(staff_role="administrator"))
    of_firm = _endpoint(firm, owner)
    found: dict[str, list[Any]] = {}
    for prefix, endpoint in (("hooks:", of_staff), ("hooks:firm_", of_firm)):
        for page in ("", "_edit", "_pause", "_resume", "_remove", "_rotate", "_ping", "_replay"):
            found[f"{prefix}endpoint{page}"] = [endpoint.pk]
        delivery = endpoint.deliveries.get()
        found[f"{prefix}delivery"] = found[f"{prefix}delivery_replay"] = [delivery.pk]
    return found


def _endpoint(company: Company | None, actor: User) -> Endpoint:
    """With a log: an attempt that failed, and a later one that delivered."""
    now = timezone.now()
    types = [EventType.MATCH_APPROVED] if company else [each.value for each in CHOSEN]
    endpoint, _secret = make_endpoint(
        name="회원관리 会員管理",
        address="https://crm.association.example/webhooks/gagyo",
        types=types,
        company=company,
        actor=actor,
        now=now,
    )
    key = "match:0b6f1d0a-3c86-4a1e-9a0f-6a0d6d3f5a11"
    event = Event.objects.create(type=EventType.MATCH_APPROVED, key=key, created_at=now)
    delivery = Delivery.objects.create(
        event=event,
        endpoint=endpoint,
        key=key,
        sequence=1,
        data={"match": {"id": key.removeprefix("match:")}},
        state="delivered",
        due_at=now,
        created_at=now,
        delivered_at=now,
        tries=1,
    )
    sent = {"Content-Type": "application/json", "Gagyo-Delivery": str(delivery.pk)}
    Attempt.objects.create(
        delivery=delivery,
        at=now - timedelta(minutes=1),
        milliseconds=3004,
        failure=Failure.TIMEOUT,
        ip="203.0.113.7",
        sent=sent,
    )
    Attempt.objects.create(
        delivery=delivery,
        at=now,
        milliseconds=212,
        status=200,
        ip="203.0.113.7",
        sent=sent,
        headers={"Content-Type": "application/json"},
        body='{"ok":true}',
    )
    return endpoint
