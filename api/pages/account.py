"""One's own tokens: made, seen, revoked."""

from typing import Any, Final, cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from api.forms.tokens import TokenForm
from api.models import Token, TokenUse
from api.services import issue_token, revoke_token
from common.errors import GagyoError, StateChanged
from common.keyset import keyset_page

PAGE_SIZE: Final = 50
# Of those that ended, the latest.
ENDED: Final = 20


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm(user=_user(request)))


@login_required
@never_cache
@reauthentication_required
def make(request: HttpRequest) -> HttpResponse:
    """The answer itself shows the key: it stands in no address and no other answer has it."""
    if request.method != "POST":
        # Whoever loads the page again after giving the password.
        return redirect("tokens:own")
    user, now = _user(request), timezone.now()
    form = TokenForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        token, key = issue_token(
            user=user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(now),
            number=form.cleaned_data["number"],
            actor=user,
            now=now,
        )
    except StateChanged as error:
        messages.info(request, str(error))
        return redirect("tokens:own")
    except GagyoError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    return _page(request, TokenForm(user=user), made=token, key=key)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    token = get_object_or_404(Token, pk=pk, user=_user(request))
    try:
        revoke_token(token=token, actor=_user(request), now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The token is revoked. Nobody gets in with it any more."))
    return redirect("tokens:own")


@login_required
@require_safe
def own_uses(request: HttpRequest, pk: UUID) -> HttpResponse:
    token = get_object_or_404(Token, pk=pk, user=_user(request))
    page = keyset_page(
        TokenUse.objects.filter(token=token),
        moment="at",
        wanted=request.GET.dict(),
        size=PAGE_SIZE,
    )
    context = {
        "token": token,
        "page": page,
        "uses": page.rows,
        "has_one_token": True,
        "keep_days": settings.API_USES_KEEP_DAYS,
    }
    return render(request, "tokens/own_uses.html", context)


def _page(request: HttpRequest, form: TokenForm, status: int = 200, **made: Any) -> HttpResponse:
    now = timezone.now()
    tokens = Token.objects.filter(user=_user(request))
    standing = list(tokens.standing(now))
    context = {
        "form": form,
        "standing": standing,
        "ended": list(tokens.exclude(pk__in=[token.pk for token in standing])[:ENDED]),
        "now": now,
        "made": None,
        "key": "",
        **made,
    }
    return render(request, "tokens/own.html", context, status=status)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
