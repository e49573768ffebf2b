"""Workbooks (XLSX) written while their rows are read: the first bytes leave before the last row.

The parts are those of ECMA-376 that every spreadsheet reads: a ZIP archive without a temporary
file, text as inline strings. Its directory is the last thing written: a workbook that broke off
opens nowhere.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import RawIOBase
from typing import Any, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone

from common.spreadsheets import is_formula

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet holds at most; more rows go on, below the same header, on the next one.
MOST_ROWS: Final = 1_048_576
MOST_SIGNS: Final = 32_767
CUT: Final = "…"
# Beyond this a part of a ZIP archive needs the 64-bit form, which not every spreadsheet reads.
_MOST_BYTES: Final = 1_500_000_000
_CHUNK: Final = 1 << 16
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A spreadsheet knows no zones: local time is counted as if it were UTC.
_DAY_ZERO: Final = datetime(1899, 12, 30, tzinfo=UTC)
_DAY: Final = 86_400
# Styles by their place in `cellXfs`.
_HEAD, _DATE, _MOMENT, _QUOTED = 1, 2, 3, 4

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
_SHEET_HEAD: Final = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" defaultColWidth="18"/>'
    "<sheetData>"
)
_SHEET_TAIL: Final = "</sheetData></worksheet>"


class _Pipe(RawIOBase):
    """A file that can only be written: what ZipFile has put in is taken out again."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self.parts)
        self.parts.clear()
        return taken


def as_workbook(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "Gagyo",
    most_rows: int = MOST_ROWS,
) -> Iterator[bytes]:
    """A workbook of `rows`; more than `most_rows` of them, header included, fill several sheets.

    Numbers, days and moments (in local time) stay what they are; everything else is text, never a
    formula: what looks like one is marked as quoted, so that it stays text when it is edited.
    """
    pipe = _Pipe()
    found = iter(rows)
    head = _row(header, style=_HEAD)
    sheets = 0
    with ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=4) as archive:
        archive.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/styles.xml", _STYLES)
        following = next(found, None)
        while following is not None or sheets == 0:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                parts, size, total, count = [_SHEET_HEAD, head], 0, 0, 1
                while following is not None and count < most_rows and total < _MOST_BYTES:
                    line = _row(following)
                    parts.append(line)
                    size += len(line)
                    count += 1
                    following = next(found, None)
                    if size >= _CHUNK:
                        total += sheet.write("".join(parts).encode())
                        parts, size = [], 0
                        if taken := pipe.take():
                            yield taken
                sheet.write("".join([*parts, _SHEET_TAIL]).encode())
        archive.writestr("xl/workbook.xml", _workbook(title, sheets))
        targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
        )
        archive.writestr("[Content_Types].xml", _content_types(sheets))
    yield pipe.take()


def _row(cells: Sequence[Any], style: int = 0) -> str:
    return f"<row>{''.join([_cell(cell, style) for cell in cells])}</row>"


def _cell(value: Any, style: int) -> str:
    if value is None or value == "":
        return "<c/>"
    if value is True or value is False:
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if value.tzinfo else value
        spent = local.replace(tzinfo=UTC) - _DAY_ZERO
        return f'<c s="{_MOMENT}"><v>{spent.total_seconds() / _DAY:.8f}</v></c>'
    if isinstance(value, date):
        return f'<c s="{_DATE}"><v>{value.toordinal() - _DAY_ZERO.toordinal()}</v></c>'
    text = _UNWRITABLE.sub("", str(value))
    if len(text) > MOST_SIGNS:
        text = text[: MOST_SIGNS - len(CUT)] + CUT
    style = style or (_QUOTED if is_formula(text) else 0)
    mark = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{mark}><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _workbook(title: str, sheets: int) -> str:
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:26]
    names = [name] if sheets == 1 else [f"{name} {n}" for n in range(1, sheets + 1)]
    listed = "".join(
        f'<sheet name="{escape(each, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
        for n, each in enumerate(names, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
    )


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _content_types(sheets: int) -> str:
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [
        ("workbook", "sheet.main"),
        ("styles", "styles"),
        *((f"worksheets/sheet{n}", "worksheet") for n in range(1, sheets + 1)),
    ]
    listed = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kinds}.{kind}+xml"/>'
        for part, kind in parts
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
