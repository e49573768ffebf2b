"""Inviting colleagues, and accepting an invitation."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from common.errors import GagyoError, RuleViolated, StateChanged
from common.permissions import Allowed, require
from companies import services
from companies.choices import InvitationState
from companies.forms.team import InvitationForm
from companies.links import read_invitation_token
from companies.models import Invitation
from companies.permissions import can_manage_as, can_register, membership_of
from companies.views.current import CurrentFirm, member_page
from companies.views.team import team_page


@member_page(can_manage_as)
@require_POST
def invite(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            services.invite(
                company=firm.company, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("The invitation to %(address)s is on its way.")
                % {"address": form.cleaned_data["email"]},
            )
            return redirect("companies:team")
    return team_page(request, firm, form=form, status=422)


@member_page(can_manage_as)
@require_POST
def invitation_resend(request: SignedInRequest, firm: CurrentFirm, pk: UUID) -> HttpResponse:
    invitation = _of_firm(firm, pk)
    try:
        services.resend(invitation=invitation, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("The invitation to %(address)s is on its way.") % {"address": invitation.email},
        )
    return redirect("companies:team")


@member_page(can_manage_as)
@require_POST
def invitation_withdraw(request: SignedInRequest, firm: CurrentFirm, pk: UUID) -> HttpResponse:
    invitation = _of_firm(firm, pk)
    try:
        services.withdraw_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is withdrawn."))
    return redirect("companies:team")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. Opening it changes nothing, whoever or whatever opens it.

    To accept, one logs in or registers. Whoever is logged in under another address than the
    invited one says so in so many words first.
    """
    found = _invited(token)
    if found is None or not found.is_standing(timezone.now()):
        if found is not None and membership_of(request.user, found.company):
            return redirect("companies:profile")
        return render(request, "companies/invitation_over.html", status=404)
    user = request.user
    is_other = user.is_authenticated and user.email != found.email
    context = {
        "invitation": found,
        "company": found.company,
        "is_other": is_other,
        "denied": can_register(user) if user.is_authenticated else Allowed(),
        "must_confirm": False,
    }
    if request.method == "POST" and user.is_authenticated:
        require(can_register(user))
        if is_other and "other" not in request.POST:
            context["must_confirm"] = True
            return render(request, "companies/invitation.html", context, status=422)
        return _accept(cast(SignedInRequest, request), found)
    return render(request, "companies/invitation.html", context)


def _accept(request: SignedInRequest, found: Invitation) -> HttpResponse:
    try:
        services.accept_invitation(invitation=found, user=request.user, now=timezone.now())
    except StateChanged:
        return render(request, "companies/invitation_over.html", status=404)
    except RuleViolated as error:
        messages.error(request, str(error))
        return redirect("portal:home")
    messages.success(request, _("You now act for %(firm)s.") % {"firm": found.company.display_name})
    return redirect(f"{reverse('companies:profile')}?company={found.company_id}")


def _invited(token: str) -> Invitation | None:
    pk = read_invitation_token(token)
    return (
        Invitation.objects.select_related("company", "invited_by").filter(pk=pk).first()
        if pk
        else None
    )


def _of_firm(firm: CurrentFirm, pk: UUID) -> Invitation:
    return get_object_or_404(
        firm.company.invitations.select_related("company").filter(state=InvitationState.OPEN),
        pk=pk,
    )
