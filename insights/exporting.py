"""Figures as files for spreadsheets."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from common.spreadsheets import neutral_cell
from common.tabling import csv_text


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """With the byte order mark that tells spreadsheets it is UTF-8; no cell is ever a formula."""
    lines = (["" if cell is None else neutral_cell(str(cell)) for cell in row] for row in rows)
    return csv_text([str(cell) for cell in header], lines)


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file to keep."""
    content = "".join(csv_lines(header, rows)).encode()
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    return response
