"""Closing a firm, and bringing it back."""

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from accounts.services import request_export
from common.errors import GagyoError, RuleViolated
from common.localisation import active_language
from common.permissions import require
from companies import services
from companies.choices import ItemState
from companies.models import Closing
from companies.permissions import can_manage_as, membership_of
from companies.sections import FIRM
from companies.views.current import CurrentFirm, member_page


@member_page(can_manage_as)
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    """What follows from closing the firm; the button asks for the password."""
    if request.method == "POST":
        answer: HttpResponse = _close(request, firm=firm)
        return answer
    company = firm.company
    context = {
        "firm": firm,
        "open_items": company.offerings.filter(state=ItemState.OPEN).count()
        + company.needs.filter(state=ItemState.OPEN).count(),
        "members": company.memberships.count(),
        "days": settings.CLOSING_DAYS,
        "export_days": settings.EXPORT_DAYS,
    }
    return render(request, "companies/closing.html", context)


@reauthentication_required
def _close(request: SignedInRequest, *, firm: CurrentFirm) -> HttpResponse:
    try:
        services.close_company(company=firm.company, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
        return redirect("portal:home")
    messages.success(request, _("The firm is closed."))
    return redirect("companies:closed", pk=firm.company.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def closed(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page of a closed firm, for its people; owners reopen it here."""
    now = timezone.now()
    found = (
        Closing.objects.pending()
        .filter(company=pk, company__memberships__user=request.user)
        .select_related("company")
        .first()
    )
    if found is None:
        raise Http404
    membership = membership_of(request.user, found.company)
    if request.method == "POST":
        require(can_manage_as(membership))
        try:
            services.reopen_company(closing=found, actor=request.user, now=now)
        except GagyoError as error:
            messages.error(request, str(error))
            return redirect(request.path)
        messages.success(request, _("The firm is open again."))
        return redirect("companies:profile")
    context: dict[str, Any] = {
        "closing": found,
        "company": found.company,
        "may_reopen": bool(can_manage_as(membership)) and found.may_be_reopened(now),
    }
    return render(request, "companies/closed.html", context)


@member_page(can_manage_as)
@require_POST
def export(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    try:
        request_export(
            user=request.user,
            scope=FIRM,
            object_id=str(firm.company.pk),
            language=active_language(),
            now=timezone.now(),
        )
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("We are making the copy. You get a mail when it is ready."))
    return redirect("accounts:data")
