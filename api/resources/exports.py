"""Tables to take along: CSV, Excel and JSON lines, written while they are read."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import exceptions, mixins, renderers, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from api.choices import ExportKind, Scope
from api.errors import Problem
from api.exporting import TABLES, Caller, rows_of
from api.filters import unknown_parameters
from api.models import Export
from api.resources.export_filters import FILTERS, OF_FIRMS
from api.services import begin_export, watched
from api.views import Resource
from common import tabling
from common.codepages import ENCODINGS
from common.localisation import LANGUAGES, active_language

HEADERS: Final = ("labels", "names")
OPTIONS: Final = ("format", "encoding", "headers", "language")
PARAMETERS: Final = [
    OpenApiParameter(
        "format",
        enum=list(tabling.FORMATS),
        description="The form of the file; `Accept` may say it as well. CSV when neither does.",
    ),
    OpenApiParameter(
        "encoding",
        enum=list(ENCODINGS),
        description="Of CSV: UTF-8 with a byte order mark, or a code page of Korean (cp949) or "
        "Japanese (cp932) Windows. A character that the code page lacks becomes 〓; the export's "
        "own resource counts them.",
    ),
    OpenApiParameter(
        "headers",
        enum=list(HEADERS),
        description="Of CSV and Excel: `labels` in the caller's language with worded values, or "
        "`names`, the keys and codes of JSON lines.",
    ),
    OpenApiParameter(
        "language",
        enum=list(LANGUAGES),
        description="Of labels, worded values and reasons; without it that of `Accept-Language`.",
    ),
]
RESPONSES: Final = {(200, kind): OpenApiTypes.BINARY for kind, _writer in tabling.FORMATS.values()}


class _Form(renderers.BaseRenderer):
    """Chosen by `?format=` or `Accept`; it renders problems only, as what they are."""

    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()


class CsvForm(_Form):
    media_type, format = tabling.FORMATS["csv"][0], "csv"


class XlsxForm(_Form):
    media_type, format = tabling.FORMATS["xlsx"][0], "xlsx"


class JsonLinesForm(_Form):
    media_type, format = tabling.FORMATS["jsonl"][0], "jsonl"


class Negotiation(DefaultContentNegotiation):
    def filter_renderers(self, renderers: Iterable[Any], format: str) -> list[Any]:
        """An unknown format is no unknown address."""
        if found := [each for each in renderers if each.format == format]:
            return found
        raise exceptions.NotAcceptable


class Exports(Resource):
    """What a person or program may read, as one file."""

    scopes = (Scope.FIRM, Scope.REVIEWER, Scope.DATA)
    renderer_classes = (CsvForm, XlsxForm, JsonLinesForm)
    content_negotiation_class = Negotiation
    pagination_class = None
    queryset = Export.objects.none()
    serializer_class = inline_serializer("ExportedRow", {})
    kind: ClassVar[str]

    @property
    def filterset_class(self) -> Any:
        is_described = getattr(self, "swagger_fake_view", False)
        sees_all = is_described or self._caller().sees_all
        return (FILTERS if sees_all else OF_FIRMS)[self.kind]

    def get_queryset(self) -> models.QuerySet[Any]:
        return TABLES[self.kind].rows(self._caller())

    def handle_exception(self, exc: Exception) -> HttpResponse:
        """A browser whose session is over is led to the log-in and from there to the file; a
        program is told a problem."""
        accepted = self.request.headers.get("Accept", "")
        is_browser = "text/html" in accepted and "Authorization" not in self.request.headers
        if is_browser and isinstance(exc, exceptions.NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        answer: HttpResponse = super().handle_exception(exc)
        return answer

    def list(self, request: Request) -> StreamingHttpResponse:
        self._require_known_parameters(request)
        form: str = request.accepted_renderer.format
        encoding = self._option(request, "encoding", ENCODINGS)
        headers = self._option(request, "headers", HEADERS)
        if "language" in request.query_params:
            translation.activate(self._option(request, "language", LANGUAGES))
        found = self.filter_queryset(self.get_queryset())
        name = f"gagyo-{self.kind}-{timezone.localdate():%Y-%m-%d}"
        if request.method == "HEAD":
            return tabling.download(name, form, [], encoding=encoding)
        caller, table = self._caller(), TABLES[self.kind]
        filters = {
            key: values if len(values) > 1 else values[0]
            for key, values in sorted(request.query_params.lists())
            if key not in OPTIONS
        }
        export = begin_export(
            kind=self.kind,
            form=form,
            encoding=encoding,
            filters=filters,
            actor=request.user,
            now=timezone.now(),
        )
        tally = tabling.Tally(has_end=True)
        columns = table.columns(caller)
        parts = tabling.written(
            form,
            columns if headers == "labels" else [column.name for column in columns],
            rows_of(table, found, caller, language=active_language()),
            encoding=encoding,
            tally=tally,
        )
        content = watched(parts, export=export, tally=tally, actor=request.user)
        answer = tabling.download(name, form, content, encoding=encoding)
        answer.headers["Export-Id"] = str(export.pk)
        return answer

    def _caller(self) -> Caller:
        return Caller.of(self.request.user, self.request.auth)

    def _require_known_parameters(self, request: Request) -> None:
        """A filter with a slip of the pen must not become an export of everything."""
        known = {*OPTIONS, *self.filterset_class.base_filters}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise unknown_parameters(unknown)

    def _option(self, request: Request, name: str, choices: tuple[str, ...]) -> str:
        value: str = request.query_params.get(name, choices[0])
        if value not in choices:
            said = _("“%(name)s” is one of: %(choices)s.") % {
                "name": name,
                "choices": ", ".join(choices),
            }
            fault = {"parameter": name, "code": "invalid_choice", "detail": said}
            raise Problem("invalid", said, errors=[fault])
        return value


def _exports(kind: str, summary: str) -> type[Exports]:
    """The resource of one kind of table."""
    made = type(
        f"{kind.capitalize()}Export",
        (Exports,),
        {"__doc__": summary, "kind": kind},
    )
    described = extend_schema(
        operation_id=f"export_{kind}",
        summary=summary,
        parameters=PARAMETERS,
        responses=RESPONSES,
        filters=True,
    )
    whole: type[Exports] = extend_schema_view(list=described)(made)
    return whole


EXPORTS: Final = {
    ExportKind.MATCHES: _exports("matches", "Matches with scores, answers and reasons as a file"),
    ExportKind.COMPANIES: _exports("companies", "Companies as a file"),
    ExportKind.NEEDS: _exports("needs", "Needs as a file"),
    ExportKind.OFFERINGS: _exports("offerings", "Offerings as a file"),
    ExportKind.OUTCOMES: _exports("outcomes", "What came of introductions as a file"),
}


class ExportSerializer(serializers.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = (
            "id",
            "kind",
            "format",
            "encoding",
            "filters",
            "state",
            "rows",
            "substituted",
            "began_at",
            "ended_at",
        )


class TakenExports(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """One's own exports: what each held, and whether it came to its end."""

    scopes = (Scope.FIRM, Scope.REVIEWER, Scope.DATA)
    serializer_class = ExportSerializer
    queryset = Export.objects.none()
    ordering = ("-began_at", "pk")
    lookup_value_regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

    def get_queryset(self) -> models.QuerySet[Export]:
        return Export.objects.filter(user=self.request.user)
