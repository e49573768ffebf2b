"""What every request of a signed-in person goes through."""

from collections.abc import Callable
from datetime import timedelta
from time import time
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation

# When staff did something last, in their session; written at most once a minute.
SEEN: Final = "staff_seen"
SEEN_EVERY: Final = 60
SESSION_NOTED_EVERY: Final = timedelta(minutes=1)

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


class SessionActivityMiddleware:
    """Notes where and when a person's session was used: at most once a minute, unless the address
    or the browser changes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.user.is_authenticated
            and request.session.session_key
            and not self._is_noted(request)
        ):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_noted(self, request: HttpRequest) -> bool:
        longest = UserSession._meta.get_field("user_agent").max_length
        noted = UserSession.objects.filter(
            session_key=request.session.session_key,
            user=request.user.pk,
            ip=get_adapter().get_client_ip(request),
            user_agent=request.headers.get("User-Agent", "")[:longest],
            last_seen_at__gt=timezone.now() - SESSION_NOTED_EVERY,
        )
        return bool(noted.exists())


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


class StaffIdleMiddleware:
    """Association staff who do nothing for settings.STAFF_IDLE are logged out (0: never).

    What a page asks for by itself (htmx getting its own address again, to show progress) is not
    doing something: else a forgotten browser would stay logged in for ever.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if settings.STAFF_IDLE and user.is_authenticated and user.is_association_staff:
            now = time()
            seen = request.session.get(SEEN)
            if seen is not None and now - seen > settings.STAFF_IDLE.total_seconds():
                return self._ended(request)
            if (seen is None or now - seen > SEEN_EVERY) and not _asks_by_itself(request):
                request.session[SEEN] = now
        return self.get_response(request)

    def _ended(self, request: HttpRequest) -> HttpResponse:
        """To the log-in, and back to the page that was asked for."""
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        logout(request)
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        current = request.headers.get("HX-Current-URL", "")
        if request.headers.get("HX-Request") and current:
            wanted = urlsplit(current).path
        address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': wanted})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


def note_log_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Written with the log-in itself, which saves the session anyway."""
    if user.is_association_staff:
        request.session[SEEN] = time()


def _asks_by_itself(request: HttpRequest) -> bool:
    current = request.headers.get("HX-Current-URL", "")
    return (
        request.method == "GET"
        and bool(request.headers.get("HX-Request"))
        and urlsplit(current).path == request.path
    )
