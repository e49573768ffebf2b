"""Endpoints are made, changed, paused and removed, and their secrets rotated, by people."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.hooks.addresses import read_address
from api.hooks.choices import (
    CHOSEN,
    ENDPOINT_TRANSITIONS,
    STAFF_ONLY,
    DeliveryState,
    EndpointState,
    EventType,
)
from api.hooks.models import Delivery, Endpoint, Event, Secret
from api.hooks.services.delivery import next_due
from api.hooks.services.events import write_delivery
from api.hooks.signing import secret_of
from common import audit
from common.errors import RuleViolated, StateChanged
from common.jobs import kick
from common.transitions import move
from companies.models import Company

MOST_ENDPOINTS: Final = 10
LONGEST_OVERLAP: Final = timedelta(days=7)


def make_endpoint(
    *,
    name: str,
    address: str,
    types: Collection[str],
    company: Company | None = None,
    actor: User,
    now: datetime,
) -> tuple[Endpoint, str]:
    """A new endpoint and its signing secret, which is shown once.

    Raises RuleViolated for an address that may not be called, for no or unknown events, and above
    MOST_ENDPOINTS.
    """
    read_address(address)
    types = _checked(types, company)
    with transaction.atomic():
        if company is not None:
            Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if Endpoint.objects.filter(company=company).count() >= MOST_ENDPOINTS:
            raise RuleViolated(
                _("There are %(number)s endpoints already. Remove one first.")
                % {"number": MOST_ENDPOINTS}
            )
        endpoint = Endpoint.objects.create(
            company=company, owner=actor, name=name, address=address, types=types, created_at=now
        )
        secret = _new_secret(endpoint, now)
        audit.record("webhook.made", endpoint, actor=actor, now=now, events=types)
    return endpoint, secret


def change_endpoint(
    *,
    endpoint: Endpoint,
    name: str,
    address: str,
    types: Collection[str],
    actor: User,
    now: datetime,
) -> Endpoint:
    """Deliveries that wait go to the new address. Raises RuleViolated as `make_endpoint`."""
    read_address(address)
    types = _checked(types, endpoint.company)
    with transaction.atomic():
        endpoint = _locked(endpoint)
        wanted = {"name": name, "address": address, "types": types}
        changed = [field for field, value in wanted.items() if getattr(endpoint, field) != value]
        if not changed:
            return endpoint
        for field in changed:
            setattr(endpoint, field, wanted[field])
        endpoint.save(update_fields=[*changed, "updated_at"])
        audit.record("webhook.changed", endpoint, actor=actor, now=now, changed=changed)
    return endpoint


def remove_endpoint(*, endpoint: Endpoint, actor: User, now: datetime) -> None:
    """With its log and all that waits; a request that is on its way arrives."""
    with transaction.atomic():
        endpoint = _locked(endpoint)
        audit.record("webhook.removed", endpoint, actor=actor, now=now, name=endpoint.name)
        endpoint.delete()


def pause_endpoint(*, endpoint: Endpoint, actor: User, now: datetime) -> Endpoint:
    """Events gather from now on. Raises StateChanged when it is not active."""
    with transaction.atomic():
        endpoint = _locked(endpoint)
        move(endpoint, to=EndpointState.PAUSED, allowed=ENDPOINT_TRANSITIONS, updated_at=now)
        audit.record("webhook.paused", endpoint, actor=actor, now=now)
    return endpoint


def resume_endpoint(*, endpoint: Endpoint, actor: User, now: datetime) -> Endpoint:
    """What has gathered goes out at once, in order. Raises StateChanged when it is active."""
    with transaction.atomic():
        endpoint = _locked(endpoint)
        move(
            endpoint,
            to=EndpointState.ACTIVE,
            allowed=ENDPOINT_TRANSITIONS,
            failures=0,
            failing_since=None,
            rests_until=None,
            updated_at=now,
        )
        audit.record("webhook.resumed", endpoint, actor=actor, now=now)
        endpoint.deliveries.filter(state=DeliveryState.WAITING).update(due_at=now)
        for pk in next_due(endpoint.pk, now):
            kick("hooks.deliver", delivery_id=str(pk))
    return endpoint


def rotate_secret(*, endpoint: Endpoint, overlap: timedelta, actor: User, now: datetime) -> str:
    """A new secret, shown once. Those before it sign as well until `overlap` is over.

    Raises RuleViolated for an overlap above LONGEST_OVERLAP.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise RuleViolated(_("The old secret can stand for at most seven days more."))
    with transaction.atomic():
        endpoint = _locked(endpoint)
        ends = now + overlap
        endpoint.secrets.filter(ends_at=None).update(ends_at=ends)
        endpoint.secrets.filter(ends_at__gt=ends).update(ends_at=ends)
        secret = _new_secret(endpoint, now)
        audit.record("webhook.rotated", endpoint, actor=actor, now=now, old_until=ends.isoformat())
    return secret


def ping_endpoint(*, endpoint: Endpoint, actor: User, now: datetime) -> Delivery:
    """Tell the endpoint a test event. Raises StateChanged when it is not active."""
    with transaction.atomic():
        endpoint = _locked(endpoint)
        if endpoint.state != EndpointState.ACTIVE:
            raise StateChanged(_("This endpoint is not active."), state=endpoint.state)
        event = Event.objects.create(type=EventType.PING, key=f"ping:{endpoint.pk}", created_at=now)
        data = {"endpoint": str(endpoint.pk)}
        delivery = write_delivery(event=event, endpoint=endpoint, data=data, now=now)
        audit.record("webhook.pinged", endpoint, actor=actor, now=now)
    return delivery


def _checked(types: Collection[str], company: Company | None) -> list[str]:
    known = [each.value for each in CHOSEN if company is None or each not in STAFF_ONLY]
    if not types or not set(types) <= set(known):
        raise RuleViolated(_("Choose at least one event."))
    return [each for each in known if each in types]


def _locked(endpoint: Endpoint) -> Endpoint:
    """Its row held, so that no attempt is noted meanwhile. StateChanged when it is gone."""
    found = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk).first()
    if found is None:
        raise StateChanged(_("This endpoint was removed."))
    return found


def _new_secret(endpoint: Endpoint, now: datetime) -> str:
    secret = Secret.objects.create(endpoint=endpoint, salt=secrets.token_hex(32), created_at=now)
    return secret_of(secret.salt)
