"""The rows behind a figure, and files of figures and rows."""

from collections.abc import Iterator
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.permissions import require
from insights.definitions import FIGURES, GROUP_OF, GROUPS, Figure, Measure
from insights.exporting import csv_lines
from insights.permissions import can_export_figures
from insights.queries.figures import is_narrowed, rows_behind, values
from insights.queries.scope import Scope
from insights.views.columns import COLUMNS, cells, ordered
from insights.views.pages import scope_context
from insights.views.showing import (
    Shown,
    duration_text,
    plain_number,
    sections,
    tables,
)

PAGE_SIZE: Final = 50
CHUNK: Final = 2000


@staff_page()
@require_safe
def figure(request: SignedInRequest, code: str) -> HttpResponse:
    """One figure: what it means, what it was before, and every row it was counted from."""
    asked = _get(code)
    context = scope_context(request)
    scope = context["scope"]
    page = Paginator(ordered(asked.source, rows_behind(asked, scope)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    now, before = (values([code], each)[code] for each in (scope, scope.before()))
    context |= {
        "group": GROUP_OF[code],
        "shown": Shown(asked, now, before),
        "whole": FIGURES.get(asked.of),
        "is_duration": bool(asked.value) and asked.measure != Measure.GINI,
        "is_narrowed": is_narrowed(asked),
        "columns": COLUMNS[asked.source],
        "page": page,
        "rows": [(cells(asked.source, row), _duration(asked, row)) for row in page],
    }
    return render(request, "insights/figure.html", context)


@staff_page()
@require_safe
def figure_file(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Every row behind a figure, as a file for spreadsheets."""
    require(can_export_figures(request.user))
    asked = _get(code)
    scope = scope_context(request)["scope"]
    return _csv(f"gagyo-{code}", scope, _row_lines(asked, scope))


@staff_page()
@require_safe
def group_file(request: SignedInRequest, code: str) -> HttpResponseBase:
    """The figures of one group with all breakdowns, as a file for spreadsheets."""
    require(can_export_figures(request.user))
    if code not in GROUPS:
        raise Http404
    scope = scope_context(request)["scope"]
    return _csv(f"gagyo-{code}", scope, _figure_lines(code, scope))


def _get(code: str) -> Figure:
    if code not in FIGURES:
        raise Http404
    return FIGURES[code]


def _duration(asked: Figure, row: Any) -> str:
    """The waiting time of one row of a median."""
    if not asked.value or asked.measure == Measure.GINI:
        return ""
    return duration_text(row.number_behind)


def _row_lines(asked: Figure, scope: Scope) -> Iterator[list[str]]:
    has_days = bool(asked.value) and asked.measure != Measure.GINI
    head = [str(column.label) for column in COLUMNS[asked.source]]
    yield [*head, *([_("Days")] if has_days else [])]
    for row in ordered(asked.source, rows_behind(asked, scope)).iterator(chunk_size=CHUNK):
        told = [cell.text for cell in cells(asked.source, row)]
        days = [f"{row.number_behind.total_seconds() / 86_400:.6f}"] if has_days else []
        yield [*told, *days]


def _figure_lines(code: str, scope: Scope) -> Iterator[list[str]]:
    yield [
        _("First day"), _("Last day"), _("Broken down by"), _("Group"), _("Code"), _("Figure"),
        _("Value"), _("Rows"), _("Out of"),
    ]  # fmt: skip
    days = [scope.first.isoformat(), scope.last.isoformat()]
    for section in sections(GROUPS[code], scope):
        for row in section.rows:
            yield [*days, "", "", *_numbers(row)]
    for table in tables(GROUPS[code], scope):
        for label, rows in table.lines:
            for row in rows:
                yield [*days, str(table.asked.title), label, *_numbers(row)]


def _numbers(shown: Shown) -> list[str]:
    value = shown.value
    base = "" if value.base is None else str(value.base)
    number = "" if value.is_too_small else plain_number(value)
    return [shown.figure.code, str(shown.figure.label), number, str(value.rows), base]


def _csv(name: str, scope: Scope, lines: Iterator[list[str]]) -> StreamingHttpResponse:
    """The first of the lines is the header."""
    written = csv_lines(next(lines), lines)
    answer = StreamingHttpResponse(written, content_type="text/csv; charset=utf-8")
    filename = f"{name}-{scope.first}-{scope.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
