from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """queued → sending → sent | failed | uncertain; queued → suppressed | cancelled."""

    QUEUED = "queued", _("waiting")
    SENDING = "sending", _("being handed over")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNCERTAIN = "uncertain", _("uncertain")
    SUPPRESSED = "suppressed", _("not sent: refused address")
    CANCELLED = "cancelled", _("cancelled")


TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    MessageState.QUEUED: (
        MessageState.SENDING,
        MessageState.SUPPRESSED,
        MessageState.CANCELLED,
        MessageState.FAILED,
    ),
    # Back to queued only when the server surely did not take it.
    MessageState.SENDING: (
        MessageState.SENT,
        MessageState.QUEUED,
        MessageState.FAILED,
        MessageState.UNCERTAIN,
    ),
    # Staff decide about an uncertain one: it did arrive, or send it again.
    MessageState.UNCERTAIN: (MessageState.SENT, MessageState.QUEUED, MessageState.CANCELLED),
    MessageState.FAILED: (MessageState.QUEUED, MessageState.CANCELLED),
}


class Category(models.TextChoices):
    """What a person can refuse separately."""

    ACCOUNT = "account", _("account and security")
    MATCHES = "matches", _("matches, reminders and introductions")
    PROMOTIONAL = "promotional", _("news and events")
    STAFF = "staff", _("work for association staff")


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    BOUNCED = "bounced", _("the address does not exist")
    COMPLAINED = "complained", _("complained")
    ERASED = "erased", _("asked for erasure")
