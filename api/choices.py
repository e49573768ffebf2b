from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole


class Scope(models.TextChoices):
    """What a token may be used for; the person's own rights hold besides."""

    FIRM = "firm", _("act for one's firm: profile, items, matches, answers, outcomes")
    REVIEWER = "reviewer", _("the staff's work: all firms and matches, reviews, runs")
    DATA = "data", _("data: taxonomy, bulk changes, imports, exports, figures")


class TokenKind(models.TextChoices):
    PERSONAL = "personal", _("personal")
    SERVICE = "service", _("of a system")


# The staff role that a person needs to hold a token of the scope.
SCOPE_ROLE: Final[dict[str, str]] = {
    Scope.FIRM: StaffRole.NONE,
    Scope.REVIEWER: StaffRole.REVIEWER,
    Scope.DATA: StaffRole.SUPERVISOR,
}


class ExportKind(models.TextChoices):
    MATCHES = "matches", _("matches")
    COMPANIES = "companies", _("companies")
    NEEDS = "needs", _("needs")
    OFFERINGS = "offerings", _("offerings")
    OUTCOMES = "outcomes", _("outcomes")


class ExportState(models.TextChoices):
    RUNNING = "running", _("being written")
    COMPLETE = "complete", _("complete")
    BROKEN = "broken", _("broken off")
