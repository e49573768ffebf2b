"""Lists brought in: handed in, checked and written by a worker, watched, and taken back."""

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import mixins, parsers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import Problem
from api.permissions import is_for
from api.resources.import_shapes import (
    HandInSerializer,
    ImportSerializer,
    ImportWholeSerializer,
    RevertSerializer,
    RowErrorSerializer,
    read_rows_into_sheet,
)
from api.views import Resource
from common.localisation import active_language
from common.permissions import require
from companies.choices import ImportState
from companies.importing import error_file
from companies.importing.mapping import PRESET_BY_CODE, guess_columns, named_columns
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import file_fault
from companies.models import Company, ImportJob, ImportRowError
from companies.permissions import can_edit_company, can_import
from companies.services import imports as services
from companies.services.reverting import revert_import

HEAVY = ("content", "preview", "forecast", "corrects__content")
ANY = (Scope.FIRM, Scope.REVIEWER, Scope.DATA)
WRITERS = (Scope.FIRM, Scope.DATA)
STARTED = OpenApiExample(
    "Under way",
    response_only=True,
    value={
        "id": "5d9c0d7e-0c0e-4a1b-9a63-2c1a5d4be7aa",
        "state": "checking",
        "filename": "firms.csv",
        "rows": {"total": 0, "done": 0, "bad": 0},
    },
)


class ImportFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=ImportState.choices)
    company = django_filters.UUIDFilter(field_name="company_id", label="one of the caller's firms")
    created_since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")


