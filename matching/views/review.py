"""The review queue: three columns, one decision after the other, by keyboard if one likes."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from common.permissions import require
from matching import services
from matching.choices import MatchState
from matching.forms.dossier import AskForm
from matching.forms.queue import ReviewFilterForm, SendBackForm, query_of, wanted_of
from matching.forms.review import HoldForm, RejectForm
from matching.models import Match, ReviewClaim
from matching.permissions import can_confirm, can_decide, can_supervise_reviews
from matching.queries.desk import default_view, desk_rows
from matching.queries.queue import (
    COUNT_LIMIT,
    FOLDERS,
    QUEUE_SIZE,
    Wanted,
    count_up_to,
    queue_rows,
    review_matches,
)
from matching.queries.review import find_match, review_panel
from matching.queries.terms import ReviewTerms, review_terms
from matching.views.dossier import firm_names

DECISIONS: Final = ("approve", "reject", "hold", "send-back")
FORMS: Final = {"reject": RejectForm, "hold": HoldForm, "send-back": SendBackForm}


@staff_page()
@require_safe
def review(request: SignedInRequest) -> HttpResponse:
    """The queue with its next match opened; without any filter as the reviewer's own view."""
    if not request.GET and (view := default_view(request.user)) is not None:
        return redirect(f"{reverse('matching:review')}?{view.address}")
    upcoming = services.open_next(
        wanted=_wanted(request), reviewer=request.user, now=timezone.now()
    )
    return open_bench(request, find_match(upcoming.pk) if upcoming else None)


