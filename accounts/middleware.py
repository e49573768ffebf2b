"""What every request of a signed-in person goes through."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponse]


class UserLanguageMiddleware:
    """The language is the user's choice, then the cookie's, then the browser's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            language = request.user.language
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


class StaffTwoFactorMiddleware:
    """Association staff without a second factor may only set one up (settings.STAFF_TWO_FACTOR)."""

    OPEN_PREFIXES = ("/accounts/", "/i18n/", "/healthz/", "/static/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._must_set_up(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _must_set_up(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(
            settings.STAFF_TWO_FACTOR
            and user.is_authenticated
            and user.is_association_staff
            and not request.path.startswith(self.OPEN_PREFIXES)
            and not is_mfa_enabled(user)
        )
