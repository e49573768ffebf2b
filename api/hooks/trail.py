"""What the audit trail tells of webhooks (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import StaffRole
from api.hooks.choices import EndpointState, EventType
from api.hooks.models import Endpoint
from common.trail import Label, Named, Noun


def _endpoints(rows: "models.QuerySet[Endpoint]") -> Iterable[tuple[Any, Named]]:
    for endpoint in rows.only("pk", "name"):
        page = reverse("hooks:endpoint", args=[endpoint.pk])
        yield endpoint.pk, Named(endpoint.name, page, "zxx")


NOUNS: Final = {"hooks.endpoint": Noun(_("webhook"), _endpoints, StaffRole.ADMINISTRATOR)}
VERBS: Final[Mapping[str, Label]] = {
    "webhook.made": _("webhook made"),
    "webhook.changed": _("webhook changed"),
    "webhook.removed": _("webhook removed"),
    "webhook.paused": _("webhook paused"),
    "webhook.resumed": _("webhook switched on"),
    "webhook.rotated": _("new secret of a webhook"),
    "webhook.pinged": _("test event sent"),
    "webhook.replayed": _("events delivered anew"),
    "webhook.switched_off": _("webhook switched off by itself"),
}
FACTS: Final[Mapping[str, Label]] = {
    "events": pgettext_lazy("webhook", "Events"),
    "old_until": _("The old secret stands until"),
    "deliveries": _("Deliveries"),
    "name": _("Name"),
    "state": _("State"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "events": dict(EventType.choices),
    "webhook.changed": {
        "name": _("name"),
        "address": pgettext_lazy("webhook", "address"),
        "types": _("events"),
    },
    "webhook.state": dict(EndpointState.choices),
}