@staff_page()
@require_safe
def review_match(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The queue with this match opened; it is the reviewer's unless somebody else looks at it."""
    match = opened(pk)
    services.release_claims(reviewer=request.user, keep=match.pk)
    return open_bench(request, match)


@staff_page()
@require_safe
def review_filter(request: SignedInRequest) -> HttpResponse:
    """The form of the filter, filled; fetched when it is opened."""
    context = {
        "filter_form": ReviewFilterForm(request.GET),
        "wanted": _wanted(request),
        "query": _filters(request),
    }
    return render(request, "matching/review/filter.html", context)


@staff_page()
@require_safe
def review_queue(request: SignedInRequest) -> HttpResponse:
    """The list alone, as it is after a decision; `open` is the match that stands beside it."""
    pk = _uuid(request.GET.get("open", ""))
    if not request.htmx:
        return redirect("matching:review")
    match = Match.objects.filter(pk=pk).first() if pk else None
    context = _queue(request, match, review_terms(), now=timezone.now())
    return render(request, "matching/review/queue.html", context)


@staff_page()
@require_POST
def review_decide(request: SignedInRequest, pk: UUID, decision: str) -> HttpResponse:
    """Approve, reject, hold or send back, then the next match; a faulty form comes back open."""
    if decision not in DECISIONS:
        raise Http404
    match = get_object_or_404(Match, pk=pk)
    require(can_decide(request.user, match))
    form = FORMS[decision](request.POST) if decision in FORMS else None
    if form is not None and not form.is_valid():
        name = f"{decision.replace('-', '_')}_form"
        context: dict[str, Any] = {name: form}
        return open_bench(request, opened(pk), status=422, **context)
    try:
        toast = _decide(match, decision, form.cleaned_data if form else {}, request.user)
    except GagyoError as error:
        messages.warning(request, str(error))
        return _show(request, match)
    upcoming = services.open_next(
        wanted=_wanted(request), reviewer=request.user, after=match, now=timezone.now()
    )
    undone = None if decision == "send-back" else match
    return _show(request, upcoming, toast=toast, undone=undone)


@staff_page()
@require_POST
def review_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a decision back and show the match again."""
    match = get_object_or_404(Match.objects.with_sides(), pk=pk)
    require(can_decide(request.user, match))
    try:
        services.undo_decision(match=match, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Your decision is taken back."))
    return _show(request, match)


@staff_page()
@require_POST
def review_claim(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The open page says each minute that it is still looked at; with `take_over` the match is
    taken from the one who looks at it."""
    match = get_object_or_404(Match.objects.select_related("decided_by"), pk=pk)
    takes_over = "take_over" in request.POST
    claim = services.claim_match(
        match=match, reviewer=request.user, takes_over=takes_over, now=timezone.now()
    )
    if takes_over:
        return _show(request, match)
    context = {"match": match, "claim": claim, "is_mine": _is_mine(claim, request)}
    return render(request, "matching/review/claim.html", context)


@staff_page()
@require_POST
def review_release(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page was left: somebody else may be given the match."""
    services.release_claims(reviewer=request.user, only=pk)
    return HttpResponse(status=204)


def _decide(match: Match, decision: str, data: dict[str, Any], actor: Any) -> str:
    now = timezone.now()
    if decision == "approve":
        services.approve_match(match=match, actor=actor, now=now)
        if match.state == MatchState.PROPOSED:
            return _("Approved. It waits for a second reviewer now.")
        minutes = round(settings.MATCH_GRACE.total_seconds() / 60)
        return _("Approved. The mails go out in %(minutes)s minutes.") % {"minutes": minutes}
    if decision == "send-back":
        services.send_back(match=match, note=data["note"], actor=actor, now=now)
        return _("Sent back to the first reviewer.")
    if decision == "reject":
        services.reject_match(
            match=match, reason=data["reason"], note=data["note"], actor=actor, now=now
        )
        return _("Rejected.")
    services.hold_match(match=match, until=data["until"], note=data["note"], actor=actor, now=now)
    return _("On hold.")


def opened(pk: UUID) -> Match:
    """The match with all that its page shows; 404 without one."""
    match = find_match(pk)
    if match is None:
        raise Http404
    return match


def _filters(request: SignedInRequest) -> str:
    """The filters travel in the address of every request, decisions included."""
    chosen = request.GET.copy()
    for name in ("after", "filter", "open"):
        chosen.pop(name, None)
    return chosen.urlencode()


def _shows_filter(request: SignedInRequest) -> bool:
    return "filter" in request.GET or (_wanted(request).narrows and "view" not in request.GET)


def _wanted(request: SignedInRequest) -> Wanted:
    """Worked out once for a request."""
    if not hasattr(request, "wanted"):
        request.wanted = wanted_of(request.GET.dict())  # type: ignore[attr-defined]
    wanted: Wanted = request.wanted  # type: ignore[attr-defined]
    return wanted


def _show(
    request: SignedInRequest,
    match: Match | None,
    *,
    toast: str = "",
    undone: Match | None = None,
) -> HttpResponse:
    """Answer a decision: the workbench in place for htmx, else the page of the next match."""
    query = _filters(request)
    address = reverse("matching:review_match", args=[match.pk]) if match else ""
    address = f"{address or reverse('matching:review')}{'?' + query if query else ''}"
    if not request.htmx:
        if toast:
            messages.success(request, toast)
        return redirect(address)
    shown = find_match(match.pk) if match else None
    # The list follows by itself: whoever decides waits for the next match alone.
    response = open_bench(request, shown, keeps_queue=shown is not None, toast=toast, undone=undone)
    response.headers["HX-Push-Url"] = address
    return response


def open_bench(
    request: SignedInRequest,
    match: Match | None,
    *,
    status: int = 200,
    keeps_queue: bool = False,
    **context: Any,
) -> HttpResponse:
    """The page, or for htmx the workbench, with this match opened.

    `keeps_queue`: the browser keeps the list that it has and then asks for it anew.
    """
    now = timezone.now()
    terms = review_terms()
    claim = services.claim_match(match=match, reviewer=request.user, now=now) if match else None
    fragment = request.htmx and not request.htmx.history_restore_request
    panel = review_panel(match, now=now) if match else None
    context = {
        **({} if keeps_queue else _queue(request, match, terms, now=now)),
        "keeps_queue": keeps_queue,
        "match": match,
        "panel": panel,
        "ask_form": AskForm(firms=firm_names(match)) if match else None,
        "terms": terms,
        "due_at": terms.due_at(match) if match else None,
        "claim": claim,
        "is_mine": _is_mine(claim, request),
        "may_confirm": bool(match and can_confirm(request.user, match)),
        "needs_two": bool(match and terms.needs_two(match)),
        "may_supervise": bool(can_supervise_reviews(request.user)),
        "reject_form": RejectForm(),
        "hold_form": HoldForm(),
        "send_back_form": SendBackForm(),
        "query": _filters(request),
        "now": now,
        **context,
    }
    template = "matching/review/page.html" + ("#workbench" if fragment else "")
    return render(request, template, context, status=status)


def _queue(
    request: SignedInRequest, match: Match | None, terms: ReviewTerms, *, now: datetime
) -> dict[str, Any]:
    """The list with its filters, and the matches before and after the one that is open."""
    wanted = _wanted(request)
    found = review_matches(wanted, user=request.user, now=now, terms=terms)
    rows = queue_rows(found, after=_position(request))
    queue = desk_rows(rows[:QUEUE_SIZE], user=request.user, terms=terms, now=now)
    return {
        **_neighbours(queue, match),
        # Else it comes when it is opened: the list need not wait for it.
        "filter_form": ReviewFilterForm(request.GET) if _shows_filter(request) else None,
        "wanted": wanted,
        "folders": FOLDERS,
        "queue": queue,
        "last": queue[-1].match if len(rows) > QUEUE_SIZE else None,
        "is_continued": "after" in request.GET,
        "total": count_up_to(found),
        "count_limit": COUNT_LIMIT,
        "match": match,
        "may_supervise": bool(can_supervise_reviews(request.user)),
        "view": request.GET.get("view", ""),
        "query": _filters(request),
        "filters": query_of(request.GET.dict()) if wanted.narrows else {"folder": wanted.folder},
        "now": now,
    }


def _neighbours(queue: list[Any], match: Match | None) -> dict[str, Match | None]:
    """The matches before and after this one in the list; nobody's who is looked at."""
    ids = [row.match.pk for row in queue]
    at = ids.index(match.pk) if match and match.pk in ids else None
    if at is None:
        return {"previous": None, "following": None}
    free = [row.match for row in queue[:at] if row.claim is None]
    rest = (row.match for row in queue[at + 1 :] if row.claim is None)
    return {"previous": free[-1] if free else None, "following": next(rest, None)}


def _position(request: SignedInRequest) -> Match | None:
    """Where the list goes on; an unknown place is its beginning."""
    pk = _uuid(request.GET.get("after", ""))
    return Match.objects.only("priority", "decided_at").filter(pk=pk).first() if pk else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _is_mine(claim: ReviewClaim | None, request: SignedInRequest) -> bool:
    return claim is None or claim.reviewer_id == request.user.pk
