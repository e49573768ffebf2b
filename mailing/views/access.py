"""Who gets to the pages of mail."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from mailing.permissions import can_see_mail

P = ParamSpec("P")

# Mails style themselves inline; they may do nothing else, and be framed by our own page only.
MAIL_POLICY: Final = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
}


def staff_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Strangers do not learn that the page exists."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not can_see_mail(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
