"""What every view of the API has in common, each in a small mixin of its own."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from api.conditional import TaggedAnswers
from api.deprecation import Ending, headers_of
from api.errors import Problem
from api.idempotency import IdempotentPosts
from api.permissions import HasScope
from api.problems import problem_response


class Base(TaggedAnswers, IdempotentPosts):
    """Language of the caller, rate headers, tags and idempotent POSTs."""

    permission_classes: ClassVar = [HasScope]
    #: When this view ends, if it does.
    ending: ClassVar[Ending | None] = None
    #: Any of these scopes lets a token in; a browser's session has all that its person may.
    scopes: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        language = _wanted_language(request)
        translation.activate(language)
        most = self.most_bytes(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            raise Problem("too-large", _("At most %(most)s MB at once.") % {"most": most >> 20})
        super().initial(request, *args, **kwargs)

    def most_bytes(self, request: Request) -> int:
        """How large a body may be."""
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        done = super().finalize_response(request, response, *args, **kwargs)
        done.headers["Content-Language"] = translation.get_language() or "en"
        done.headers["Vary"] = "Accept-Language, Authorization, Cookie"
        endings = getattr(request, "endings", [])
        for name, value in headers_of([*endings, self.ending] if self.ending else endings).items():
            before = done.headers.get(name) if name == "Link" else None
            done.headers[name] = f"{before}, {value}" if before else value
        if rate := getattr(self, "rate", None):
            for name, value in rate.headers().items():
                done.headers[name] = value
        return done


class View(Base, APIView):
    """One address with its own methods."""


class Resource(Base, GenericViewSet):
    """A kind of rows; compose it with DRF's mixins."""

    def get_object(self) -> Any:
        """By its id alone: filters are those of lists."""
        name = self.lookup_url_kwarg or self.lookup_field
        found = get_object_or_404(self.get_queryset(), **{self.lookup_field: self.kwargs[name]})
        self.check_object_permissions(self.request, found)
        return found


@csrf_exempt
def not_found(request: HttpRequest, path: str = "") -> JsonResponse:
    """Below /api/ even an unknown address is answered by a problem."""
    return problem_response(request, "not-found")


def _wanted_language(request: Request) -> str:
    """Of Accept-Language when it is sent, else the person's own."""
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(_without_cookie(request._request))
    user = request.user
    return user.language if user.is_authenticated else "en"


def _without_cookie(request: HttpRequest) -> HttpRequest:
    """A copy that the language's cookie does not speak for."""
    copy = HttpRequest()
    copy.META = request.META
    copy.path_info = request.path_info
    return copy
