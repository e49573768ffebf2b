"""The link by which somebody takes up work for the association."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms.staff import JoinStaffForm
from accounts.links import read_staff_invitation_token
from accounts.models import StaffInvitation
from common.errors import GagyoError
from common.localisation import in_language

BACKEND: Final = "allauth.account.auth_backends.AuthenticationBackend"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_join(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing. The form opens the account and leads to the second factor."""
    found = _invited(token)
    if found is None:
        return render(request, "accounts/staff/join_over.html", status=404)
    with in_language(found.language):
        response = _answer(request, found)
    response.headers["Content-Language"] = found.language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, found: StaffInvitation) -> HttpResponse:
    form = JoinStaffForm(
        request.POST or None,
        email=found.email,
        initial={"name": found.name, "language": found.language},
    )
    is_other = request.user.is_authenticated
    if request.method == "POST" and not is_other and form.is_valid():
        try:
            user = services.join_staff(invitation=found, now=timezone.now(), **form.cleaned_data)
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            login(request, user, backend=BACKEND)
            with override(user.language):
                messages.success(request, _("Your account is open. Welcome."))
            must = settings.STAFF_TWO_FACTOR
            return redirect("mfa_activate_totp" if must else "portal:home")
    context = {"invitation": found, "form": form, "is_other": is_other}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/staff/join.html", context, status=status)


def _invited(token: str) -> StaffInvitation | None:
    """The standing invitation a link was made for, unless a later mail has made it void."""
    read = read_staff_invitation_token(token)
    if read is None:
        return None
    key, number = read
    standing = StaffInvitation.objects.standing(timezone.now()).filter(pk=key, sends=number)
    return standing.select_related("invited_by").first()
