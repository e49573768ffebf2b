"""The product on a phone's home screen: manifest, service worker, the page without connection."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from common.localisation import LANGUAGES

# All that the page without connection needs; the fonts it may show come as they are used.
KEPT_FILES: Final = ("app.css", "fonts.css", "offline.js", "favicon.svg")
ICONS: Final = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """One for each language: a browser asks for it without cookies."""
    _known(language)
    with override(language):
        content = _manifest(language)
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """What the service worker shows when the network is away; of nobody in particular."""
    _known(language)
    with override(language):
        response = HttpResponse(_offline_page())
    response.headers["Content-Language"] = language
    return response


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Its text changes with what it keeps, and so the browser takes the new one."""
    kept = [static(name) for name in KEPT_FILES]
    pages = {language: reverse("portal:offline", args=[language]) for language in LANGUAGES}
    context = {
        "settings": json.dumps(
            {
                "version": _version(),
                "files": kept,
                "pages": pages,
                "staticPrefix": settings.STATIC_URL,
            }
        )
    }
    return render(request, "portal/sw.js", context, content_type="text/javascript; charset=utf-8")


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise Http404


def _manifest(language: str) -> dict[str, Any]:
    return {
        "id": "/",
        "name": _("Gagyo: Korean and Japanese firms, brought together"),
        "short_name": _("Gagyo"),
        "description": _("Gagyo brings Korean and Japanese firms together, seller to buyer."),
        "lang": language,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7fb",
        "theme_color": "#2449c9",
        "categories": ["business"],
        "icons": [
            {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": name, "url": reverse(url_name)}
            for name, url_name in (
                (_("Matches"), "matching:inbox"),
                (_("My items"), "companies:items"),
                (_("Directory"), "companies:directory"),
            )
        ],
    }


def _offline_page() -> str:
    return render_to_string("portal/offline.html")


@cache
def _version() -> str:
    """A fingerprint of all that is kept: the files, and the page in each language."""
    digest = hashlib.sha256()
    for name in KEPT_FILES:
        # Collected files carry a fingerprint in their name; those of a build lie there as they are.
        digest.update(static(name).encode())
        if settings.LOCAL and (path := finders.find(name)):
            digest.update(Path(path).read_bytes())
    for language in LANGUAGES:
        with override(language):
            digest.update(_offline_page().encode())
    return digest.hexdigest()[:12]
