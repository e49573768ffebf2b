"""Long tables as files, written while they are read: memory stays the same however many rows."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from common.spreadsheets import neutral_cell

BOM: Final = "\ufeff"
Row = Mapping[str, Any]


class _Line:
    """What csv writes into: the line comes back as the value of `writerow`."""

    def write(self, text: str) -> str:
        return text


def as_csv(columns: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """Begins with a byte order mark, for spreadsheets; no cell is run as a formula."""
    names = list(columns)
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(names)
    for row in rows:
        yield writer.writerow([neutral_cell(_cell(row.get(name))) for name in names])


def as_jsonl(columns: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """One object a line."""
    names = list(columns)
    for row in rows:
        yield _json({name: row.get(name) for name in names}) + "\n"


Writer = Callable[[Iterable[str], Iterable[Row]], Iterator[str]]
FORMATS: Final[dict[str, tuple[str, Writer]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson", as_jsonl),
}


def streamed(
    name: str, form: str, columns: Iterable[str], rows: Iterable[Row]
) -> StreamingHttpResponse:
    """The file `name`.`form` as a download; `form` is one of FORMATS."""
    content_type, write = FORMATS[form]
    response = StreamingHttpResponse(write(columns, rows), content_type=content_type)
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, f"{name}.{form}") or ""
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return _json(value) if value else ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
