"""What the audit trail tells of conversations; their events stand under the match."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.trail import Label

VERBS: Final[Mapping[str, Label]] = {
    "thread.posted": _("message written"),
    "thread.post_withdrawn": _("message taken back"),
    "call.proposed": _("call proposed"),
    "call.agreed": _("call agreed on"),
    "call.cancelled": _("call cancelled"),
    "calendar.opened": _("calendar address made"),
    "calendar.shut": _("calendar address shut"),
}
FACTS: Final[Mapping[str, Label]] = {
    "post": _("Number of the message"),
    "call": _("Number of the call"),
}
