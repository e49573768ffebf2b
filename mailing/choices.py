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


# Who waits behind whom when mails may only leave slowly: somebody is waiting for an account mail.
PRIORITIES: Final[dict[str, int]] = {Category.ACCOUNT: 0, Category.PROMOTIONAL: 2}
USUAL_PRIORITY: Final = 1


class EventKind(models.TextChoices):
    """What a provider tells about a mail it took."""

    DELIVERED = "delivered", _("delivered")
    CAME_BACK = "came_back", _("came back: the address does not work")
    CAME_BACK_FOR_NOW = "came_back_for_now", _("came back or was held up for now")
    COMPLAINED = "complained", _("called unwanted by the recipient")
    REFUSED = "refused", _("refused at the provider")
    NOT_SENT = "not_sent", _("not sent by the provider")


class Frequency(models.TextChoices):
    """How often match mails come; refusing them altogether is a Suppression."""

    AT_ONCE = "at_once", _("at once, one mail for each match")
    DAILY = "daily", _("one mail a day, on working days at 8:30")
    WEEKLY = "weekly", _("one mail a week, at 8:30")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")


class AnnouncementState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SENT = "sent", _("handed to the outbox")
    STOPPED = "stopped", _("stopped")


ANNOUNCEMENT_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    AnnouncementState.DRAFT: (AnnouncementState.SENT,),
    AnnouncementState.SENT: (AnnouncementState.STOPPED,),
}


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    BOUNCED = "bounced", _("the address does not exist")
    COMES_BACK = "comes_back", _("several mails came back")
    COMPLAINED = "complained", _("complained")
    ERASED = "erased", _("asked for erasure")
