"""Public pages below the prefix of a language."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.utils import translation

from portal.languages import is_public, split_language, with_language

GetResponse = Callable[[HttpRequest], HttpResponse]


class LanguagePrefixMiddleware:
    """`/ja/directory/` is the directory in Japanese, whatever the browser's language is.

    The rest of the product sees the path without its prefix; `request.language_prefix` keeps the
    language for links between public pages. What is not public is not found below a prefix. People
    who are logged in have chosen their language: they go on to the plain address. The language is
    remembered for the pages that have no prefix (registration), unless one was chosen before.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = split_language(request.path_info)
        if found is None:
            return self.get_response(request)
        language, path = found
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        if not is_public(path):
            if is_public(f"{path}/"):
                return HttpResponsePermanentRedirect(with_language(f"{path}/", language) + query)
            raise Http404
        if request.user.is_authenticated:
            return redirect(path + query)
        request.path = request.path_info = path
        request.language_prefix = language  # type: ignore[attr-defined]
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response
