"""Who may look at the outbox and decide about its mails."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.permissions import Allowed, Decision, Denied


def can_see_mail(user: Any) -> Decision:
    """Association staff."""
    if user.is_authenticated and user.is_association_staff:
        return Allowed()
    return Denied(_("Only staff of the association see the mails."))


def can_decide_mail(user: Any) -> Decision:
    """Supervisors: a wrong decision sends a mail twice, or never."""
    if user.is_authenticated and user.is_supervisor:
        return Allowed()
    return Denied(_("Only supervisors decide about mails. Ask a supervisor of the association."))
