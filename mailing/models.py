"""The outbox: every mail is a row first and goes out at most once, whatever crashes."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from mailing.choices import (
    DECISION_STATES,
    SETTLEMENTS,
    Category,
    Decision,
    MessageState,
    SuppressionReason,
)


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """Waiting and allowed to go out at `now`, oldest first."""
        return self.filter(state=MessageState.QUEUED, send_after__lte=now).order_by(
            "send_after", "pk"
        )


class Message(models.Model):
    """One mail to one person, rendered in that person's language when it was written.

    `dedupe_key` says what the mail is (for example `match:<id>:need:<user>`): writing the same
    mail twice yields the same row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    dedupe_key = models.CharField(max_length=200, unique=True)
    context_key = models.CharField(max_length=100, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    headers = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=MessageState.choices, default=MessageState.QUEUED
    )
    send_after = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["send_after"],
                condition=models.Q(state=MessageState.QUEUED),
                name="message_queued_idx",
            ),
            models.Index(fields=["state", "created_at"], name="message_state_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to} ({self.state})"

    def decisions(self) -> list[Decision]:
        """What a person may decide about this mail now; empty unless it went wrong."""
        open_states = SETTLEMENTS.get(self.state, ())
        return [choice for choice in Decision if DECISION_STATES[choice] in open_states]


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def covering(self, address: str, category: str) -> "SuppressionQuerySet":
        """What forbids mail of `category` to `address`: its refusal or a general one."""
        return self.filter(address=address.lower(), category__in=["", category])


class Suppression(models.Model):
    """An address that is not written to: in one category, or (category empty) at all."""

    address = models.EmailField(_("address"))
    category = models.CharField(
        _("category"), max_length=20, choices=Category.choices, blank=True, default=""
    )
    reason = models.CharField(_("reason"), max_length=20, choices=SuppressionReason.choices)
    created_at = models.DateTimeField(_("since"))

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address", "category"], name="one_suppression"),
            models.CheckConstraint(
                condition=models.Q(address=Lower("address")),
                name="suppressed_address_is_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.category or '*'}"
