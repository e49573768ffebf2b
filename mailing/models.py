"""The outbox: every mail is a row first and goes out at most once, whatever crashes."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Func, Value, When
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from mailing.choices import (
    DECISION_STATES,
    PRIORITIES,
    SETTLEMENTS,
    USUAL_PRIORITY,
    AnnouncementState,
    Category,
    Decision,
    EventKind,
    Frequency,
    MessageState,
    SuppressionReason,
    Weekday,
)


def is_quiet(moment: datetime) -> bool:
    """Whether promotional mail rests at `moment`: settings.PROMOTIONAL_QUIET_HOURS in KST/JST."""
    begins, ends = settings.PROMOTIONAL_QUIET_HOURS
    hour = timezone.localtime(moment).hour
    return bool(begins <= hour < ends if begins <= ends else hour >= begins or hour < ends)


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """Waiting and allowed to go out at `now`: the most urgent first, of those the oldest."""
        due = self.filter(state=MessageState.QUEUED, send_after__lte=now)
        if is_quiet(now):
            due = due.exclude(category=Category.PROMOTIONAL)
        return due.order_by("priority", "send_after", "pk")

    def taken_since(self, moment: datetime) -> "MessageQuerySet":
        """Those a process took on after `moment`, whatever became of them."""
        return self.filter(claimed_at__gt=moment)


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
    # Without their angle brackets: our own, set before the hand-over, and the provider's.
    message_id = models.CharField(max_length=255, blank=True, db_index=True)
    provider_id = models.CharField(max_length=255, blank=True, db_index=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    priority = models.GeneratedField(
        expression=Case(
            *(When(category=name, then=Value(rank)) for name, rank in PRIORITIES.items()),
            default=Value(USUAL_PRIORITY),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    domain = models.GeneratedField(
        expression=Lower(Func(F("to"), Value("@"), Value(2), function="split_part")),
        output_field=models.CharField(max_length=254),
        db_persist=True,
    )
    created_at = models.DateTimeField(_("written"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "send_after"],
                condition=models.Q(state=MessageState.QUEUED),
                name="message_queued_idx",
            ),
            models.Index(fields=["claimed_at", "domain"], name="message_taken_idx"),
            models.Index(fields=["state", "created_at"], name="message_state_idx"),
            # Each way of looking through the log, the newest first.
            models.Index(fields=["-created_at", "-id"], name="message_newest_idx"),
            models.Index(fields=["kind", "-created_at"], name="message_kind_idx"),
            models.Index(fields=["user", "-created_at"], name="message_person_idx"),
            GinIndex(OpClass(Upper("to"), name="gin_trgm_ops"), name="message_address_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to} ({self.state})"

    @property
    def last_event(self) -> "MailEvent | None":
        """What the provider told last; read from what `prefetch_related` brought along."""
        events = list(self.events.all())
        return events[-1] if events else None

    def decisions(self) -> list[Decision]:
        """What a person may decide about this mail now; empty unless it went wrong."""
        open_states = SETTLEMENTS.get(self.state, ())
        return [choice for choice in Decision if DECISION_STATES[choice] in open_states]


def erased_mark(address: str) -> str:
    """What stands for the address of an erased person: it can be recognised, but not read back.

    It depends on settings.SECRET_KEY.
    """
    digest = salted_hmac("mailing.erased", address.lower(), algorithm="sha256").hexdigest()
    return f"{digest[:48]}@erased.invalid"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def covering(self, address: str, category: str) -> "SuppressionQuerySet":
        """What forbids mail of `category` to `address`: its refusal or a general one."""
        return self.filter(
            address__in=[address.lower(), erased_mark(address)], category__in=["", category]
        )


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


class MailEvent(models.Model):
    """What a provider told about a mail after taking it; the same news twice is one row."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("what happened"), max_length=20, choices=EventKind.choices)
    key = models.CharField(max_length=255, unique=True)
    at = models.DateTimeField(_("time"))
    detail = models.CharField(_("details"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["kind", "at"], name="mail_event_kind_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class MailPreference(models.Model):
    """How often a person gets match mails; without a row: at once.

    `digested_at` is when the last digest was looked into, also when there was nothing to tell.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preference"
    )
    frequency = models.CharField(
        _("how often"), max_length=10, choices=Frequency.choices, default=Frequency.AT_ONCE
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=Weekday.choices, default=Weekday.MONDAY
    )
    changed_at = models.DateTimeField(_("changed"))
    digested_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.frequency}"


class Announcement(models.Model):
    """A promotional mail to everybody who agreed to such mail and whom the filters name.

    Subject and text in each language it goes out in; `audience` is what the filter form cleaned.
    """

    subject_ko = models.CharField(_("subject in Korean"), max_length=200, blank=True)
    subject_ja = models.CharField(_("subject in Japanese"), max_length=200, blank=True)
    subject_en = models.CharField(_("subject in English"), max_length=200, blank=True)
    body_ko = models.TextField(_("text in Korean"), max_length=8000, blank=True)
    body_ja = models.TextField(_("text in Japanese"), max_length=8000, blank=True)
    body_en = models.TextField(_("text in English"), max_length=8000, blank=True)
    audience = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=AnnouncementState.choices,
        default=AnnouncementState.DRAFT,
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("handed to the outbox"), null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.subject_ko or self.subject_ja or self.subject_en

    @property
    def context_key(self) -> str:
        """What its mails are about, in the outbox."""
        return f"announcement:{self.pk}"

    @property
    def languages(self) -> list[str]:
        """The languages it has both a subject and a text in."""
        return [
            code
            for code in Language.values
            if getattr(self, f"subject_{code}") and getattr(self, f"body_{code}")
        ]
