"""Firms' people and colleagues: found, looked at, logged out."""

from typing import Any, Final

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.choices import StaffRole
from accounts.forms.staff import PeopleForm, RoleForm
from accounts.models import User
from accounts.permissions import (
    SignedInRequest,
    can_see_access,
    has_staff_role,
    staff_page,
)
from accounts.queries import consent_overview
from accounts.queries.people import (
    firms_of,
    open_sessions,
    search_people,
    second_factors,
)
from accounts.queries.trail import TrailFilter, search_trail
from accounts.views.staff import about_person
from common.keyset import keyset_page
from common.permissions import require
from common.trail import names_of, noun_label, verb_label
from mailing.models import Suppression

PAGE_SIZE: Final = 50
LATEST: Final = 10


@staff_page()
@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    form = PeopleForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = search_people(request.user, words)
    page = keyset_page(found, moment="created_at", wanted=request.GET.dict(), size=PAGE_SIZE)
    firms = firms_of(page.rows)
    context = {
        "form": form,
        "words": words,
        "page": page,
        "rows": [(user, firms[user.pk]) for user in page.rows],
    }
    return render(request, "accounts/people/list.html", context)


@staff_page()
@require_safe
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(User.objects.filter(erased_at=None, is_system=False), pk=pk)
    if found.is_association_staff:
        require(has_staff_role(request.user, StaffRole.ADMINISTRATOR))
    context: dict[str, Any] = {
        "person": found,
        "firms": firms_of([found])[found.pk],
        "refusals": Suppression.objects.filter(address=found.email.lower()),
        "may_see_access": False,
    }
    if can_see_access(request.user):
        context |= _access(request, found)
    return render(request, "accounts/people/person.html", context)


def _access(request: SignedInRequest, found: User) -> dict[str, Any]:
    """What only administrators see of somebody."""
    now = timezone.now()
    done = list(
        search_trail(request.user, TrailFilter(person=found.pk)).order_by("-at", "-pk")[:LATEST]
    )
    names = names_of(done)
    return {
        "may_see_access": True,
        "is_oneself": found.pk == request.user.pk,
        "has_second_factor": second_factors().filter(user=found).exists(),
        "sessions": open_sessions(now).filter(user=found),
        "consents": consent_overview(found),
        "role_form": RoleForm(initial={"role": found.staff_role}),
        "lines": [
            {
                "event": event,
                "what": verb_label(event.verb),
                "kind": noun_label(event.object_type),
                "named": names.get((event.object_type, event.object_id)),
            }
            for event in done
        ],
    }


@about_person
def sessions_end(request: SignedInRequest, person: User) -> str:
    ended = services.end_sessions(user=person, actor=request.user, now=timezone.now())
    return ngettext("%(number)s session has ended.", "%(number)s sessions have ended.", ended) % {
        "number": ended
    }


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def session_end(request: SignedInRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession.objects.select_related("user"), pk=pk)
    services.end_session(session=session, actor=request.user, now=timezone.now())
    messages.success(request, _("The session has ended."))
    return redirect("accounts:person", pk=session.user_id)
