"""Where events are told, what is told there, and how each telling went."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from api.hooks.choices import OPEN, DeliveryState, EndpointState, EventType, Failure
from companies.models import Company

ADDRESS_LENGTH: Final = 500
# Of a delivery that is due now something is known in a moment, unless no worker is there.
SOON: Final = timedelta(seconds=10)
LOOKED_FOR: Final = timedelta(minutes=2)


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def hearing(self, event_type: str) -> "EndpointQuerySet":
        """Those that asked for such events; paused ones gather them."""
        return self.filter(types__contains=[event_type]).exclude(state=EndpointState.GONE)


class Endpoint(models.Model):
    """An address at which events are told. Without a company it is the association's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=ADDRESS_LENGTH)
    types = ArrayField(models.CharField(max_length=32, choices=EventType.choices), default=list)
    state = models.CharField(
        _("state"), max_length=8, choices=EndpointState.choices, default=EndpointState.ACTIVE
    )
    # Failed attempts since the last success, and when the first of them was.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    # The receiver asked to be left alone until then (Retry-After).
    rests_until = models.DateTimeField(null=True, blank=True)
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(auto_now=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        indexes: ClassVar = [models.Index(fields=["company"], name="endpoint_company_idx")]

    def __str__(self) -> str:
        return self.name


class SecretQuerySet(models.QuerySet["Secret"]):
    def standing(self, now: datetime) -> "SecretQuerySet":
        """The newest first; every one of them signs."""
        alive = models.Q(ends_at=None) | models.Q(ends_at__gt=now)
        return self.filter(alive).order_by("-created_at", "-pk")


class Secret(models.Model):
    """A signing secret. Only its salt is kept: see `api.hooks.signing`."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    salt = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=models.Q(ends_at=None),
                name="one_lasting_secret_of_an_endpoint",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.created_at:%Y-%m-%d}"


class Event(models.Model):
    """Something that happened and that at least one endpoint is told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=32, choices=EventType.choices)
    # Events of one key are told in their order.
    key = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.type} {self.key}"


class Stream(models.Model):
    """The last number given to a key at an endpoint; its row is the lock that keeps the order."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    last = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="one_stream_of_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.last}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """To be sent now: no earlier one of the key is open, and the endpoint takes events."""
        earlier = Delivery.objects.filter(
            endpoint=models.OuterRef("endpoint"),
            key=models.OuterRef("key"),
            sequence__lt=models.OuterRef("sequence"),
            state__in=OPEN,
        )
        rested = models.Q(endpoint__rests_until=None) | models.Q(endpoint__rests_until__lte=now)
        return self.filter(
            rested,
            ~models.Exists(earlier),
            state=DeliveryState.WAITING,
            due_at__lte=now,
            endpoint__state=EndpointState.ACTIVE,
        )


class Delivery(models.Model):
    """One event on its way to one endpoint: the row is the queue."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    data = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    due_at = models.DateTimeField()
    # Proof of who is sending it; empty otherwise.
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # Failed attempts since it was written or asked for again.
    tries = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "key", "sequence"], name="one_delivery_of_a_number"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="waiting"), name="delivery_due_idx"
            ),
            models.Index(
                fields=["claimed_at"], condition=models.Q(state="sending"), name="delivery_sent_idx"
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_newest_idx"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_endpoint_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.sequence}"

    def is_underway(self, now: datetime) -> bool:
        """Whether something will be known of it in a moment, for whoever looks on."""
        return self.state in OPEN and now - LOOKED_FOR < self.due_at < now + SOON


class Attempt(models.Model):
    """One request and what was answered; `failure` is empty when it delivered."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tried")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    failure = models.CharField(max_length=10, choices=Failure.choices, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    # What was sent besides the body, without the signature; what came back, cut short.
    sent = models.JSONField(default=dict)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status or self.failure}"
