"""XLSX: the first visible sheet, read row by row after a look at what the archive unpacks to."""

import io
import re
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import openpyxl
from defusedxml.ElementTree import fromstring
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from companies.importing.unreadable import UnreadableFile

# openpyxl reads sheets row by row, the table of shared strings text by text into one list, and
# every other part as a whole. What an archive says of its parts' sizes binds: zipfile reads no
# byte beyond it. What a part is, its content type decides and not its name.
MAX_UNPACKED: Final = 400 << 20
MAX_OTHER_PART: Final = 8 << 20
MAX_PARTS: Final = 2000
MAX_LINES: Final = 1 << 20
BLOCK: Final = 1 << 20
ROWS_AT_ONCE: Final = 100
CONTENT_TYPES: Final = "[Content_Types].xml"
OPENXML: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True, slots=True)
class _Units:
    """A part that is read unit by unit: how a unit begins, how many there may be, how large the
    part and a unit may be, and how many tags a unit may hold."""

    start: re.Pattern[bytes]
    most: int
    part_bytes: int
    unit_bytes: int = 4 << 20
    unit_tags: int = 200_000


UNITS: Final = {
    f"{OPENXML}.worksheet+xml": _Units(
        re.compile(rb"<(?:\w+:)?row[\s/>]"), MAX_LINES, MAX_UNPACKED
    ),
    f"{OPENXML}.sharedStrings+xml": _Units(re.compile(rb"<(?:\w+:)?si[\s/>]"), 1_000_000, 64 << 20),
}


def rows(content: bytes, *, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the first visible sheet. Raises UnreadableFile.

    A formula is given as its text, "=…": its stored result is not data. openpyxl with defusedxml
    refuses entities.
    """
    _inspect(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
    except Exception as error:  # a hostile archive fails in as many ways as it has parts
        raise UnreadableFile("damaged") from error
    if sheet is None:
        raise UnreadableFile("empty")
    # Files may claim a million columns; the cells themselves are counted.
    sheet.reset_dimensions()
    return _cells(sheet, most_columns)


def _inspect(content: bytes) -> None:
    """Refuse what would unpack to too much, before anything is unpacked into memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise UnreadableFile("zip_bomb")
            if any(part.flag_bits & 0x1 for part in parts):
                raise UnreadableFile("encrypted")
            types = _content_types(archive)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _inspect_part(archive, part, types.get(part.filename, set()))
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile("damaged") from error


def _content_types(archive: zipfile.ZipFile) -> dict[str, set[str]]:
    if archive.getinfo(CONTENT_TYPES).file_size > MAX_OTHER_PART:
        raise UnreadableFile("zip_bomb")
    types: dict[str, set[str]] = defaultdict(set)
    for element in fromstring(archive.read(CONTENT_TYPES)):
        types[element.get("PartName", "").removeprefix("/")].add(element.get("ContentType", ""))
    return types


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, types: set[str]) -> None:
    units = [UNITS[each] for each in types if each in UNITS]
    # A part that claims to be two things is held to the narrower limits of any other part.
    if len(types) != 1 or not units:
        if part.file_size > MAX_OTHER_PART:
            raise UnreadableFile("zip_bomb")
        return
    if part.file_size > units[0].part_bytes:
        raise UnreadableFile("zip_bomb")
    _inspect_units(archive, part, units[0])


def _inspect_units(archive: zipfile.ZipFile, part: zipfile.ZipInfo, units: _Units) -> None:
    """Unpack the part once without keeping it, so that no unit takes all memory later."""
    count = size = tags = 0
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            text = tail + block
            # A tag that the block's end cuts in two is looked at with the next block.
            cut = max(text.rfind(b"<"), 0)
            whole, tail = text[:cut], text[cut:]
            starts = [match.start() for match in units.start.finditer(whole)]
            since = starts[-1] if starts else 0
            count += len(starts)
            size = len(whole) - since + (0 if starts else size)
            tags = whole.count(b"<", since) + (0 if starts else tags)
            is_too_large = size + len(tail) > units.unit_bytes or tags > units.unit_tags
            if is_too_large or count > units.most:
                raise UnreadableFile("zip_bomb")


def _cells(sheet: Any, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    found = enumerate(sheet.iter_rows(values_only=True), start=1)
    while some := _next(found):
        for line, row in some:
            if line > MAX_LINES:
                raise UnreadableFile("too_many_rows", most=MAX_LINES)
            if any(value is not None for value in row[most_columns:]):
                raise UnreadableFile("too_many_columns", most=most_columns)
            # A file may claim that a million blank rows come first.
            if row:
                yield line, [_text(value) for value in row[:most_columns]]


def _next(rows: Iterator[tuple[int, Any]]) -> list[tuple[int, Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(islice(rows, ROWS_AT_ONCE))
    except Exception as error:
        raise UnreadableFile("damaged") from error


def _text(value: object) -> str:
    """A cell as people see it: 1234.0 is 1234, a date is ISO, a formula begins with "="."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, ArrayFormula):
        return value.text or "="
    if isinstance(value, DataTableFormula):
        return "=TABLE()"
    if isoformat := getattr(value, "isoformat", None):
        return str(isoformat()).removesuffix("T00:00:00")
    return str(value)
