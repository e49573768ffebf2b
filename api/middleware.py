"""Every request that names a token is written down, however it ends."""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from api.models import Token
from api.services.uses import Use, note_use
from common import audit

logger = logging.getLogger(__name__)
#: The attribute of the request in which the authentication leaves what it found.
FOUND: Final = "api_token"


class Found(NamedTuple):
    token: Token
    address: str | None
    was_let_in: bool


class TokenUseMiddleware:
    """Outside the transactions of the request, so that refused and failed ones are there as well.

    An answer whose use cannot be written down is given all the same: what it tells of is done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = audit.by_token.set(None)
        try:
            response = self.get_response(request)
        finally:
            audit.by_token.reset(before)
        found: Found | None = getattr(request, FOUND, None)
        if found is not None:
            _note(request, response, found)
        return response


def _note(request: HttpRequest, response: HttpResponse, found: Found) -> None:
    match = request.resolver_match
    use = Use(
        token=found.token.pk,
        user=found.token.user_id,
        was_let_in=found.was_let_in,
        method=request.method or "",
        route=match.view_name if match else "",
        object_id=str(next(iter(match.kwargs.values()), "")) if match else "",
        status=response.status_code,
        address=found.address,
    )
    try:
        note_use(use=use, now=timezone.now())
    except DatabaseError:
        logger.exception("token use not written down", extra={"use": use})
