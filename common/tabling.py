"""Long tables as files, written while they are read: memory stays the same however many rows.

How a file that broke off is told from a whole one: the transfer ends without its last chunk, which
HTTP clients report; JSON lines with a tally lack their last line; a workbook opens nowhere.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

from common import workbooks
from common.codepages import UTF8, encoded
from common.spreadsheets import neutral_cell

BOM: Final = "\ufeff"
#: The key of the last line of JSON lines that are counted.
END: Final = "end"
_CHUNK: Final = 1 << 15
Row = Mapping[str, Any]
Label = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the key of JSON lines; people read `label` above it, and `words` for its codes.

    Several values of one cell are parted by `separator`.
    """

    name: str
    label: Label = ""
    words: Mapping[Any, Label] = field(default_factory=dict)
    separator: str = "; "


@dataclass(slots=True)
class Tally:
    """What has been written so far. `has_end`: JSON lines tell it in a last line of their own."""

    rows: int = 0
    substituted: int = 0
    has_end: bool = False


def as_csv(
    columns: Iterable[str | Column],
    rows: Iterable[Row],
    encoding: str = UTF8,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """In UTF-8 it begins with a byte order mark, for spreadsheets; no cell is run as a formula.

    Signs that another encoding lacks become `codepages.SUBSTITUTE` and are counted.
    """
    tally = tally or Tally()
    shown = [_Shown(column) for column in columns]
    lines = (
        [neutral_cell(_text(column.cell(row))) for column in shown] for row in _counted(rows, tally)
    )
    text = csv_text([column.head for column in shown], lines, has_mark=encoding == UTF8)
    return _encoded(text, encoding, tally)


def csv_text(
    header: Sequence[str], lines: Iterable[Sequence[str]], *, has_mark: bool = True
) -> Iterator[str]:
    """The lines as written, in pieces of some size; their cells must be neutral already."""
    writer = csv.writer(_Line())
    parts = [BOM if has_mark else "", writer.writerow(header)]
    size = 0
    for line in lines:
        text = writer.writerow(line)
        parts.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield "".join(parts)
            parts, size = [], 0
    if parts:
        yield "".join(parts)


def as_jsonl(
    columns: Iterable[str | Column],
    rows: Iterable[Row],
    encoding: str = UTF8,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """One object a line, always UTF-8; with `tally.has_end` the last is `{"end": {"rows": N}}`."""
    names = [column if isinstance(column, str) else column.name for column in columns]
    tally = tally or Tally()
    parts: list[str] = []
    size = 0
    for row in _counted(rows, tally):
        line = _json({name: row.get(name) for name in names})
        parts += [line, "\n"]
        size += len(line)
        if size >= _CHUNK:
            yield "".join(parts).encode()
            parts, size = [], 0
    if tally.has_end:
        parts += [_json({END: {"rows": tally.rows}}), "\n"]
    if parts:
        yield "".join(parts).encode()


def as_xlsx(
    columns: Iterable[str | Column],
    rows: Iterable[Row],
    encoding: str = UTF8,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """A workbook (see `common.workbooks`)."""
    tally = tally or Tally()
    shown = [_Shown(column) for column in columns]
    cells = ([column.cell(row) for column in shown] for row in _counted(rows, tally))
    return workbooks.as_workbook([column.head for column in shown], cells)


Writer = Callable[
    [Iterable[str | Column], Iterable[Row], str, Tally | None],
    Iterator[bytes],
]
#: suffix → (content type, writer)
FORMATS: Final[dict[str, tuple[str, Writer]]] = {
    "csv": ("text/csv", as_csv),
    "xlsx": (workbooks.CONTENT_TYPE, as_xlsx),
    "jsonl": ("application/x-ndjson", as_jsonl),
}


def written(
    form: str,
    columns: Iterable[str | Column],
    rows: Iterable[Row],
    *,
    encoding: str = UTF8,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """The file in pieces; `form` is one of FORMATS, `encoding` one of `codepages.ENCODINGS`."""
    return FORMATS[form][1](columns, rows, encoding, tally)


def streamed(
    name: str,
    form: str,
    columns: Iterable[str | Column],
    rows: Iterable[Row],
    *,
    encoding: str = UTF8,
) -> StreamingHttpResponse:
    """The file `name`.`form` as a download."""
    return download(name, form, written(form, columns, rows, encoding=encoding), encoding=encoding)


def download(
    name: str, form: str, content: Iterable[bytes], *, encoding: str = UTF8
) -> StreamingHttpResponse:
    """`content`, what `written` gives, as the download `name`.`form`."""
    kind = FORMATS[form][0]
    charset = "" if kind == workbooks.CONTENT_TYPE else f"; charset={_CHARSETS[encoding]}"
    response = StreamingHttpResponse(content, content_type=f"{kind}{charset}")
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, f"{name}.{form}") or ""
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


#: As HTTP calls the encodings.
_CHARSETS: Final = {UTF8: "utf-8", "cp949": "windows-949", "cp932": "windows-31j"}


class _Line:
    """What csv writes into: the line comes back as the value of `writerow`."""

    def write(self, text: str) -> str:
        return text


class _Shown:
    """A column as people read it, in the language that is active when the file is begun."""

    def __init__(self, column: str | Column) -> None:
        self.column = Column(column) if isinstance(column, str) else column
        self.name = self.column.name
        self.head = str(self.column.label) or self.name
        self.words = {code: str(word) for code, word in self.column.words.items()}
        # A plain name stands for a column of programs: what is in it stays as it is.
        self.separator = "" if isinstance(column, str) else self.column.separator

    def cell(self, row: Row) -> Any:
        value = row.get(self.name)
        if isinstance(value, list | tuple) and self.separator:
            return self.separator.join(str(self.words.get(each, each)) for each in value)
        if isinstance(value, dict | list):
            return _json(value) if value else ""
        return self.words.get(value, value) if self.words else value


def _counted(rows: Iterable[Row], tally: Tally) -> Iterator[Row]:
    for row in rows:
        tally.rows += 1
        yield row


def _encoded(parts: Iterable[str], encoding: str, tally: Tally) -> Iterator[bytes]:
    for text in parts:
        data, substituted = encoded(text, encoding)
        tally.substituted += substituted
        yield data


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
