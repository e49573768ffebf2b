"""Who works for the association: the list, invitations, roles, accounts switched off and on."""

from collections.abc import Callable
from functools import wraps
from typing import Final
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.choices import StaffInvitationState, StaffRole
from accounts.forms.staff import RoleForm, StaffInvitationForm
from accounts.models import StaffInvitation, User
from accounts.permissions import SignedInRequest, staff_page
from accounts.queries.people import colleagues, readable_people, staff
from common.errors import GagyoError

PAGE_SIZE: Final = 50
Step = Callable[[SignedInRequest, User], str]


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def team(request: SignedInRequest) -> HttpResponse:
    return team_page(request)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def staff_invite(request: SignedInRequest) -> HttpResponse:
    form = StaffInvitationForm(request.POST)
    if form.is_valid():
        try:
            services.invite_staff(actor=request.user, now=timezone.now(), **form.cleaned_data)
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            _say_sent(request, form.cleaned_data["email"])
            return redirect("accounts:staff")
    return team_page(request, form=form, status=422)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def staff_invitation_resend(request: SignedInRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(StaffInvitation, pk=pk)
    try:
        services.resend_staff_invitation(
            invitation=invitation, actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        _say_sent(request, invitation.email)
    return redirect("accounts:staff")


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
def staff_invitation_withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(StaffInvitation, pk=pk)
    try:
        services.withdraw_staff_invitation(
            invitation=invitation, actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is withdrawn."))
    return redirect("accounts:staff")


def about_person(step: Step) -> Callable[..., HttpResponseBase]:
    """A change of somebody's account by an administrator, who gives the password again; the
    sentence that `step` returns is shown on the person's page."""

    @staff_page(StaffRole.ADMINISTRATOR)
    @require_POST
    @reauthentication_required
    @wraps(step)
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        person = get_object_or_404(readable_people(request.user), pk=pk)
        try:
            messages.success(request, step(request, person))
        except GagyoError as error:
            messages.error(request, str(error))
        return redirect("accounts:person", pk=pk)

    return view


@about_person
def staff_role(request: SignedInRequest, person: User) -> str:
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _("Nothing was changed.")
    services.change_role(
        user=person, role=form.cleaned_data["role"], actor=request.user, now=timezone.now()
    )
    return _("The role is changed. The person and the other administrators are told by mail.")


@about_person
def staff_deactivate(request: SignedInRequest, person: User) -> str:
    services.deactivate_staff(user=person, actor=request.user, now=timezone.now())
    return _("The account is switched off. Every session has ended.")


@about_person
def staff_reactivate(request: SignedInRequest, person: User) -> str:
    services.reactivate_staff(user=person, actor=request.user, now=timezone.now())
    return _("The account works again.")


def team_page(
    request: SignedInRequest, *, form: StaffInvitationForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    page = Paginator(staff(), PAGE_SIZE).get_page(request.GET.get("page"))
    figures, rows = colleagues(list(page.object_list), now=now)
    invitations = StaffInvitation.objects.filter(state=StaffInvitationState.OPEN)
    context = {
        "page": page,
        "figures": figures,
        "rows": rows,
        "form": form or StaffInvitationForm(),
        "invitations": invitations[:PAGE_SIZE],
        "invitation_days": settings.STAFF_INVITATION_DAYS,
        "must_have_second_factor": settings.STAFF_TWO_FACTOR,
        "now": now,
    }
    return render(request, "accounts/staff/team.html", context, status=status)


def _say_sent(request: SignedInRequest, address: str) -> None:
    messages.success(
        request, _("The invitation to %(address)s is on its way.") % {"address": address}
    )
