"""Who may enter the association's own pages.

Reviewers see what their work needs: firms, matches, mails, and of firms' people their name,
address, firms and refused mail. Supervisors also search the audit trail of that work. Only
administrators see what people did, where they are logged in and what they agreed to; they alone
change roles, and every such step asks for their password again.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from accounts.choices import STAFF_RANK, StaffRole
from accounts.models import User
from common.permissions import Allowed, Decision, Denied, require

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """The request of a view behind `login_required` or `staff_page`: somebody is signed in."""

    user: User
    htmx: HtmxDetails


def has_staff_role(user: Any, role: str) -> Decision:
    """Association staff of at least `role`; the reason names the role that is missing."""
    if user.is_authenticated and STAFF_RANK[user.staff_role] >= STAFF_RANK[role]:
        return Allowed()
    return Denied(
        _("This needs the role “%(role)s”. Ask an administrator of the association.")
        % {"role": StaffRole(role).label}
    )


def roles_up_to(user: Any) -> list[str]:
    """The staff roles whose rights this person has."""
    return [role for role, rank in STAFF_RANK.items() if 0 < rank <= STAFF_RANK[user.staff_role]]


def can_see_access(user: Any) -> Decision:
    """Where somebody is logged in, what they did and agreed to."""
    return has_staff_role(user, StaffRole.ADMINISTRATOR)


def can_read_history(user: Any, needed: str) -> Decision:
    """Of an object whose kind asks for the staff role `needed` (`common.trail.Noun.role`)."""
    return has_staff_role(user, needed)


def staff_page(
    role: str = StaffRole.REVIEWER,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A view for staff: strangers get 404, staff below `role` a 403 with the reason."""

    def decorate(
        view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not (user.is_authenticated and user.is_association_staff):
                raise Http404
            require(has_staff_role(user, role))
            return view(cast(SignedInRequest, request), *args, **kwargs)

        return guarded

    return decorate
