"""Every refusal is a problem of RFC 9457, in the caller's language, with the fields at fault."""

from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.errors import KINDS, Problem
from common.errors import GagyoError, RuleViolated, StateChanged

CONTENT_TYPE: Final = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None lets an error that is none of these rise."""
    told = _read(error, is_query=context["request"].method in ("GET", "HEAD"))
    if told is None:
        return None
    set_rollback()
    code, detail, more, headers = told
    body = document(code, detail, context["request"].path, **more)
    return Response(body, KINDS[code][0], content_type=CONTENT_TYPE, headers=headers)


def document(code: str, detail: Any, instance: str, **more: Any) -> dict[str, Any]:
    number, title = KINDS[code]
    body = {
        "type": f"/api/v1/problems/{code}/",
        "title": str(title),
        "status": number,
        "detail": str(detail or title),
        "instance": instance,
        "code": code,
    }
    return body | {name: value for name, value in more.items() if value not in (None, [], "")}


def problem_response(request: HttpRequest, code: str, detail: Any = "") -> JsonResponse:
    """For what Django answers before DRF is asked, such as an unknown path."""
    body = document(code, detail, request.path)
    return JsonResponse(body, status=KINDS[code][0], content_type=CONTENT_TYPE)


def field_errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error details as flat rows; `pointer` is a JSON Pointer into the body."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            place = pointer if name == "non_field_errors" else f"{pointer}/{name}"
            yield from field_errors(below, place)
    elif isinstance(detail, list):
        for number, below in enumerate(detail):
            is_nested = isinstance(below, dict | list)
            yield from field_errors(below, f"{pointer}/{number}" if is_nested else pointer)
    else:
        yield {
            "pointer": pointer or "/",
            "code": getattr(detail, "code", "invalid"),
            "detail": str(detail),
        }


Told = tuple[str, Any, dict[str, Any], dict[str, str]]


def _read(error: Exception, *, is_query: bool) -> Told | None:
    if isinstance(error, Problem):
        return error.code, error.detail, error.more, {}
    if isinstance(error, exceptions.ValidationError):
        errors = list(field_errors(error.detail))
        if is_query:
            errors = [_of_query(each) for each in errors]
        return "invalid", "", {"errors": errors}, {}
    if isinstance(error, StateChanged):
        return "state-changed", error, _details(error), {}
    if isinstance(error, RuleViolated):
        return "rule-violated", error, _details(error), {}
    if isinstance(error, Http404):
        return "not-found", "", {}, {}
    if isinstance(error, PermissionDenied):
        return "forbidden", error, {}, {}
    if isinstance(error, SuspiciousOperation):
        is_large = isinstance(error, RequestDataTooBig)
        return "too-large" if is_large else "malformed", "", {}, {}
    if isinstance(error, exceptions.APIException):
        return _read_framework(error)
    return None


def _read_framework(error: exceptions.APIException) -> Told:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, round(error.wait or 1)))
    code = {
        status.HTTP_400_BAD_REQUEST: "malformed",
        status.HTTP_401_UNAUTHORIZED: "unauthenticated",
        status.HTTP_403_FORBIDDEN: "forbidden",
        status.HTTP_404_NOT_FOUND: "not-found",
        status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
        status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too-large",
        status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
        status.HTTP_429_TOO_MANY_REQUESTS: "too-many-requests",
    }.get(error.status_code, "failed")
    return code, error.detail, {}, headers


def _of_query(error: dict[str, str]) -> dict[str, str]:
    return {"parameter": error.pop("pointer").strip("/"), **error}


def _details(error: GagyoError) -> dict[str, Any]:
    """What the service knows besides the sentence: who was first, when, and the state now."""
    told: dict[str, Any] = {}
    for name, value in error.details.items():
        told[name] = getattr(value, "display_name", None) or (
            value.isoformat() if hasattr(value, "isoformat") else value
        )
    return told
