"""The association's figures, and the rows behind them: the registry and the cache of the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import Problem
from api.pagination import Cursor
from api.permissions import ForStaff
from api.resources.figure_shapes import (
    BY,
    UNITS,
    FiguresSerializer,
    FigureWholeSerializer,
    RowsSerializer,
)
from api.views import View
from common.permissions import require
from insights.definitions import FIGURES, GROUP_OF, GROUPS, Figure, Measure, Source
from insights.forms.scope import ScopeForm
from insights.models import Counting
from insights.permissions import can_export_figures
from insights.queries.figures import Line, Value, breakdown, is_narrowed, rows_behind, values
from insights.queries.scope import Scope as Rows
from matching.choices import Direction
from taxonomy.models import Sector

RANGE: Final = [
    OpenApiParameter("from", date, description="First day; the last 12 months unless said."),
    OpenApiParameter("to", date, description="Last day, which counts."),
    OpenApiParameter("sector", str, description="Code of a sector."),
    OpenApiParameter("direction", str, enum=Direction.values),
]
#: What is told of a row behind a figure: {name: field}.
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    Source.JOURNEYS: {
        "match": "match_id",
        "buyer": "buyer_id",
        "seller": "seller_id",
        "direction": "direction",
        "state": "state",
        "reason": "end_reason",
        "proposed_at": "proposed_at",
        "decided_at": "decided_at",
        "introduced_at": "introduced_at",
        "met_on": "met_on",
        "contract_on": "contract_on",
    },
    Source.DECISIONS: {
        "match": "match_id",
        "buyer": "buyer_id",
        "seller": "seller_id",
        "direction": "direction",
        "decision": "decision",
        "proposed_at": "proposed_at",
        "decided_at": "decided_at",
    },
    Source.RATINGS: {
        "match": "match_id",
        "side": "side",
        "score": "score",
        "intention": "intention",
        "answered_at": "at",
    },
    Source.FIRMS: {
        "company": "pk",
        "country": "country",
        "employees": "employees",
        "registered_at": "created_at",
        "proposals": "proposals",
        "approvals": "approvals",
        "introductions": "introductions",
    },
    Source.MAILS: {
        "mail": "pk",
        "kind": "kind",
        "language": "language",
        "state": "state",
        "written_at": "created_at",
        "handed_over_at": "handed_over_at",
        "delivered_at": "delivered_at",
    },
    Source.REFUSALS: {
        "address": "address",
        "category": "category",
        "reason": "reason",
        "since": "created_at",
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are asked about, and in what words."""

    rows: Rows
    sector: str

    @property
    def as_json(self) -> dict[str, Any]:
        counting = Counting.objects.first()
        return {
            "first": self.rows.first.isoformat(),
            "last": self.rows.last.isoformat(),
            "sector": self.sector or None,
            "direction": self.rows.direction or None,
            "counted_at": counting and counting.counted_at,
        }


def asked_of(request: Request) -> Asked:
    """The pages' own form; what makes no sense is a 422 here."""
    given = request.query_params
    if blank := [name for name in ("from", "to") if given.get(name) == ""]:
        said = _("These parameters have no value: %(names)s.") % {"names": ", ".join(blank)}
        faults = [{"parameter": name, "code": "blank", "detail": said} for name in blank]
        raise Problem("invalid", said, errors=faults)
    query = QueryDict(mutable=True)
    for name, field in (
        ("from", "first"),
        ("to", "last"),
        *((n, n) for n in ("sector", "direction")),
    ):
        if name in given:
            query[field] = given[name]
    if query.get("last"):
        query.setdefault("period", "own")
    form = ScopeForm(query, today=timezone.localdate())
    scope = form.scope()
    names = {"first": "from", "last": "to"}
    if form.errors:
        raise Problem(
            "invalid",
            errors=[
                {
                    "parameter": names.get(field, field),
                    "code": fault.code or "invalid",
                    "detail": message,
                }
                for field, faults in form.errors.as_data().items()
                for fault in faults
                for message in fault.messages
            ],
        )
    return Asked(scope, given.get("sector", ""))


