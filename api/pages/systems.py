"""Systems of the association and their tokens, for administrators."""

from typing import Any, Final
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from api.choices import TokenKind
from api.forms.systems import RotateForm, SystemFields, SystemForm
from api.models import System, Token
from api.services import change_system, make_system, revoke_token, rotate_token
from common.errors import GagyoError, StateChanged
from common.keyset import keyset_page

PAGE_SIZE: Final = 25


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def systems(request: SignedInRequest) -> HttpResponse:
    return _list(request, SystemForm())


@staff_page(StaffRole.ADMINISTRATOR)
@never_cache
@reauthentication_required
def system_make(request: SignedInRequest) -> HttpResponse:
    """The answer itself shows the key, as with a person's own token."""
    if request.method != "POST":
        # Whoever loads the page again, or turns the list's page below a form with faults.
        query = request.GET.urlencode()
        return redirect(f"{reverse('tokens:systems')}{'?' if query else ''}{query}")
    form, now = SystemForm(request.POST), timezone.now()
    if not form.is_valid():
        return _list(request, form, status=422)
    data = form.cleaned_data
    try:
        token, key = make_system(
            name=data["name"],
            scopes=data["scopes"],
            contact=data["contact"],
            networks=data["networks"],
            expires_at=form.expires_at(now),
            number=data["number"],
            actor=request.user,
            now=now,
        )
    except StateChanged as error:
        messages.info(request, str(error))
        return redirect("tokens:systems")
    except GagyoError as error:
        form.add_error(None, str(error))
        return _list(request, form, status=422)
    return _system(request, token.user.system, made=token, key=key)


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def system(request: SignedInRequest, pk: int) -> HttpResponse:
    return _system(request, get_object_or_404(System, pk=pk))


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def system_change(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(System, pk=pk)
    form = SystemFields(request.POST)
    if not form.is_valid():
        return _system(request, found, status=422, form=form)
    change_system(system=found, actor=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Saved. It holds from the next request on."))
    return redirect("tokens:system", pk=pk)


@staff_page(StaffRole.ADMINISTRATOR)
@never_cache
@reauthentication_required
def system_rotate(request: SignedInRequest, pk: UUID) -> HttpResponse:
    token = _token(pk)
    if request.method != "POST":
        return redirect("tokens:system", pk=token.user.system.pk)
    form, now = RotateForm(request.POST), timezone.now()
    if not form.is_valid():
        return _system(request, token.user.system, status=422, rotate_form=form)
    try:
        made, key = rotate_token(
            token=token,
            overlap=form.old_stands_for,
            expires_at=form.expires_at(now),
            number=form.cleaned_data["number"],
            actor=request.user,
            now=now,
        )
    except GagyoError as error:
        messages.error(request, str(error))
        return redirect("tokens:system", pk=token.user.system.pk)
    return _system(request, token.user.system, made=made, key=key)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
def system_revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    token = _token(pk)
    try:
        revoke_token(token=token, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The token is revoked. Nobody gets in with it any more."))
    return redirect("tokens:system", pk=token.user.system.pk)


def _token(pk: UUID) -> Token:
    return get_object_or_404(
        Token.objects.select_related("user__system"), pk=pk, kind=TokenKind.SERVICE
    )


def _list(request: SignedInRequest, form: SystemForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    standing = Prefetch(
        "user__api_tokens", queryset=Token.objects.standing(now), to_attr="standing_tokens"
    )
    rows = System.objects.select_related("user", "contact").prefetch_related(standing)
    page = keyset_page(rows, moment="created_at", wanted=request.GET.dict(), size=PAGE_SIZE)
    context = {"form": form, "page": page, "now": now}
    return render(request, "tokens/systems.html", context, status=status)


def _system(
    request: SignedInRequest, found: System, status: int = 200, **more: Any
) -> HttpResponse:
    now = timezone.now()
    tokens = Token.objects.filter(user=found.user_id)
    standing = list(tokens.standing(now))
    initial = {"contact": found.contact_id, "networks": "\n".join(found.networks)}
    context = {
        "system": found,
        "standing": standing,
        "tokens": tokens,
        # Whose uses a new key takes over: the newest one that stands, else the newest of all.
        "latest": standing[0] if standing else tokens.first(),
        "form": SystemFields(initial=initial),
        "rotate_form": RotateForm(),
        "now": now,
        "made": None,
        "key": "",
        **more,
    }
    return render(request, "tokens/system.html", context, status=status)
