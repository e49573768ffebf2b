"""A person's own data: a copy of them, and having them erased."""

from collections.abc import Iterator
from typing import cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.choices import ErasureState, ExportState
from accounts.erasing import obstacles
from accounts.exporting import PERSON, Subject, may_have
from accounts.models import DataExport, User
from common.errors import RuleViolated, StateChanged
from common.localisation import active_language


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "exports": user.exports.exclude(state=ExportState.EXPIRED)[:10],
        "has_export_under_way": user.exports.filter(
            scope=PERSON, state__in=(ExportState.QUEUED, ExportState.RUNNING)
        ).exists(),
        "erasure": user.erasure_requests.filter(state=ErasureState.WAITING).first(),
        "obstacles": obstacles(user),
        "export_days": settings.EXPORT_DAYS,
        "erasure_days": settings.ERASURE_WAIT_DAYS,
    }
    return render(request, "accounts/data.html", context)


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    services.request_export(
        user=cast(User, request.user),
        scope=PERSON,
        language=active_language(),
        now=timezone.now(),
    )
    messages.success(request, _("We are making the copy. You get a mail when it is ready."))
    return redirect("accounts:data")


@login_required
@reauthentication_required
@require_safe
def export_download(request: HttpRequest, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    """The ZIP file, to the one person who asked for it, while they may have it."""
    now = timezone.now()
    user = cast(User, request.user)
    found = get_object_or_404(user.exports.filter(state=ExportState.READY), pk=pk)
    subject = Subject(user, found.scope, found.object_id)
    if found.expires_at is None or found.expires_at <= now or not may_have(subject):
        raise Http404
    services.note_download(export=found, now=now)
    name = f"gagyo-{found.scope}-{timezone.localdate(found.created_at):%Y-%m-%d}.zip"
    response = StreamingHttpResponse(_parts(found), content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Content-Length"] = str(found.size)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _parts(export: DataExport) -> Iterator[bytes]:
    """One at a time: the file may be larger than a web process should hold."""
    for number in export.parts.values_list("number", flat=True):
        yield bytes(export.parts.values_list("content", flat=True).get(number=number))


@login_required
@require_POST
@reauthentication_required
def erasure(request: HttpRequest) -> HttpResponse:
    try:
        services.ask_erasure(user=cast(User, request.user), now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your wish is noted. You get a mail that says what follows."))
    return redirect("accounts:data")


@login_required
@require_POST
def erasure_cancel(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    waiting = user.erasure_requests.filter(state=ErasureState.WAITING).first()
    try:
        if waiting is not None:
            services.cancel_erasure(request=waiting, now=timezone.now())
    except StateChanged as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your account stays."))
    return redirect("accounts:data")
