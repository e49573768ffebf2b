"""A firm brings its own list of offerings or needs in: the staff's importer, for its own items."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import StateChanged
from common.localisation import active_language
from common.permissions import require
from companies.choices import ImportState
from companies.forms.imports import ColumnsForm, OwnUploadForm
from companies.importing.catalogue import label_of
from companies.importing.reading import sample_rows
from companies.importing.template import template_workbook
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import file_fault
from companies.models import ImportJob, Membership
from companies.permissions import can_edit_company, can_write_as
from companies.services import imports as services
from companies.views.current import CurrentFirm, member_page
from companies.views.import_history import revert, twins_of
from companies.views.imports import (
    SAMPLES,
    bad_rows,
    corrected_import,
    pages_of,
    progress,
    result_of,
)

SHOWN_BEFORE: Final = 10
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def own_import_new(request: SignedInRequest, firm: CurrentFirm, kind: str) -> HttpResponse:
    form = OwnUploadForm(request.POST or None, request.FILES or None)
    corrects = corrected_import(request, ImportJob.objects.filter(company=firm.company))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = services.create_import(
                filename=file.name,
                content=file.read(),
                company=firm.company,
                item_kind=kind,
                corrects=corrects,
                actor=request.user,
                now=timezone.now(),
            )
        except UnreadableFile as error:
            form.add_error("file", file_fault(error.code, **error.details))
        else:
            return redirect("companies:own_import_detail", pk=job.pk)
    context = {
        "firm": firm,
        "form": form,
        "kind": kind,
        "corrects": corrects,
        "earlier": firm.company.imports.filter(item_kind=kind).defer("content")[:SHOWN_BEFORE],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "companies/imports/own_new.html", context, status=status)


@member_page()
@require_safe
def own_import_template(request: SignedInRequest, firm: CurrentFirm, kind: str) -> HttpResponse:
    """An empty list with our headers, in the reader's language."""
    language = active_language()
    content = BytesIO()
    template_workbook(kind, language=language).save(content)
    answer = HttpResponse(content.getvalue(), content_type=XLSX)
    name = f"gagyo-{kind}s-{language}.xlsx"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_import_detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What is next for this import: its columns, its progress, its preview or its result."""
    job = _own_job(request, pk)
    may_import = bool(can_edit_company(request.user, job.company))
    if request.method == "POST":
        require(can_edit_company(request.user, job.company))
        return _map(request, job)
    is_mapping = job.state == ImportState.UPLOADED or (
        job.state == ImportState.CHECKED and "map" in request.GET
    )
    if is_mapping and may_import:
        return _mapping_page(request, job, ColumnsForm(job=job))
    if request.htmx:
        return progress(request, job)
    context = result_of(request, job) | {
        "may_import": may_import,
        "columns": [(job.header[int(at)], label_of(code)) for at, code in job.columns.items()],
    }
    return render(request, "companies/imports/detail.html", context)


@login_required
@require_POST
def own_import_start(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, services.start_import)


@login_required
@require_POST
def own_import_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, services.cancel_import)


@login_required
@require_POST
def own_import_revert(request: SignedInRequest, pk: UUID) -> HttpResponse:
    job = _own_job(request, pk)
    require(can_edit_company(request.user, job.company))
    return revert(request, job)


@login_required
@require_safe
def own_import_errors(request: SignedInRequest, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    return bad_rows(request, _own_job(request, pk))


def _own_job(request: SignedInRequest, pk: UUID) -> Any:
    """404 to everybody but the firm's own people."""
    own = Membership.objects.filter(user=request.user).values("company")
    jobs = ImportJob.objects.filter(company__in=own).defer("content", "corrects__content")
    people = jobs.select_related("requested_by", "company", "revert_by", "corrects")
    return get_object_or_404(people, pk=pk)


def _move(request: SignedInRequest, pk: UUID, service: Callable[..., ImportJob]) -> HttpResponse:
    job = _own_job(request, pk)
    require(can_edit_company(request.user, job.company))
    try:
        service(job=job, actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.warning(request, str(error))
    return redirect("companies:own_import_detail", pk=pk)


def _mapping_page(request: SignedInRequest, job: ImportJob, form: ColumnsForm) -> HttpResponse:
    samples = sample_rows(job, SAMPLES)
    context = {
        "job": job,
        "form": form,
        "pages": pages_of(job),
        "twins": twins_of(job),
        "columns": [
            (field, [row[position] for row in samples])
            for position, field in zip(form.positions, form.column_fields(), strict=True)
        ],
    }
    status = 422 if form.is_bound else 200
    return render(request, "companies/imports/own_mapping.html", context, status=status)


def _map(request: SignedInRequest, job: ImportJob) -> HttpResponse:
    form = ColumnsForm(request.POST, job=job)
    if not form.is_valid():
        return _mapping_page(request, job, form)
    try:
        services.map_columns(
            job=job,
            columns=form.columns,
            country=job.country,
            source_list="",
            is_all_or_nothing=form.cleaned_data["is_all_or_nothing"],
            actor=request.user,
            now=timezone.now(),
        )
    except UnreadableFile as error:
        form.add_error(None, file_fault(error.code, **error.details))
        return _mapping_page(request, _own_job(request, job.pk), form)
    except StateChanged as error:
        messages.warning(request, str(error))
    return redirect("companies:own_import_detail", pk=job.pk)
