"""Staff bring lists in: hand in a file, say what its columns mean, look, import."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role, staff_page
from common.errors import StateChanged
from common.localisation import active_language
from common.permissions import require
from companies.choices import ImportState
from companies.forms.imports import MappingForm, StartingPointForm, UploadForm
from companies.importing import error_file
from companies.importing.mapping import (
    FIELDS,
    PRESET_BY_CODE,
    guess_columns,
    named_columns,
    nearest_preset,
)
from companies.importing.reading import sample_rows
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import cell_fault, file_fault, told_fault
from companies.models import ImportJob, SavedMapping
from companies.services import imports as services
from companies.views.import_history import (
    history_of,
    original_file,
    revert,
    reverted_of,
    twins_of,
)

PAGE_SIZE: Final = 50
SAMPLES: Final = 3
AT_WORK: Final = (
    ImportState.CHECKING,
    ImportState.QUEUED,
    ImportState.RUNNING,
    ImportState.REVERTING,
)
# What a form sends besides its file.
FORM_BYTES: Final = 64 * 1024
BLOCK: Final = 64 * 1024
# A refused file is read to its end and thrown away, so that the browser hears the answer; one
# that is larger than this is cut off.
READ_AWAY: Final = 1 << 30


@csrf_exempt  # The token is checked in `_upload`: the check reads the body, however large it is.
@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length <= settings.IMPORT_MAX_BYTES + FORM_BYTES:
        return _upload(request)
    left = min(length, READ_AWAY)
    while left > 0 and (block := request.read(BLOCK)):
        left -= len(block)
    form = UploadForm({}, {})
    form.errors["file"] = form.error_class(
        [file_fault("too_large", most=settings.IMPORT_MAX_BYTES >> 20)]
    )
    return render(
        request, "companies/imports/new.html", {"form": form, "corrects": None}, status=413
    )


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    corrects = corrected_import(request, ImportJob.objects.filter(company=None))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = services.create_import(
                filename=file.name,
                content=file.read(),
                corrects=corrects,
                actor=request.user,
                now=timezone.now(),
            )
        except UnreadableFile as error:
            form.add_error("file", file_fault(error.code, **error.details))
        else:
            return redirect("companies:import_detail", pk=job.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "corrects": corrects}
    return render(request, "companies/imports/new.html", context, status=status)


def corrected_import(request: HttpRequest, among: QuerySet[ImportJob]) -> ImportJob | None:
    """The import named in the address whose bad rows are handed in again."""
    named = request.GET.get("corrects", "")
    try:
        return among.defer("content").filter(pk=UUID(named)).first() if named else None
    except ValueError:
        return None


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is next for this import: its columns, its progress, its preview or its result."""
    job = _job(pk)
    if request.method == "POST":
        require(has_staff_role(request.user, StaffRole.SUPERVISOR))
        return _map(request, job)
    is_mapping = job.state == ImportState.UPLOADED or (
        job.state == ImportState.CHECKED and "map" in request.GET
    )
    if is_mapping and _may_import(request):
        return _mapping_page(request, job)
    if request.htmx:  # type: ignore[attr-defined]
        return progress(request, job)
    context = result_of(request, job) | {
        "may_import": _may_import(request),
        "list_label": PRESET_BY_CODE[job.preset].label if job.preset else "",
        "columns": [(job.header[int(at)], FIELDS[code][0]) for at, code in job.columns.items()],
    }
    return render(request, "companies/imports/detail.html", context)


