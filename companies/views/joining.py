"""Asking to join a firm that is here, or to claim a record that a public list brought."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from common.errors import RuleViolated
from common.permissions import require
from companies import services
from companies.choices import CompanyState, JoinState
from companies.forms.company import JoinForm
from companies.models import Company
from companies.permissions import can_register, membership_of

SESSION_KEY: Final = "found_companies"


def may_be_joined(request: SignedInRequest, company: Company) -> None:
    """Remember that this person gave the firm's number or name: they may ask to join it."""
    found = request.session.get(SESSION_KEY, [])
    if str(company.pk) not in found:
        request.session[SESSION_KEY] = [*found, str(company.pk)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask a firm's owners to be let in."""
    company = _joinable(request, pk)
    if company.state == CompanyState.UNCLAIMED:
        return redirect("companies:claim", pk=pk)
    return _ask(request, company)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Say that an unclaimed record is one's own firm; staff decide."""
    company = _joinable(request, pk)
    if company.state != CompanyState.UNCLAIMED:
        return redirect("companies:join", pk=pk)
    return _ask(request, company)


def _ask(request: SignedInRequest, company: Company) -> HttpResponse:
    require(can_register(request.user))
    if membership_of(request.user, company):
        messages.info(request, _("You are a member of this firm already."))
        return redirect("companies:profile")
    form = JoinForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_to_join(
                company=company,
                user=request.user,
                message=form.cleaned_data["message"],
                official_number=form.cleaned_data.get("official_number", ""),
                now=timezone.now(),
            )
        except RuleViolated as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your request is on its way. You get a mail."))
            return redirect(request.path)
    asked = company.join_requests.filter(user=request.user, state=JoinState.OPEN).first()
    return render(
        request,
        "companies/join.html",
        {"form": form, "company": company, "asked": asked},
        status=422 if form.errors else 200,
    )


def _joinable(request: SignedInRequest, pk: UUID) -> Company:
    """A firm the person may know of: listed, their own, or found by its number or name."""
    known = str(pk) in request.session.get(SESSION_KEY, [])
    firms = Company.objects.all() if known else Company.objects.visible_to(request.user)
    company = (
        firms.exclude(state=CompanyState.CLOSED).select_related("region").filter(pk=pk).first()
    )
    if company is None:
        raise Http404
    return company
