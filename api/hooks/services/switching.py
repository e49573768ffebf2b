"""An endpoint that nobody answers at is switched off, and its people are told."""

from datetime import datetime
from typing import Final

from django.urls import reverse

from accounts.choices import StaffRole
from accounts.links import behind_log_in
from accounts.models import User
from api.hooks.choices import (
    ENDPOINT_TRANSITIONS,
    DeliveryState,
    EndpointState,
)
from api.hooks.models import Endpoint
from common import audit
from common.transitions import move
from companies.queries import owners
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.services import write_message

TEMPLATE: Final = "hooks/mail/switched_off"


def switch_off(endpoint: Endpoint, *, to: EndpointState, now: datetime) -> None:
    """Call with the endpoint's row locked. What waits stays; after a 410 it is given up."""
    move(endpoint, to=to, allowed=ENDPOINT_TRANSITIONS, updated_at=now)
    if to == EndpointState.GONE:
        endpoint.deliveries.filter(state=DeliveryState.WAITING).update(state=DeliveryState.GIVEN_UP)
    audit.record("webhook.switched_off", endpoint, actor=None, now=now, state=to)
    if endpoint.company_id:
        page_url = absolute_url(reverse("hooks:firm_endpoint", args=[endpoint.pk]))
    else:
        page_url = behind_log_in(reverse("hooks:endpoint", args=[endpoint.pk]))
    for person in _people(endpoint):
        write_message(
            kind="webhook_off",
            category=Category.STAFF if endpoint.company_id is None else Category.ACCOUNT,
            template=TEMPLATE,
            user=person,
            address=person.email,
            language=person.language,
            context={
                "user": person,
                "endpoint": endpoint,
                "at": now,
                "page_url": page_url,
            },
            dedupe_key=f"webhook_off:{endpoint.pk}:{now.isoformat()}:{person.pk}",
            context_key=f"webhook:{endpoint.pk}",
            now=now,
        )


def _people(endpoint: Endpoint) -> list[User]:
    """The firm's owners; of the association whoever made it, or all administrators."""
    if endpoint.company is not None:
        return owners(endpoint.company)
    administrators = User.objects.filter(is_active=True, staff_role=StaffRole.ADMINISTRATOR)
    owner = endpoint.owner
    if owner is not None and administrators.filter(pk=owner.pk).exists():
        return [owner]
    return list(administrators.order_by("pk"))
