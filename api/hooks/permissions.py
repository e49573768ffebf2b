"""Who decides where events are told."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from common.permissions import Allowed, Decision, Denied
from companies.choices import MemberRole
from companies.models import Membership


def can_manage_webhooks(user: Any) -> Decision:
    """The association's own: administrators."""
    return has_staff_role(user, StaffRole.ADMINISTRATOR)


def can_manage_webhooks_as(membership: Membership) -> Decision:
    """A firm's: its owners."""
    if membership.role == MemberRole.OWNER:
        return Allowed()
    return Denied(_("Only owners of the firm decide where its events are told."))
