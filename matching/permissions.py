"""Who may do what with matches, runs and policies."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from common.permissions import Allowed, Decision, Denied
from companies.models import Membership
from companies.permissions import can_write_as, membership_of
from matching.choices import Side
from matching.models import Match, SavedView


def can_review(user: Any) -> Decision:
    """See the queue, the prospects and every match."""
    return has_staff_role(user, StaffRole.REVIEWER)


def can_decide(user: Any, match: Match) -> Decision:
    """Approve, reject, hold or undo; a prospect can only be looked at."""
    allowed = can_review(user)
    if allowed and match.is_prospect:
        return Denied(_("Nobody has claimed one of these firms yet: it can only be invited."))
    return allowed


def can_run(user: Any) -> Decision:
    """Start a matching run or cancel one."""
    return has_staff_role(user, StaffRole.REVIEWER)


def can_manage_policies(user: Any) -> Decision:
    """Write, simulate and activate matching policies."""
    return has_staff_role(user, StaffRole.SUPERVISOR)


def side_of(user: Any, match: Match) -> Side | None:
    """The side `user` belongs to; the buyer's when a person belongs to both, None for neither."""
    place = place_of(user, match)
    return place[0] if place else None


def place_of(user: Any, match: Match) -> tuple[Side, Membership] | None:
    """`side_of`, and as what the person belongs to it."""
    if not user.is_authenticated:
        return None
    firms = {side: match.item_of(side).company_id for side in Side}
    found = user.memberships.filter(company__in=set(firms.values())).select_related("company")
    own = {each.company_id: each for each in found.order_by()}
    return next(((side, own[firm]) for side, firm in firms.items() if firm in own), None)


def can_answer(user: Any, match: Match, side: Side) -> Decision:
    """Answer, and tell outcomes, for one side: its owners and editors."""
    return can_answer_as(membership_of(user, match.company_of(side)))


def can_answer_as(membership: Membership | None) -> Decision:
    """`can_answer` for whom it is known as what they belong to the side."""
    if can_write_as(membership):
        return Allowed()
    return Denied(_("Only owners and editors of the firm may answer for it."))


def can_confirm(user: Any, match: Match) -> Decision:
    """Be the second of two reviewers of a match that one has approved."""
    allowed = can_decide(user, match)
    if allowed and match.first_approved_by_id == user.pk:
        return Denied(_("You have approved this match yourself. Somebody else confirms."))
    return allowed


def can_supervise_reviews(user: Any) -> Decision:
    """Assign matches to reviewers and see who is late."""
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_share_views(user: Any) -> Decision:
    """Show a saved view of the queue to everybody."""
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_change_view(user: Any, view: SavedView) -> Decision:
    """Remove a saved view: one's own, or as a supervisor a shared one."""
    if view.owner_id == user.pk:
        return can_review(user)
    return can_share_views(user)
