"""Matching runs: start one, watch it, stop it; and the prospects that a run found."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from common.localisation import active_language
from common.permissions import require
from matching import services
from matching.choices import ChangeKind, MatchState, PolicyState, RunState
from matching.failing import failure_of
from matching.forms.review import RunForm
from matching.forms.runs import RunChangeForm
from matching.models import Match, MatchPolicy, MatchRun
from matching.permissions import can_run
from matching.queries.runs import (
    by_sector,
    changes_of,
    kept_by_kind,
    last_run,
    lines_of,
    next_nightly_run,
    progress_of,
)
from matching.wording import sentences

PAGE_SIZE = 25
ENDED = (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED)


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def runs(request: SignedInRequest) -> HttpResponse:
    """Full runs, or with `firms` those of one firm each, newest first; and the form for another."""
    form = RunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        require(can_run(request.user))
        now = timezone.now()
        started = services.request_run(
            policy=services.ensure_default_policy(now=now),
            sector=form.cleaned_data["sector"],
            includes_prospects=form.cleaned_data["includes_prospects"],
            actor=request.user,
            now=now,
        )
        return redirect("matching:run", pk=started.pk)
    of_firms = "firms" in request.GET
    found = MatchRun.objects.writing().filter(company__isnull=not of_firms)
    found = found.select_related("policy", "sector", "requested_by", "company")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "of_firms": of_firms,
        "may_run": bool(can_run(request.user)),
        "next_night": next_nightly_run(timezone.now()),
        "active": MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first(),
    }
    return render(request, "matching/runs/list.html", context)


@staff_page()
@require_safe
def run(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One run: its progress, fetched anew until it has ended, then what it did and how that
    differs from the run before."""
    found = get_object_or_404(
        MatchRun.objects.select_related("policy", "sector", "requested_by", "company"), pk=pk
    )
    if found.is_simulation:
        return redirect("matching:simulation", pk=found.simulation.pk)
    context = {
        "run": found,
        "has_ended": found.state in ENDED,
        "progress": progress_of(found, timezone.now()),
        "failure": failure_of(found.failure) if found.failure else None,
        "may_run": bool(can_run(request.user)),
    }
    if request.htmx and not request.htmx.history_restore_request:
        if found.state in ENDED:
            # What it did stands below the progress: the whole page anew.
            answer = HttpResponse()
            answer.headers["HX-Refresh"] = "true"
            return answer
        return render(request, "matching/runs/run.html#progress", context)
    if found.state == RunState.COMPLETED:
        context |= _result(request, found)
    return render(request, "matching/runs/run.html", context)


def _result(request: SignedInRequest, found: MatchRun) -> dict[str, Any]:
    last = last_run(found)
    form = RunChangeForm(request.GET)
    wanted = form.wanted
    kept = kept_by_kind(found)
    total = {
        "came": (found.summary.get("new") or 0) + (found.summary.get("reopened") or 0),
        "went": found.summary.get("withdrawn") or 0,
        "moved": found.summary.get("moved") or 0,
    }
    page = Paginator(changes_of(found, **wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    kinds = ChangeKind.choices
    return {
        "last": last,
        "lines": lines_of(found, last),
        "by_sector": by_sector(found),
        "change_form": form,
        "kind": wanted["kind"],
        "kinds": [(code, label, total[code], kept[code]) for code, label in kinds],
        "page": page,
    }


@staff_page()
@require_POST
def run_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, services.cancel_run, _("The run is being stopped."))


@staff_page()
@require_POST
def run_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, services.retry_run, _("The run is waiting again."))


@staff_page()
@require_safe
def prospects(request: SignedInRequest) -> HttpResponse:
    """Matches with unclaimed firms, best first: whom to invite, and why. Nobody is mailed."""
    found = (
        Match.objects.filter(is_prospect=True, state=MatchState.PROPOSED)
        .select_related("need__company", "offering__company")
        .order_by("-value", "pk")
    )
    if words := request.GET.get("q", "").strip()[:100]:
        found = found.naming(words)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    language = active_language()
    rows = [(match, sentences(match, language=language)) for match in page]
    return render(
        request, "matching/runs/prospects.html", {"page": page, "rows": rows, "words": words}
    )


def _act(request: SignedInRequest, pk: UUID, service: object, success: str) -> HttpResponse:
    require(can_run(request.user))
    found = get_object_or_404(MatchRun.objects.writing(), pk=pk)
    try:
        service(run=found, actor=request.user, now=timezone.now())  # type: ignore[operator]
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, success)
    return redirect("matching:run", pk=pk)
