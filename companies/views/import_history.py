"""Imports that were: the list of them, what one did, and taking it back."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role, staff_page
from common.errors import GagyoError
from companies.choices import ImportState
from companies.forms.imports import ImportFilterForm, RevertForm
from companies.importing.forecast import told_differences
from companies.models import ImportJob
from companies.services.reverting import can_be_reverted, revert_import

PAGE_SIZE: Final = 50
TWINS: Final = 3
HEAVY: Final = ("content", "header", "preview", "columns", "forecast")
# A file that was only looked at, or came to nothing, was not imported.
CAME_IN: Final = (ImportState.QUEUED, ImportState.RUNNING, ImportState.DONE)


@staff_page()
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    form = ImportFilterForm(request.GET or None)
    jobs = ImportJob.objects.filter(company=None).defer(*HEAVY).select_related("requested_by")
    if form.is_bound and form.is_valid():
        jobs = _filtered(jobs, form.cleaned_data)
    context = {
        "page": Paginator(jobs, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "may_import": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
    }
    return render(request, "companies/imports/list.html", context)


def _filtered(jobs: QuerySet[ImportJob], wanted: dict[str, Any]) -> QuerySet[ImportJob]:
    if words := wanted["q"]:
        jobs = jobs.filter(Q(filename__icontains=words) | Q(source_list__icontains=words))
    if wanted["state"]:
        jobs = jobs.filter(state=wanted["state"])
    if wanted["by"]:
        jobs = jobs.filter(requested_by=wanted["by"])
    if wanted["since"]:
        jobs = jobs.filter(created_at__date__gte=wanted["since"])
    return jobs


def history_of(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    """What an import would do, did, and what became of it since."""
    held = job.changes.exclude(kept="")
    return {
        "twins": twins_of(job),
        "corrections": job.corrections.only("filename", "state", "created_at"),
        "differences": told_differences(job) if job.state == ImportState.CHECKED else [],
        "can_revert": can_be_reverted(job),
        "revert_form": RevertForm(initial={"reason": job.revert_reason}),
        "held": Paginator(held, PAGE_SIZE).get_page(request.GET.get("kept")),
        "reverted": reverted_of(job),
    }


def reverted_of(job: ImportJob) -> dict[str, int] | None:
    """How many lines of the journal were taken back, of how many; None when nobody asked."""
    if job.revert_asked_at is None:
        return None
    total = job.changes.count()
    return {"total": total, "done": job.changes.exclude(reverted_at=None).count()}


def twins_of(job: ImportJob) -> QuerySet[ImportJob]:
    """The latest imports of the very same file, of whoever may see this one."""
    same = ImportJob.objects.filter(sha256=job.sha256, company=job.company_id, state__in=CAME_IN)
    if job.item_kind:
        same = same.filter(item_kind=job.item_kind)
    return same.exclude(pk=job.pk).defer(*HEAVY).select_related("requested_by")[:TWINS]


def revert(request: HttpRequest, job: ImportJob) -> HttpResponse:
    """Take an import back, of whomever it is; the caller has asked whether this person may."""
    form = RevertForm(request.POST)
    page = "companies:own_import_detail" if job.company_id else "companies:import_detail"
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors.get("reason", []))))
        return redirect(page, pk=job.pk)
    try:
        revert_import(
            job=job,
            is_of_rest=form.cleaned_data["is_of_rest"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    return redirect(page, pk=job.pk)


def original_file(job: ImportJob) -> HttpResponse:
    """Always to keep, never to show inside a page of ours."""
    answer = HttpResponse(bytes(job.content), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, job.filename) or ""
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
