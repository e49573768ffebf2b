from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EventType(models.TextChoices):
    COMPANY_VERIFIED = "company.verified", _("a firm is verified")
    MATCH_APPROVED = "match.approved", _("a match is approved and both firms are told")
    MATCH_ANSWERED = "match.answered", _("a firm answers a match")
    MATCH_INTRODUCED = "match.introduced", _("two firms are introduced")
    OUTCOME_RECORDED = "outcome.recorded", _("a firm tells an outcome")
    RUN_FINISHED = "run.finished", _("a matching run ends")
    PING = "ping", _("test")


# What can be asked for; a ping comes to whoever asks for one.
CHOSEN: Final = tuple(each for each in EventType if each != EventType.PING)
# Nothing of these is told to a firm.
STAFF_ONLY: Final = frozenset({EventType.RUN_FINISHED})


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    BROKEN = "broken", _("switched off after failures")
    GONE = "gone", _("switched off by its own answer")


ENDPOINT_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    EndpointState.ACTIVE: (EndpointState.PAUSED, EndpointState.BROKEN, EndpointState.GONE),
    EndpointState.PAUSED: (EndpointState.ACTIVE,),
    EndpointState.BROKEN: (EndpointState.ACTIVE,),
    EndpointState.GONE: (EndpointState.ACTIVE,),
}


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("on its way")
    DELIVERED = "delivered", pgettext_lazy("webhook", "delivered")
    GIVEN_UP = "given_up", _("given up")


OPEN: Final = (DeliveryState.WAITING, DeliveryState.SENDING)
ENDED: Final = (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP)


class Failure(models.TextChoices):
    """Why an attempt did not deliver."""

    ADDRESS = "address", _("The name leads to an address that may not be called.")
    NAME = "name", _("The name is not known.")
    CONNECTION = "connection", _("No connection was made, or it broke.")
    ENCRYPTION = "encryption", _("No secure connection could be made.")
    TIMEOUT = "timeout", _("No answer came in time.")
    PROTOCOL = "protocol", _("What came back is no answer of HTTP.")
    STATUS = "status", _("The answer was not a success (2xx).")
    LOST = "lost", _("Our own process ended before the answer was noted.")