class Figures(ForStaff, View):
    """Figures of matching, satisfaction, fairness, mail and work, as the pages count them."""

    scopes = (Scope.DATA,)

    @extend_schema(
        operation_id="insights_list",
        summary="List figures",
        parameters=[*RANGE, OpenApiParameter("group", str, enum=list(GROUPS))],
        responses=FiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every figure with its definition and its value in the range."""
        asked = asked_of(request)
        group = request.query_params.get("group", "")
        if group and group not in GROUPS:
            raise _parameter("group", group)
        codes = GROUPS[group].figures if group else tuple(FIGURES)
        found = values(codes, asked.rows)
        return Response(
            {
                "scope": asked.as_json,
                "figures": [_figure(FIGURES[code]) | _value(found[code]) for code in codes],
            }
        )


class FigureDetail(ForStaff, View):
    """One figure: its value, that of the period before, and its parts."""

    scopes = (Scope.DATA,)

    @extend_schema(
        summary="Read a figure",
        parameters=[*RANGE, OpenApiParameter("by", str, enum=BY)],
        responses=FigureWholeSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """A figure, and with `by` the lines of a breakdown."""
        figure = _found(code)
        asked = asked_of(request)
        by = request.query_params.get("by", "")
        if by and by not in _dimensions(figure):
            raise _parameter("by", by)
        now, before = (values([code], each)[code] for each in (asked.rows, asked.rows.before()))
        return Response(
            {
                **_figure(figure),
                **_value(now),
                "scope": asked.as_json,
                "before": _value(before),
                "lines": _lines(figure, asked.rows, by) if by else [],
            }
        )


class FigureRows(ForStaff, View):
    """The rows a figure is counted from: as many as its value says."""

    scopes = (Scope.DATA,)
    ordering = ("pk",)

    @extend_schema(
        summary="List the rows behind a figure",
        parameters=[
            *RANGE,
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses=RowsSerializer,
        examples=[
            OpenApiExample(
                "Journeys",
                response_only=True,
                value={
                    "results": [
                        {
                            "match": "5f0c1a2e-7a39-4a8e-9d0b-6f2f8b1f4c11",
                            "direction": "kr_to_jp",
                            "state": "introduced",
                            "proposed_at": "2026-05-04T02:00:00Z",
                        }
                    ],
                    "next": None,
                    "previous": None,
                },
            )
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """Every row, in no particular order, once."""
        figure = _found(code)
        require(can_export_figures(request.user))
        asked = asked_of(request)
        pages = Cursor()
        page = pages.paginate_queryset(rows_behind(figure, asked.rows), request, self)
        return pages.get_paginated_response([_row(figure, row) for row in page or []])


def _found(code: str) -> Figure:
    if code not in FIGURES:
        raise Http404
    return FIGURES[code]


def _dimensions(figure: Figure) -> list[str]:
    return [
        each.dimension
        for each in GROUP_OF[figure.code].breakdowns
        if figure.code in each.figures and each.dimension in BY
    ]


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "code": figure.code,
        "group": GROUP_OF[figure.code].code,
        "label": str(figure.label),
        "definition": str(figure.counted),
        "dated": str(figure.dated),
        "unit": UNITS[figure.measure],
        "by": _dimensions(figure),
        "is_narrowed": is_narrowed(figure),
    }


def _value(value: Value) -> dict[str, Any]:
    number = value.number
    if isinstance(number, timedelta):
        number = number.total_seconds()
    return {
        "value": None if value.is_too_small else number,
        "rows": value.rows,
        "base": value.base,
        "interval": value.interval and list(value.interval),
    }


def _lines(figure: Figure, rows: Rows, by: str) -> list[dict[str, Any]]:
    """The lines of the page's own table, so that both are counted once."""
    table = next(
        each
        for each in GROUP_OF[figure.code].breakdowns
        if each.dimension == by and figure.code in each.figures
    )
    found: list[Line] = breakdown(table.figures, rows, by)
    codes = dict(Sector.objects.values_list("pk", "code")) if by == "sector" else {}

    def key(value: Any) -> str:
        if by == "month":
            return f"{value:%Y-%m}"
        return str(codes.get(value, value))

    return [
        {"key": key(line.key), "label": line.label, **_value(line.values[figure.code])}
        for line in found
    ]


def _row(figure: Figure, row: Any) -> dict[str, Any]:
    told = {name: getattr(row, field) for name, field in COLUMNS[figure.source].items()}
    if figure.value and figure.measure != Measure.GINI:
        told["seconds"] = row.number_behind.total_seconds()
    return told


def _parameter(name: str, value: str) -> Problem:
    return Problem(
        "invalid", errors=[{"parameter": name, "code": "invalid_choice", "detail": value}]
    )
