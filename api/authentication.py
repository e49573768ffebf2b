"""Who asks: a program by its token, or the person whose browser is logged in."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import User
from api.addresses import address_of, wait_after_refusal
from api.choices import TokenKind
from api.middleware import FOUND, Found
from api.models import Token
from api.services import find_token
from common import audit


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer gagyo_…`; `request.auth` is the token.

    Keys that open nothing are counted by address (`api.addresses`), and uses of tokens that stand
    no more are written down as well.
    """

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = authentication.get_authorization_header(request).split()
        if "Authorization" not in request.headers:
            return None
        if not words or words[0].lower() != b"bearer":
            # Who names himself in a way that is not known here is not let in as somebody else.
            raise exceptions.AuthenticationFailed(_("Log in with “Bearer” and a token."))
        key = words[1].decode("latin-1") if len(words) == 2 else ""
        token, address = find_token(key=key), address_of(request._request)
        is_standing = token is not None and token.stands(timezone.now())
        if token is not None:
            setattr(request._request, FOUND, Found(token, address, is_standing))
        if token is None or not is_standing:
            if wait := wait_after_refusal(address):
                raise exceptions.Throttled(wait)
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked."))
        if token.kind == TokenKind.SERVICE and not token.user.system.lets_in(address):
            setattr(request._request, FOUND, Found(token, address, False))
            raise exceptions.PermissionDenied(_("This token may not be used from this address."))
        audit.by_token.set({"by_token": str(token), "by_token_id": str(token.pk)})
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="gagyo"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with its CSRF token on writes; strangers are told of Bearer."""

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="gagyo"'
