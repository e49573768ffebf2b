"""Who may write in a conversation, and why it may have ended."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.permissions import Allowed, Decision, Denied
from companies.choices import CompanyState
from companies.permissions import WRITERS, membership_of
from dialogue.models import Thread
from matching.choices import Side
from matching.permissions import side_of


def side_in(user: Any, thread: Thread) -> Side | None:
    """The side `user` belongs to; None for the association's staff."""
    return None if user.is_association_staff else side_of(user, thread.match)


def closed_because(thread: Thread) -> str | Promise | None:
    """Why nobody writes here any more; None while the conversation is open."""
    for side in Side:
        company = thread.company_of(side)
        if company.state == CompanyState.CLOSED:
            reason = _("%(company)s has closed its account, so this conversation can only be read.")
            return reason % {"company": company.display_name}
        if company.state == CompanyState.SUSPENDED:
            reason = _(
                "%(company)s is suspended by the association at present, so this conversation can"
                " only be read."
            )
            return reason % {"company": company.display_name}
    return None


def can_post(user: Any, thread: Thread) -> Decision:
    """Write: staff, and owners and editors of the two firms, while the conversation is open."""
    if reason := closed_because(thread):
        return Denied(reason)
    if user.is_association_staff:
        return Allowed()
    return can_act(user, thread)


def can_act(user: Any, thread: Thread) -> Decision:
    """Agree on calls and tell milestones: owners and editors of the two firms, not staff."""
    if reason := closed_because(thread):
        return Denied(reason)
    side = side_in(user, thread)
    if side is None:
        return Denied(_("Staff of the association do not act for a firm."))
    membership = membership_of(user, thread.company_of(side))
    if membership is None or membership.role not in WRITERS:
        return Denied(_("You may read this conversation; owners and editors of the firm write."))
    return Allowed()
