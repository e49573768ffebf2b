"""A token is let in by its scopes; what its person may do is asked besides, by each view."""

from typing import Any

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.permissions import has_staff_role
from api.choices import SCOPE_ROLE
from api.errors import Problem
from api.models import Token


def scopes_of(token: Token) -> set[str]:
    """What the token may be used for now: a scope whose role its person has lost is lost too."""
    return {
        scope
        for scope in token.scopes
        if not SCOPE_ROLE[scope] or has_staff_role(token.user, SCOPE_ROLE[scope])
    }


class HasScope(BasePermission):
    """Logged in, and a token has one of the view's `scopes`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        token = request.auth
        if not isinstance(token, Token):
            return True
        scopes = scopes_of(token)
        if not scopes or (view.scopes and scopes.isdisjoint(view.scopes)):
            raise Problem("wrong-scope")
        return True


def is_for(request: Request, *scopes: str) -> bool:
    """A browser's session, or a token with one of the scopes."""
    token = request.auth
    return not isinstance(token, Token) or not scopes_of(token).isdisjoint(scopes)


class ForStaff:
    """Mixin of views that others than the association's staff do not even know of."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if not request.user.is_association_staff:
            raise Http404
