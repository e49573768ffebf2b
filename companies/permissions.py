"""Who may do what with a firm."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from common.permissions import Allowed, Decision, Denied
from companies.choices import CompanyState, MemberRole
from companies.models import Company, Membership

WRITERS = (MemberRole.OWNER, MemberRole.EDITOR)


def membership_of(user: Any, company: Company) -> Membership | None:
    if not user.is_authenticated:
        return None
    return Membership.objects.filter(user=user, company=company).first()


def can_edit_company(user: Any, company: Company) -> Decision:
    """Owners and editors of a firm that is neither closed nor suspended."""
    membership = membership_of(user, company)
    if membership is None or membership.role not in WRITERS:
        return Denied(_("Only owners and editors of the firm may change it."))
    if company.state in (CompanyState.SUSPENDED, CompanyState.CLOSED):
        return Denied(_("The firm is suspended or closed; ask the association."))
    return Allowed()


def can_manage_team(user: Any, company: Company) -> Decision:
    membership = membership_of(user, company)
    if membership is None or membership.role != MemberRole.OWNER:
        return Denied(_("Only owners of the firm may manage its members."))
    return Allowed()


def can_verify(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.REVIEWER)


def can_suspend(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_import(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.SUPERVISOR)
