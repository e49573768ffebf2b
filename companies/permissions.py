"""Who may do what with a firm."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from common.permissions import Allowed, Decision, Denied
from companies.choices import GONE, CompanyState, JoinKind, MemberRole
from companies.models import Company, JoinRequest, Membership

WRITERS = (MemberRole.OWNER, MemberRole.EDITOR)


def membership_of(user: Any, company: Company) -> Membership | None:
    if not user.is_authenticated:
        return None
    return Membership.objects.filter(user=user, company=company).select_related("company").first()


def can_write_as(membership: Membership | None) -> Decision:
    """Owners and editors of a firm that is neither closed nor suspended."""
    if membership is None or membership.role not in WRITERS:
        return Denied(_("Only owners and editors of the firm may change it."))
    if membership.company.state in (CompanyState.SUSPENDED, *GONE):
        return Denied(_("The firm is suspended or closed; ask the association."))
    return Allowed()


def can_manage_as(membership: Membership | None) -> Decision:
    if membership is None or membership.role != MemberRole.OWNER:
        return Denied(_("Only owners of the firm may manage its members."))
    return Allowed()


def can_edit_company(user: Any, company: Company) -> Decision:
    return can_write_as(membership_of(user, company))


def can_manage_team(user: Any, company: Company) -> Decision:
    return can_manage_as(membership_of(user, company))


def can_register(user: Any) -> Decision:
    """Everybody but the association's own people, who verify firms and so own none."""
    if user.is_association_staff:
        return Denied(_("Staff of the association do not act for a firm."))
    return Allowed()


def can_decide_join_request(user: Any, request: JoinRequest) -> Decision:
    """Staff decide claims, and requests to a firm without owners; owners decide the others, and
    staff as well when the owners have left them unanswered."""
    has_owner = request.company.memberships.filter(role=MemberRole.OWNER).exists()
    if request.kind == JoinKind.CLAIM or not has_owner:
        return can_verify(user)
    if request.handed_on_at is not None and can_verify(user):
        return Allowed()
    return can_manage_team(user, request.company)


def can_see_details(user: Any, company: Company) -> Decision:
    """Staff, the firm's own people, and people of verified firms see more than the public."""
    if not user.is_authenticated:
        return Denied(_("Log in to see more of this firm."))
    own_or_verified = Q(company=company) | Q(company__state=CompanyState.VERIFIED)
    if user.is_association_staff or user.memberships.filter(own_or_verified).exists():
        return Allowed()
    return Denied(_("Firms see more of each other when both are verified."))


def can_filter_by_details(user: Any) -> Decision:
    """Who sees the details of verified firms may also look for firms by them."""
    if user.is_authenticated:
        verified = Q(company__state=CompanyState.VERIFIED)
        if user.is_association_staff or user.memberships.filter(verified).exists():
            return Allowed()
    return Denied(_("Firms see more of each other when both are verified."))


def can_block(user: Any, company: Company) -> Decision:
    """Owners and editors put another firm, whose name they may know, on their never-meet list."""
    if not user.is_authenticated or company.is_name_hidden:
        return Denied(_("Only owners and editors of the firm may change it."))
    writers = user.memberships.filter(role__in=WRITERS).exclude(
        company__state__in=(CompanyState.SUSPENDED, *GONE)
    )
    if company.state == CompanyState.VERIFIED and writers.exclude(company=company).exists():
        return Allowed()
    return Denied(_("Only owners and editors of the firm may change it."))


def can_verify(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.REVIEWER)


def can_suspend(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_import(user: Any) -> Decision:
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_bring_items(user: Any, company: Company, membership: Membership | None) -> Decision:
    """Write a firm's items from a list: its own people, as `membership` says, and for a record
    that nobody has claimed the staff who import lists."""
    if membership is None and company.state == CompanyState.UNCLAIMED:
        return can_import(user)
    return can_write_as(membership)
