"""Bytes → rows of text, in bounded memory: CSV in any of our encodings, XLSX, HTML named .xls."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import openpyxl
from lxml import etree

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 10_000
# A spreadsheet of 50 MB that unpacks to more than this is a zip bomb, not a list of firms.
MAX_UNPACKED: Final = 400 * 1024 * 1024
MAX_RATIO: Final = 200
HEADER_SEARCH: Final = 10

# Tried in this order: UTF-8 rejects wrong bytes reliably, the two others are told apart by what
# the text then looks like.
ENCODINGS: Final = ("utf-8-sig", "cp949", "cp932")
HANGUL: Final = re.compile(r"[가-힣]")
KANA: Final = re.compile(r"[ぁ-んァ-ヶー]")
RARE_HANGUL: Final = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]")
HALF_KANA: Final = re.compile(r"[\uff61-\uff9f]")


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; `code` says why (worded in `companies.wording`)."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table found in a file. `first_line` is the line number of the first row after the header,
    as the file counts lines from 1."""

    file_format: str
    encoding: str
    header: tuple[str, ...]
    first_line: int


def read_sheet(content: bytes, filename: str) -> tuple[Sheet, Iterator[tuple[int, list[str]]]]:
    """Return the sheet's description and an iterator of (line number, cells).

    The rows are read lazily; blank rows are passed over. Raises UnreadableFile, also while
    iterating, for a file that is empty, too large, encrypted, damaged or a zip bomb.
    """
    if not content.strip():
        raise UnreadableFile("empty")
    file_format = _sniff(content, filename)
    if file_format == "xlsx":
        encoding, rows = "", _rows_of_xlsx(content)
    elif file_format == "html":
        encoding, rows = _rows_of_html(content)
    else:
        encoding, rows = _rows_of_csv(content)
    numbered = ((line, cells) for line, cells in rows if any(cells))
    top = list(islice(numbered, HEADER_SEARCH))
    if not top:
        raise UnreadableFile("empty")
    position = _header_position([cells for _, cells in top])
    line, header = top[position]
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", most=MAX_COLUMNS)
    sheet = Sheet(
        file_format=file_format, encoding=encoding, header=tuple(header), first_line=line + 1
    )
    return sheet, _bounded(top[position + 1 :], numbered, len(header))


def _bounded(
    top: list[tuple[int, list[str]]], rest: Iterator[tuple[int, list[str]]], width: int
) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for source in (top, rest):
        for line, cells in source:
            count += 1
            if count > MAX_ROWS:
                raise UnreadableFile("too_many_rows", most=MAX_ROWS)
            yield line, (cells + [""] * (width - len(cells)))[: max(width, len(cells))]


def _sniff(content: bytes, filename: str) -> str:
    if content[:4] == b"PK\x03\x04":
        return "xlsx"
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableFile("old_excel")
    head = content[:2048].lower()
    if b"<html" in head or b"<table" in head:
        return "html"
    if filename.lower().endswith(".xlsx"):
        raise UnreadableFile("damaged")
    if b"\x00" in content[:4096] and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile("not_a_table")
    return "csv"


def decode(content: bytes) -> tuple[str, str]:
    """(text, encoding) of a file in UTF-8, UTF-16, CP949 or CP932. Raises UnreadableFile.

    CP949 and CP932 accept much of each other's bytes: the decoding that yields more of its own
    letters and fewer oddities (lone jamo, half-width kana) wins.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(content, "utf-16"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    candidates = []
    for encoding, own, odd in (("cp949", HANGUL, RARE_HANGUL), ("cp932", KANA, HALF_KANA)):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:200_000]
        likeness = len(own.findall(sample)) - 3 * len(odd.findall(sample))
        candidates.append((likeness, encoding, text))
    if not candidates:
        raise UnreadableFile("unknown_encoding")
    _, encoding, text = max(candidates, key=lambda found: found[0])
    return text, encoding


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile("unknown_encoding") from error


def _rows_of_csv(content: bytes) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    text, encoding = decode(content)
    delimiter = _delimiter(text)

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                yield line, [_cell(cell) for cell in cells]
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableFile("damaged_line", line=line) from error

    return encoding, rows()


def _delimiter(text: str) -> str:
    lines = text[:20_000].splitlines()[:HEADER_SEARCH]
    return max((",", "\t", ";"), key=lambda mark: sum(line.count(mark) for line in lines))


def _rows_of_xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = max(1, sum(entry.compress_size for entry in entries))
            if unpacked > MAX_UNPACKED or (
                unpacked > 20 * 1024 * 1024 and unpacked / packed > MAX_RATIO
            ):
                raise UnreadableFile("zip_bomb")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise UnreadableFile("encrypted")
        # A formula arrives as its text, so that the row can be refused: its result is not data.
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        if not book.worksheets:
            raise UnreadableFile("empty")
        sheet = book.worksheets[0]
        # Files may claim a million columns; count them by the cells themselves.
        sheet.reset_dimensions()
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile("damaged") from error
    return _cells_of(sheet)


def _cells_of(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if len(row) > MAX_COLUMNS and any(value is not None for value in row[MAX_COLUMNS:]):
                raise UnreadableFile("too_many_columns", most=MAX_COLUMNS)
            yield line, [_cell(_text_of(value)) for value in row[:MAX_COLUMNS]]
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile("damaged") from error


def _text_of(value: object) -> str:
    """A cell as people see it: 1234.0 is 1234, a date is ISO."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return str(isoformat()).removesuffix("T00:00:00")
    return str(value)


def _rows_of_html(content: bytes) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The first table of a page that an agency named .xls; entities and DTDs are not resolved."""
    text, encoding = decode(content)
    parser = etree.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        tree = etree.fromstring(re.sub(r"<\?xml[^>]*\?>", "", text), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile("damaged") from error
    tables = tree.xpath("//table") if tree is not None else []
    if not tables:
        raise UnreadableFile("not_a_table")
    biggest = max(tables, key=lambda table: len(table.xpath(".//tr")))

    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, row in enumerate(biggest.xpath(".//tr"), start=1):
            yield line, [_cell("".join(cell.itertext())) for cell in row.xpath("./td|./th")]

    return encoding, rows()


def _cell(text: str) -> str:
    return text.replace("\x00", "").strip()[:MAX_CELL]


def _header_position(top: list[list[str]]) -> int:
    """Agencies put a line of metadata above the header: the header is the first of the top rows
    that has as many filled cells as the fullest one and no repeated name."""
    filled = [sum(bool(cell) for cell in row) for row in top]
    fullest = max(filled)
    for position, row in enumerate(top):
        names = [cell for cell in row if cell]
        if filled[position] >= max(1, 0.8 * fullest) and len(set(names)) == len(names):
            return position
    return 0
