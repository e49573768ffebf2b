"""The API as people read of it: its description, and a page about each kind of problem."""

import hashlib
from functools import cache
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from api.advice import ADVICE
from api.errors import KINDS
from api.openapi import as_json
from portal.operations import groups

JSON_TYPES: Final = ("application/json", "application/problem+json")


@cache
def _description() -> tuple[bytes, str]:
    body = as_json()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=lambda request: _description()[1])
def openapi(request: HttpRequest) -> HttpResponse:
    """For everybody: programs are written before there is a token."""
    return HttpResponse(_description()[0], content_type="application/json")


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """All operations, by what they are about."""
    return render(request, "portal/api/index.html", {"groups": groups()})


@require_safe
def api_group(request: HttpRequest, tag: str) -> HttpResponse:
    """The operations of one kind of rows in full, to read and to try."""
    found = [group for group in groups() if group.name == tag]
    if not found:
        raise Http404
    return render(request, "portal/api/group.html", {"group": found[0], "groups": groups()})


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """All kinds of problems; as JSON for programs that ask for it."""
    kinds = [_kind(code) for code in KINDS]
    if _wants_json(request):
        return _told({"problems": kinds})
    return render(request, "portal/api/problems.html", {"kinds": kinds})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What one kind means and what to do: the `type` of every refusal leads here."""
    if code not in KINDS:
        raise Http404
    kind = _kind(code)
    if _wants_json(request):
        return _told(kind)
    return render(request, "portal/api/problem.html", {"kind": kind})


def _kind(code: str) -> dict[str, Any]:
    status, title = KINDS[code]
    meaning, remedy = ADVICE[code]
    return {
        "type": f"/api/v1/problems/{code}/",
        "code": code,
        "status": status,
        "title": str(title),
        "meaning": str(meaning),
        "remedy": str(remedy),
    }


def _told(body: dict[str, Any]) -> JsonResponse:
    headers = {"Content-Language": get_language() or "en", "Vary": "Accept, Accept-Language"}
    return JsonResponse(body, headers=headers)


def _wants_json(request: HttpRequest) -> bool:
    """Browsers name HTML; a program that names nothing gets the page as well."""
    return request.get_preferred_type(("text/html", *JSON_TYPES)) in JSON_TYPES