class Imports(mixins.ListModelMixin, Resource):
    """Staff see and start imports of public lists; firms those of their own items."""

    scopes = ANY
    queryset = ImportJob.objects.none()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    parser_classes: ClassVar = [parsers.JSONParser, parsers.MultiPartParser]
    ordering = ("-created_at", "pk")
    lookup_value_regex = "[0-9a-f-]{36}"

    def most_bytes(self, request: Request) -> int:
        if (request.content_type or "").startswith("multipart/"):
            return int(settings.IMPORT_MAX_BYTES) + super().most_bytes(request)
        return super().most_bytes(request)

    def get_queryset(self) -> models.QuerySet[ImportJob]:
        user = self.request.user
        rows = ImportJob.objects.defer(*HEAVY).select_related("requested_by", "corrects", "company")
        if user.is_association_staff and is_for(self.request, Scope.REVIEWER, Scope.DATA):
            return rows.filter(company=None)
        return rows.filter(company__in=Company.objects.of_member(user).order_by().values("pk"))

    @extend_schema(summary="Imports, newest first")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="How far an import is", responses=ImportWholeSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._told(self.get_object(), status.HTTP_200_OK)

    @extend_schema(
        summary="Hand in a list",
        description=(
            "A file (CSV in any usual encoding, XLSX, or a web table), or `rows` as objects. "
            "Columns are recognised by their headers unless `columns` says what they mean. Every "
            "row is checked first; with `dry_run` that is all, and `start` writes the good ones."
        ),
        request={"application/json": HandInSerializer, "multipart/form-data": HandInSerializer},
        responses={202: ImportWholeSerializer},
        examples=[
            OpenApiExample(
                "Rows",
                request_only=True,
                value={
                    "rows": [{"number": "1208800767", "name": "가교전자"}],
                    "columns": {"number": "official_number", "name": "name_ko"},
                    "country": "KR",
                    "source_list": "members-2026",
                    "dry_run": True,
                },
            ),
            STARTED,
        ],
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = HandInSerializer(data=request.data, context={"request": request})
        if not (isinstance(request.data, dict) and request.data.get("company")):
            self._require_staff(request)
        form.is_valid(raise_exception=True)
        try:
            with transaction.atomic():
                job = self._hand_in(request, form.validated_data)
        except UnreadableFile as error:
            raise _unreadable(error) from error
        return self._told(job, status.HTTP_202_ACCEPTED)

    def _require_staff(self, request: Request) -> None:
        """Whoever names no firm brings in a public list, if that is theirs to do at all."""
        if request.user.is_association_staff:
            if not is_for(request, Scope.DATA):
                raise Problem("wrong-scope")
            require(can_import(request.user))

    def _hand_in(self, request: Request, given: dict[str, Any]) -> ImportJob:
        company = given.get("company")
        now = timezone.now()
        if company:
            require(can_edit_company(request.user, company))
        file = given.get("file")
        job = services.create_import(
            filename=file.name if file else given["filename"],
            content=file.read() if file else read_rows_into_sheet(given["rows"]),
            company=company,
            item_kind=given.get("item_kind", ""),
            corrects=self._corrected(given),
            actor=request.user,
            now=now,
        )
        preset = PRESET_BY_CODE.get(given.get("preset", ""))
        columns = {int(position): code for position, code in job.columns.items()}
        if preset:
            columns = guess_columns(job.header, preset)
            job.preset, job.country = preset.code, preset.country
            job.source_list = preset.source_list
        if given.get("columns"):
            columns = named_columns(job.header, given["columns"])
        return services.map_columns(
            job=job,
            columns=columns,
            country=given.get("country") or job.country,
            source_list=given.get("source_list") or job.source_list,
            preset=job.preset,
            is_all_or_nothing=given["all_or_nothing"],
            save_as=given.get("save_as", ""),
            starts_when_checked=not given["dry_run"],
            actor=request.user,
            now=now,
        )

    def _corrected(self, given: dict[str, Any]) -> ImportJob | None:
        wanted = given.get("corrects")
        found = self.get_queryset().filter(pk=wanted).first() if wanted else None
        if wanted and found is None:
            raise Problem(
                "invalid", errors=[{"pointer": "/corrects", "code": "does_not_exist", "detail": ""}]
            )
        return found

    @extend_schema(
        summary="Write the good rows of a checked import",
        request=None,
        responses={202: ImportWholeSerializer},
        examples=[STARTED],
    )
    @action(detail=True, methods=["post"], scopes=WRITERS)
    def start(self, request: Request, pk: str) -> Response:
        """Write the good rows."""
        return self._move(request, services.start_import)

    @extend_schema(
        summary="Give an import up",
        description="At once before it writes, else before its next rows: what is written stays.",
        request=None,
        responses={202: ImportWholeSerializer},
        examples=[STARTED],
    )
    @action(detail=True, methods=["post"], scopes=WRITERS)
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the import up."""
        return self._move(request, services.cancel_import)

    @extend_schema(
        summary="Take an import back",
        description=(
            "What it made is deleted, what it changed is as it was. When something was built on "
            "one of its rows nothing is taken back, unless `of_rest` asks for all the others."
        ),
        request=RevertSerializer,
        responses={202: ImportWholeSerializer},
        examples=[
            OpenApiExample("Taken back", request_only=True, value={"reason": "The wrong list."}),
            STARTED,
        ],
    )
    @action(detail=True, methods=["post"], scopes=WRITERS)
    def revert(self, request: Request, pk: str) -> Response:
        """Take the import back."""
        job = self._writable(request)
        form = RevertSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        revert_import(
            job=job,
            reason=form.validated_data["reason"],
            is_of_rest=form.validated_data["of_rest"],
            actor=request.user,
            now=timezone.now(),
        )
        return self._told(job, status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="What is wrong with the rows of an import",
        responses=RowErrorSerializer(many=True),
    )
    @action(detail=True, filterset_class=None, ordering=("line", "pk"))
    def errors(self, request: Request, pk: str) -> Response:
        """Every fault by line and column."""
        rows = ImportRowError.objects.filter(job=self.get_object())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RowErrorSerializer(page, many=True).data)

    @extend_schema(
        summary="The bad rows as a file",
        description="Correct it and hand it in again with `corrects`.",
        parameters=[
            OpenApiParameter(
                "encoding", enum=sorted(error_file.ENCODINGS), description="UTF-8 unless said."
            )
        ],
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path="error-file", filterset_class=None)
    def error_file(self, request: Request, pk: str) -> HttpResponse | StreamingHttpResponse:
        """The bad rows with their faults."""
        job = self.get_object()
        encoding = request.query_params.get("encoding", next(iter(error_file.ENCODINGS)))
        if encoding not in error_file.ENCODINGS:
            raise _parameter("encoding", "invalid_choice", ", ".join(error_file.ENCODINGS))
        if not error_file.is_writable(error_file.error_rows(job), encoding):
            raise _parameter("encoding", "unwritable", error_file.ENCODINGS[encoding])
        blocks = error_file.csv_blocks(
            error_file.error_rows(job), encoding=encoding, language=active_language()
        )
        charset = encoding.removesuffix("-sig")
        told = StreamingHttpResponse(blocks, content_type=f"text/csv; charset={charset}")
        name = job.filename.rpartition(".")[0] or job.filename
        told.headers["Content-Disposition"] = (
            content_disposition_header(True, f"{name}-errors.csv") or ""
        )
        return told

    def _writable(self, request: Request) -> ImportJob:
        job: ImportJob = self.get_object()
        if job.company:
            require(can_edit_company(request.user, job.company))
        else:
            self._require_staff(request)
        return job

    def _move(self, request: Request, service: Callable[..., ImportJob]) -> Response:
        job = service(job=self._writable(request), actor=request.user, now=timezone.now())
        return self._told(job, status.HTTP_202_ACCEPTED)

    def _told(self, job: ImportJob, code: int) -> Response:
        """The status of the import; whoever waits asks its `Location` again."""
        present = ImportJob.objects.defer("content", "corrects__content").get(pk=job.pk)
        context = self.get_serializer_context()
        answer = Response(ImportWholeSerializer(present, context=context).data, status=code)
        if code != status.HTTP_200_OK:
            answer.headers["Location"] = f"/api/v1/imports/{job.pk}/"
        return answer


def _unreadable(error: UnreadableFile) -> Problem:
    is_large = error.code in ("too_large", "zip_bomb")
    detail = file_fault(error.code, **error.details)
    of_columns = ("column", "country", "missing_of_list")
    field = "columns" if any(word in error.code for word in of_columns) else "file"
    field = "country" if error.code == "no_country" else field
    return Problem(
        "too-large" if is_large else "invalid",
        detail,
        errors=[{"pointer": f"/{field}", "code": error.code, "detail": detail}],
    )


def _parameter(name: str, code: str, detail: str) -> Problem:
    return Problem("invalid", errors=[{"parameter": name, "code": code, "detail": detail}])
