"""The server's copy of what is being typed: asked for, kept and forgotten by drafts.js."""

import json
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.devices import device_name
from common.errors import RuleViolated, StateChanged
from common.formatting import moment_text
from companies.models import FormDraft
from companies.services.drafts import forget_draft, keep_draft

OLDEST: Final = timedelta(days=60)


@never_cache
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """A person's own draft of the form `key`. 401 for nobody: the page says so and goes on."""
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"detail": _("You are logged out.")}, status=401)
    if request.method == "PUT":
        return _keep(request, key)
    if request.method == "DELETE":
        forget_draft(user=user, key=key)
        return HttpResponse(status=204)
    now = timezone.now()
    found = FormDraft.objects.filter(user=user, key=key, expires_at__gt=now).first()
    if found is None:
        return HttpResponse(status=204)
    return JsonResponse(
        {
            "fields": found.fields,
            "age": (now - found.typed_at).total_seconds(),
            "said": said(found),
        }
    )


def said(found: FormDraft) -> str:
    """When and where it was typed."""
    at = moment_text(found.typed_at)
    if not found.device:
        return _("Typed on %(at)s.") % {"at": at}
    return _("Typed on %(at)s (%(device)s).") % {"at": at, "device": found.device}


def _keep(request: HttpRequest, key: str) -> HttpResponse:
    try:
        given: Any = json.loads(request.body)
        fields = given["fields"]
        age = timedelta(seconds=max(0.0, float(given.get("age", 0))))
        is_form = isinstance(fields, dict) and all(
            isinstance(each, dict) for each in fields.values()
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        is_form = False
    if not is_form:
        return JsonResponse({"detail": _("This is no form's content.")}, status=400)
    now = timezone.now()
    try:
        keep_draft(
            user=request.user,  # type: ignore[arg-type]
            key=key,
            fields=fields,
            device=device_name(request.headers.get("User-Agent", "")),
            typed_at=now - min(age, OLDEST),
            now=now,
        )
    except StateChanged as error:
        return JsonResponse({"detail": str(error)}, status=409)
    except RuleViolated as error:
        return JsonResponse({"detail": str(error)}, status=422)
    return HttpResponse(status=204)
