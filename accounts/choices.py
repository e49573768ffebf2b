from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class StaffRole(models.TextChoices):
    """What a person may do for the association; firms' people have none."""

    NONE = "", _("not association staff")
    REVIEWER = "reviewer", _("reviewer")
    SUPERVISOR = "supervisor", _("supervisor")
    ADMINISTRATOR = "administrator", _("administrator")


# Each role may do all that the roles before it may do.
STAFF_RANK: Final[dict[str, int]] = {
    StaffRole.NONE: 0,
    StaffRole.REVIEWER: 1,
    StaffRole.SUPERVISOR: 2,
    StaffRole.ADMINISTRATOR: 3,
}


class ConsentKind(models.TextChoices):
    TERMS = "terms", _("terms of use")
    CROSS_BORDER = "cross_border", _("giving contact data to a matched counterpart abroad")
    PROMOTIONAL = "promotional", _("promotional mail")


class ConsentWay(models.TextChoices):
    """How a consent was given; part of its proof."""

    SIGNUP = "signup", _("when registering")
    SETTINGS = "settings", _("in the settings")
    MAIL_LINK = "mail_link", _("by the link in a mail")
    RENEWAL = "renewal", _("by confirming it after two years")


class ConsentEnd(models.TextChoices):
    WITHDRAWN = "withdrawn", _("withdrawn")
    REPLACED = "replaced", _("replaced by a newer one")
    UNCONFIRMED = "unconfirmed", _("not confirmed within two years")


class ExportState(models.TextChoices):
    """queued → running → ready → expired; running → queued | failed"""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("deleted")


EXPORT_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ExportState.QUEUED: (ExportState.RUNNING,),
    # Running again: the worker that had it fell silent.
    ExportState.RUNNING: (ExportState.RUNNING, ExportState.READY, ExportState.FAILED),
    ExportState.READY: (ExportState.EXPIRED,),
}


class ErasureState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("done")


ERASURE_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ErasureState.WAITING: (ErasureState.CANCELLED, ErasureState.DONE),
}


class StaffInvitationState(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")


STAFF_INVITATION_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    # Open again: sent once more.
    StaffInvitationState.OPEN: (
        StaffInvitationState.OPEN,
        StaffInvitationState.ACCEPTED,
        StaffInvitationState.WITHDRAWN,
    ),
}


class StaffChange(models.TextChoices):
    """What happens to a colleague, as the mails about it tell."""

    JOINED = "joined", _("joined")
    ROLE = "role", _("role changed")
    ENDED = "ended", _("role ended")
    DEACTIVATED = "deactivated", _("account switched off")
    REACTIVATED = "reactivated", _("account switched on again")
