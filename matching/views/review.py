"""The review queue: three columns, one decision after the other, by keyboard if one likes."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from common.permissions import require
from matching import services
from matching.forms.review import HoldForm, RejectForm, ReviewFilterForm
from matching.models import Match
from matching.permissions import can_decide
from matching.queries.queue import FOLDERS, QUEUE_SIZE, next_match, review_matches
from matching.queries.review import find_match, review_panel

DECISIONS: Final = ("approve", "reject", "hold")


@staff_page()
@require_safe
def review(request: SignedInRequest) -> HttpResponse:
    """The queue with its first match opened."""
    wanted = ReviewFilterForm(request.GET).wanted()
    first = review_matches(wanted, user=request.user, today=timezone.localdate()).first()
    return _workbench(request, find_match(first.pk) if first else None)


@staff_page()
@require_safe
def review_match(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The queue with this match opened."""
    return _workbench(request, _get(pk))


@staff_page()
@require_POST
def review_decide(request: SignedInRequest, pk: UUID, decision: str) -> HttpResponse:
    """Approve, reject or hold, and show the next match; a faulty form comes back open."""
    if decision not in DECISIONS:
        raise Http404
    match = _get(pk)
    require(can_decide(request.user, match))
    forms = {"reject": RejectForm, "hold": HoldForm}
    form = forms[decision](request.POST) if decision in forms else None
    if form is not None and not form.is_valid():
        return _workbench(request, match, status=422, **{f"{decision}_form": form})
    try:
        toast = _decide(match, decision, form.cleaned_data if form else {}, request.user)
    except GagyoError as error:
        messages.warning(request, str(error))
        return _show(request, match)
    upcoming = next_match(_queue(request), match)
    return _show(request, upcoming, toast=toast, undone=match)


@staff_page()
@require_POST
def review_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a decision back and show the match again."""
    match = _get(pk)
    require(can_decide(request.user, match))
    try:
        services.undo_decision(match=match, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Your decision is taken back."))
    return _show(request, match)


def _decide(match: Match, decision: str, data: dict[str, Any], actor: Any) -> str:
    now = timezone.now()
    if decision == "approve":
        services.approve_match(match=match, actor=actor, now=now)
        minutes = round(settings.MATCH_GRACE.total_seconds() / 60)
        return _("Approved. The mails go out in %(minutes)s minutes.") % {"minutes": minutes}
    if decision == "reject":
        services.reject_match(
            match=match, reason=data["reason"], note=data["note"], actor=actor, now=now
        )
        return _("Rejected.")
    services.hold_match(match=match, until=data["until"], note=data["note"], actor=actor, now=now)
    return _("On hold.")


def _get(pk: UUID) -> Match:
    match = find_match(pk)
    if match is None:
        raise Http404
    return match


def _filters(request: SignedInRequest) -> QueryDict:
    """The filters travel in the address of every request, decisions included."""
    return request.GET


def _queue(request: SignedInRequest) -> Any:
    wanted = ReviewFilterForm(_filters(request)).wanted()
    return review_matches(wanted, user=request.user, today=timezone.localdate())


def _show(
    request: SignedInRequest,
    match: Match | None,
    *,
    toast: str = "",
    undone: Match | None = None,
) -> HttpResponse:
    """Answer a decision: the workbench in place for htmx, else the page of the next match."""
    query = _filters(request).urlencode()
    address = reverse("matching:review_match", args=[match.pk]) if match else ""
    address = f"{address or reverse('matching:review')}{'?' + query if query else ''}"
    if not request.htmx:
        if toast:
            messages.success(request, toast)
        return redirect(address)
    shown = find_match(match.pk) if match else None
    response = _workbench(request, shown, toast=toast, undone=undone)
    response.headers["HX-Push-Url"] = address
    return response


def _workbench(
    request: SignedInRequest, match: Match | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    form = ReviewFilterForm(_filters(request))
    wanted = form.wanted()
    found = review_matches(wanted, user=request.user, today=timezone.localdate())
    queue = list(found[:QUEUE_SIZE])
    position = next((i for i, each in enumerate(queue) if match and each.pk == match.pk), None)
    now = timezone.now()
    context = {
        "filter_form": form,
        "wanted": wanted,
        "folders": FOLDERS,
        "queue": queue,
        "total": found.count(),
        "match": match,
        "panel": review_panel(match, now=now) if match else None,
        "may_decide": bool(match and can_decide(request.user, match)),
        "previous": queue[position - 1] if position else None,
        "following": (
            queue[position + 1] if position is not None and position + 1 < len(queue) else None
        ),
        "reject_form": RejectForm(),
        "hold_form": HoldForm(),
        "query": _filters(request).urlencode(),
        "now": now,
        **context,
    }
    fragment = request.htmx and not request.htmx.history_restore_request
    template = "matching/review/page.html" + ("#workbench" if fragment else "")
    return render(request, template, context, status=status)
