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
