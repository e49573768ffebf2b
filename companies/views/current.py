"""Which of a person's firms a page is about: usually there is only one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.permissions import SignedInRequest
from common.permissions import Decision, require
from companies.choices import GONE, CompanyState
from companies.models import Company, Membership
from companies.permissions import can_manage_as, can_write_as

P = ParamSpec("P")
Rule = Callable[[Membership], Decision]

SESSION_KEY: Final = "company"


@dataclass(frozen=True, slots=True)
class CurrentFirm:
    """The firm a page is about, the person's membership in it, and their other firms."""

    company: Company
    membership: Membership
    others: tuple[Company, ...]
    may_edit: bool
    may_manage: bool


def current_firm(request: SignedInRequest) -> CurrentFirm | None:
    """The firm named by `?company=`, else the one chosen last, else the first; None without any.

    A choice is kept in the session. 404 for a firm that is not the person's own.
    """
    memberships = list(
        Membership.objects.filter(user=request.user)
        .exclude(company__state__in=GONE)
        .select_related("company__region", "user")
        .order_by("created_at", "pk")
    )
    if not memberships:
        return None
    by_id = {str(membership.company_id): membership for membership in memberships}
    if wanted := request.GET.get("company"):
        if wanted not in by_id:
            wanted = _put_into(wanted)
        if wanted not in by_id:
            raise Http404
        if len(by_id) > 1:
            request.session[SESSION_KEY] = wanted
    chosen = by_id.get(wanted or request.session.get(SESSION_KEY, ""), memberships[0])
    return CurrentFirm(
        company=chosen.company,
        membership=chosen,
        others=tuple(each.company for each in memberships if each != chosen),
        may_edit=bool(can_write_as(chosen)),
        may_manage=bool(can_manage_as(chosen)),
    )


def _put_into(wanted: str) -> str:
    """The firm that has taken the place of a merged one, which mails and bookmarks still name."""
    try:
        pk = UUID(wanted)
    except ValueError:
        return ""
    merged = Company.objects.filter(pk=pk, state=CompanyState.MERGED)
    return str(merged.values_list("merged_into", flat=True).first() or "")


def member_page(
    rule: Rule | None = None,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, CurrentFirm, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """A view about the person's own firm; `rule` refuses with 403 and the reason.

    Anonymous people log in first, people without a firm register one, staff find nothing.
    """

    def decorate(
        view: Callable[Concatenate[SignedInRequest, CurrentFirm, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            signed_in = cast(SignedInRequest, request)
            firm = current_firm(signed_in)
            if firm is None:
                if signed_in.user.is_association_staff:
                    raise Http404
                return redirect("companies:register")
            if rule is not None:
                require(rule(firm.membership))
            return view(signed_in, firm, *args, **kwargs)

        return guarded

    return decorate