def result_of(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    """What the page of an import shows, of whomever it is."""
    errors = Paginator(job.errors.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return history_of(request, job) | {
        "job": job,
        "is_at_work": job.state in AT_WORK,
        "errors": errors,
        "said": [(error, cell_fault(error.code)) for error in errors],
        "failure": told_fault(job.failure) if job.failure else "",
        "good": job.rows_total - job.rows_bad,
        "encodings": error_file.ENCODINGS,
        "pages": pages_of(job),
    }


def pages_of(job: ImportJob) -> dict[str, str]:
    """The URL names of an import's pages."""
    prefix = "companies:own_import" if job.company_id else "companies:import"
    names = ("detail", "start", "cancel", "errors", "new", "revert")
    return {name: f"{prefix}_{name}" for name in names}


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def import_start(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, services.start_import)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def import_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, services.cancel_import)


@staff_page()
@require_safe
def import_errors(request: HttpRequest, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    return bad_rows(request, _job(pk))


def bad_rows(request: HttpRequest, job: ImportJob) -> HttpResponse | StreamingHttpResponse:
    """The bad rows as a file, to be corrected and handed in again."""
    encoding = request.GET.get("encoding", "")
    encoding = encoding if encoding in error_file.ENCODINGS else next(iter(error_file.ENCODINGS))
    if not error_file.is_writable(error_file.error_rows(job), encoding):
        messages.error(
            request,
            _("The bad rows hold characters that %(encoding)s cannot write. Take UTF-8.")
            % {"encoding": error_file.ENCODINGS[encoding]},
        )
        return redirect(pages_of(job)["detail"], pk=job.pk)
    blocks = error_file.csv_blocks(
        error_file.error_rows(job), encoding=encoding, language=active_language()
    )
    charset = encoding.removesuffix("-sig")
    answer = StreamingHttpResponse(blocks, content_type=f"text/csv; charset={charset}")
    name = job.filename.rpartition(".")[0] or job.filename
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{name}-errors.csv")
    return answer


def _job(pk: UUID) -> ImportJob:
    lists = ImportJob.objects.filter(company=None).defer("content", "corrects__content")
    people = lists.select_related("requested_by", "revert_by", "corrects")
    return get_object_or_404(people, pk=pk)


def _may_import(request: HttpRequest) -> bool:
    return bool(has_staff_role(request.user, StaffRole.SUPERVISOR))


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def import_revert(request: HttpRequest, pk: UUID) -> HttpResponse:
    return revert(request, _job(pk))


@staff_page(StaffRole.SUPERVISOR)
@require_safe
def import_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file as it was handed in; who takes it is noted."""
    job = get_object_or_404(ImportJob.objects.filter(company=None, forgotten_at=None), pk=pk)
    services.record_download(job=job, actor=request.user, now=timezone.now())
    return original_file(job)


def _move(request: HttpRequest, pk: UUID, service: Callable[..., ImportJob]) -> HttpResponse:
    try:
        service(job=_job(pk), actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.warning(request, str(error))
    return redirect("companies:import_detail", pk=pk)


def progress(request: HttpRequest, job: ImportJob) -> HttpResponse:
    """The moving part of the page; when the work is over the whole page is asked for again."""
    if job.state not in AT_WORK:
        answer = HttpResponse()
        answer.headers["HX-Refresh"] = "true"
        return answer
    context = {
        "job": job,
        "good": job.rows_total - job.rows_bad,
        "pages": pages_of(job),
        "reverted": reverted_of(job),
    }
    return render(request, "companies/imports/detail.html#progress", context)


def _mapping_page(
    request: HttpRequest, job: ImportJob, form: MappingForm | None = None
) -> HttpResponse:
    saved = services.fitting_mappings(job.header)
    use = request.GET.get("use", "")
    if form is None:
        _begin_with(job, use, saved)
        form = MappingForm(job=job)
    near = None if job.preset else nearest_preset(job.header)
    samples = sample_rows(job, SAMPLES)
    context = {
        "job": job,
        "pages": pages_of(job),
        "twins": twins_of(job),
        "form": form,
        "start_form": StartingPointForm({"use": use}, saved=saved),
        "columns": [
            (field, [row[position] for row in samples])
            for position, field in zip(form.positions, form.column_fields(), strict=True)
        ],
        "list_label": PRESET_BY_CODE[job.preset].label if job.preset else "",
        "near": near,
        "near_missing": ", ".join(near.missing(job.header)) if near else "",
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "companies/imports/mapping.html", context, status=status)


def _begin_with(job: ImportJob, use: str, saved: list[SavedMapping]) -> None:
    """Set in memory what the mapping form shows first."""
    kind, _sign, code = use.partition(":")
    chosen = next((each for each in saved if str(each.pk) == code), None)
    if kind == "preset" and (preset := PRESET_BY_CODE.get(code)):
        columns = guess_columns(job.header, preset)
        job.preset, job.country = preset.code, preset.country
        job.source_list = preset.source_list
    elif kind == "saved" and chosen:
        columns = named_columns(job.header, chosen.columns)
        for name, value in chosen.defaults.items():
            setattr(job, name, value)
    else:
        return
    job.columns = {str(position): field for position, field in columns.items()}


def _map(request: HttpRequest, job: ImportJob) -> HttpResponse:
    form = MappingForm(request.POST, job=job)
    if not form.is_valid():
        return _mapping_page(request, job, form)
    given = form.cleaned_data
    try:
        services.map_columns(
            job=job,
            columns=form.columns,
            country=given["country"],
            source_list=given["source_list"],
            preset=given["preset"],
            is_all_or_nothing=given["is_all_or_nothing"],
            save_as=given["save_as"],
            actor=request.user,
            now=timezone.now(),
        )
    except UnreadableFile as error:
        form.add_error(None, file_fault(error.code, **error.details))
        return _mapping_page(request, _job(job.pk), form)
    except StateChanged as error:
        messages.warning(request, str(error))
    return redirect("companies:import_detail", pk=job.pk)
