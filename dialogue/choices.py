"""Words and limits of the talk between two introduced firms."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

POST_LENGTH: Final = 5000
POST_FILES: Final = 5
# As long as nobody has been told of it yet.
WITHDRAWAL: Final = timedelta(minutes=5)
# A mail about new messages waits this long, so that those written in one go come in one mail …
NOTICE_DELAY: Final = WITHDRAWAL
# … and a person gets at most one of them in this time about one conversation.
NOTICE_INTERVAL: Final = timedelta(hours=1)

CALL_SLOTS: Final = 3
CALL_STEP: Final = timedelta(minutes=30)
# A call is agreed on at most this long before it.
CALL_HORIZON: Final = timedelta(days=180)


class CallState(models.TextChoices):
    OPEN = "open", _("times proposed")
    AGREED = "agreed", pgettext_lazy("state of a call", "agreed")
    CANCELLED = "cancelled", _("cancelled")
    HELD = "held", pgettext_lazy("state of a call", "over")


CALL_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    CallState.OPEN: (CallState.AGREED, CallState.CANCELLED),
    # Agreed again: another time was proposed and accepted; until then the first one holds.
    CallState.AGREED: (CallState.AGREED, CallState.CANCELLED, CallState.HELD),
}


class ProposalState(models.TextChoices):
    OPEN = "open", _("waiting for an answer")
    ACCEPTED = "accepted", _("accepted")
    REPLACED = "replaced", _("replaced by other times")
    CANCELLED = "cancelled", _("cancelled")


PROPOSAL_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ProposalState.OPEN: (
        ProposalState.ACCEPTED,
        ProposalState.REPLACED,
        ProposalState.CANCELLED,
    ),
}


class CallPlace(models.TextChoices):
    VIDEO = "video", _("video call")
    PHONE = "phone", _("telephone")
    ASSOCIATION = "association", _("at the association")


class CallLength(models.IntegerChoices):
    HALF = 30, _("30 minutes")
    HOUR = 60, _("1 hour")
    LONG = 90, _("1 hour 30 minutes")
    TWO = 120, _("2 hours")
