"""A call between two introduced firms: proposed times, and the one both agreed on."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.choices import CallLength, CallPlace, CallState, ProposalState
from dialogue.models.thread import Thread
from matching.choices import Side

CURRENT = (CallState.OPEN, CallState.AGREED)


class Call(models.Model):
    """At most one of a conversation is proposed or agreed at a time.

    `starts_at`, `minutes`, `place` and `url` hold what was last agreed. `sequence` rises with
    every change that calendars have to hear of; the key is the event's UID there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="calls")
    state = models.CharField(
        _("state"), max_length=10, choices=CallState.choices, default=CallState.OPEN
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("length"), choices=CallLength.choices, default=CallLength.HOUR
    )
    place = models.CharField(_("place"), max_length=12, choices=CallPlace.choices, blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thread"],
                condition=models.Q(state__in=CURRENT),
                name="one_current_call",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CallState.AGREED)
                | models.Q(starts_at__isnull=False, agreed_at__isnull=False),
                name="agreed_call_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["starts_at"],
                condition=models.Q(state=CallState.AGREED),
                name="call_agreed_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.state}"

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None


class Proposal(models.Model):
    """What one side proposes; the newest of a call is the only one that can be accepted."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="proposals")
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN
    )
    minutes = models.PositiveSmallIntegerField(_("length"), choices=CallLength.choices)
    place = models.CharField(_("place"), max_length=12, choices=CallPlace.choices)
    url = models.URLField(_("link"), max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(state=ProposalState.OPEN),
                name="one_open_proposal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.side} {self.state}"


class Slot(models.Model):
    """One proposed time."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField(_("starts"))

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["proposal", "starts_at"], name="one_slot_of_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
