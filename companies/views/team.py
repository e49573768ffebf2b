"""The people of a firm, and those who ask to be let in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import RuleViolated, StateChanged
from common.permissions import require
from companies import services
from companies.choices import InvitationState, JoinState
from companies.forms.company import MemberRoleForm
from companies.forms.staff import DecisionForm
from companies.forms.team import InvitationForm
from companies.models import JoinRequest, Membership
from companies.permissions import can_decide_join_request, can_manage_as, membership_of
from companies.queries import team_members, with_papers
from companies.views.current import CurrentFirm, member_page


@member_page()
@require_safe
def team(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    return team_page(request, firm, form=InvitationForm())


def team_page(
    request: SignedInRequest, firm: CurrentFirm, *, form: InvitationForm, status: int = 200
) -> HttpResponse:
    """The people of the firm; its owners also see who asks, who is invited, and `form`."""
    context: dict[str, Any] = {
        "firm": firm,
        "members": [
            (
                member,
                MemberRoleForm(
                    initial={"role": member.membership.role}, prefix=str(member.membership.pk)
                ),
            )
            for member in team_members(firm.company)
        ],
        "form": form,
        "now": timezone.now(),
        "invitation_days": settings.INVITATION_DAYS,
        "requests": [],
        "invitations": [],
    }
    if firm.may_manage:
        context["requests"] = (
            firm.company.join_requests.filter(state=JoinState.OPEN)
            .select_related("user")
            .prefetch_related(with_papers())
        )
        context["invitations"] = firm.company.invitations.filter(
            state=InvitationState.OPEN
        ).select_related("invited_by")
    return render(request, "companies/team.html", context, status=status)


@member_page(can_manage_as)
@require_POST
def hand_over(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    """Make a colleague the owner in one's own place."""
    membership = _member(firm, pk)
    try:
        services.hand_over(membership=firm.membership, to=membership, now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(name)s is the owner now; you are an editor.")
            % {"name": membership.user.display_name},
        )
    return redirect("companies:team")


@member_page(can_manage_as)
@require_POST
def member_role(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    membership = _member(firm, pk)
    form = MemberRoleForm(request.POST, prefix=str(pk))
    if not form.is_valid():
        messages.error(request, _("Choose a role."))
        return redirect("companies:team")
    try:
        services.set_member_role(
            membership=membership,
            role=form.cleaned_data["role"],
            actor=request.user,
            now=timezone.now(),
        )
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role is changed."))
    return redirect("companies:team")


@member_page()
@require_POST
def member_remove(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    """Owners remove anybody; everybody may leave."""
    membership = _member(firm, pk)
    is_oneself = membership.user_id == request.user.pk
    if not is_oneself:
        require(can_manage_as(firm.membership))
    try:
        services.remove_member(membership=membership, actor=request.user, now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
        return redirect("companies:team")
    if is_oneself:
        messages.success(request, _("You have left the firm."))
        return redirect("portal:home")
    messages.success(request, _("The person is no longer a member."))
    return redirect("companies:team")


@login_required
@require_POST
def join_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept or refuse: owners who joins their firm, staff who claims a record."""
    found = JoinRequest.objects.select_related("company", "user").filter(pk=pk).first()
    if found is None or not _may_know(request, found):
        raise Http404
    require(can_decide_join_request(request.user, found))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Accept or refuse the request."))
    else:
        try:
            services.decide_join_request(
                request=found,
                is_accepted=form.cleaned_data["decision"] == JoinState.ACCEPTED,
                actor=request.user,
                now=timezone.now(),
            )
        except StateChanged:
            found.refresh_from_db()
            messages.warning(
                request,
                _("This was decided already: %(state)s.") % {"state": found.get_state_display()},
            )
        except RuleViolated as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Decided. The person gets a mail."))
    if request.user.is_association_staff:
        return redirect("companies:verification")
    return redirect("companies:team")


def _member(firm: CurrentFirm, pk: int) -> Membership:
    return get_object_or_404(firm.company.memberships.select_related("company", "user"), pk=pk)


def _may_know(request: SignedInRequest, found: JoinRequest) -> bool:
    return (
        request.user.is_association_staff or membership_of(request.user, found.company) is not None
    )
