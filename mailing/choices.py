from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MessageState(models.TextChoices):
    """queued → sending → sent | failed | uncertain | suppressed; queued → cancelled."""

    QUEUED = "queued", _("waiting")
    SENDING = "sending", _("being handed over")
    SENT = "sent", pgettext_lazy("state of a mail", "sent")
    FAILED = "failed", _("failed")
    UNCERTAIN = "uncertain", _("uncertain")
    SUPPRESSED = "suppressed", _("not sent: refused address")
    CANCELLED = "cancelled", _("cancelled")


class Decision(models.TextChoices):
    """What staff decide about a mail that went wrong."""

    ARRIVED = "arrived", _("It arrived")
    SEND_AGAIN = "send_again", _("Send it again")
    GIVE_UP = "give_up", _("Do not send it any more")


DECISION_STATES: Final[dict[str, str]] = {
    Decision.ARRIVED: MessageState.SENT,
    Decision.SEND_AGAIN: MessageState.QUEUED,
    Decision.GIVE_UP: MessageState.CANCELLED,
}

# What a person may decide, and when: nobody can know of a failed mail that it arrived.
SETTLEMENTS: Final[dict[str, tuple[str, ...]]] = {
    MessageState.UNCERTAIN: (MessageState.SENT, MessageState.QUEUED, MessageState.CANCELLED),
    MessageState.FAILED: (MessageState.QUEUED, MessageState.CANCELLED),
}


class Category(models.TextChoices):
    """What a person can refuse separately."""

    ACCOUNT = "account", _("account and security")
    MATCHES = "matches", _("matches and reminders")
    INTRODUCTIONS = "introductions", _("introductions you agreed to")
    PROMOTIONAL = "promotional", _("news and events")
    STAFF = "staff", _("work for association staff")


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    BOUNCED = "bounced", _("the address does not exist")
    COMPLAINED = "complained", _("complained")
    ERASED = "erased", _("asked for erasure")
