"""Bytes → rows of text, in bounded memory: CSV in any of our encodings, XLSX, HTML named .xls."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from statistics import median_high
from typing import Final

from companies.importing import webpages, workbooks
from companies.importing.encodings import detect, reader_encoding
from companies.importing.unreadable import UnreadableFile

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
# One more than a cell may hold, so that what was cut is still seen to be too long.
MAX_CELL: Final = 10_001
# A row is held as a whole, and small files can be written that hold huge ones many times over.
MAX_ROW_CHARACTERS: Final = 200_000
MAX_CHARACTERS: Final = 200_000_000
HEADER_SEARCH: Final = 10
HEADER_SHARE: Final = 0.75
SNIFFED: Final = 4096
DELIMITERS: Final = ",\t;"
# Stands behind the last line: when it turns up inside a cell, a quotation mark was left open.
END: Final = "\x00end of file\x00"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table found in a file. Lines are counted from 1: of a text file its lines, of a table
    its rows."""

    file_format: str
    encoding: str
    header: tuple[str, ...]
    header_line: int


def read_sheet(content: bytes, encoding: str = "") -> tuple[Sheet, Rows]:
    """The sheet's description, and (line, cells) of the rows below its header.

    Rows are read lazily and blank ones passed over. A row is as wide as the file wrote it: never
    wider than the header with blank cells, and in XLSX, which leaves out blanks, never shorter.
    A NUL becomes U+FFFD, which `rows` refuses. `encoding`: what was found before, when this is
    the second reading. Raises UnreadableFile, also while iterating.
    """
    file_format = _sniff(content)
    if file_format == "xlsx":
        encoding, raw = "", workbooks.rows(content, most_columns=MAX_COLUMNS)
    else:
        encoding = encoding or detect(content)
        raw = webpages.rows(content, encoding) if file_format == "html" else _csv(content, encoding)
    rows = ((line, cells) for line, cells in _clean(raw) if any(cells))
    top = list(islice(rows, HEADER_SEARCH))
    if not top:
        raise UnreadableFile("empty")
    position = _header_position([cells for _line, cells in top])
    line, header = top[position]
    header = _without_blank_end(header)
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", most=MAX_COLUMNS)
    sheet = Sheet(file_format, encoding, tuple(header), line)
    least = len(header) if file_format == "xlsx" else 0
    return sheet, _body(chain(top[position + 1 :], rows), len(header), least)


def _sniff(content: bytes) -> str:
    if not content.strip():
        raise UnreadableFile("empty")
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if content.startswith(OLE):
        raise UnreadableFile("encrypted" if ENCRYPTED_PACKAGE in content else "old_excel")
    head = content[:SNIFFED]
    if b"\x00" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile("not_a_table")
    return "html" if b"<html" in head.lower() or b"<table" in head.lower() else "csv"


def _csv(content: bytes, encoding: str) -> Rows:
    def lines() -> io.TextIOWrapper:
        codec = reader_encoding(encoding)
        return io.TextIOWrapper(io.BytesIO(content), encoding=codec, newline="")

    with lines() as text:
        delimiter = _delimiter(text.read(SNIFFED).splitlines()[:HEADER_SEARCH])
    with lines() as text:
        reader = csv.reader(chain(text, [END]), delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                if cells and cells[-1].endswith(END):
                    if cells != [END]:
                        raise UnreadableFile("damaged_line", line=line)
                    return
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            # A cell longer than csv.field_size_limit(): nearly always an open quotation mark.
            raise UnreadableFile("damaged_line", line=line) from error


def _delimiter(top: list[str]) -> str:
    return max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in top))


def _clean(rows: Rows) -> Rows:
    for line, cells in rows:
        if sum(map(len, cells)) > MAX_ROW_CHARACTERS:
            raise UnreadableFile("row_too_long", line=line)
        yield line, [cell.replace("\x00", "\ufffd").strip()[:MAX_CELL] for cell in cells]


def _body(rows: Rows, width: int, least: int) -> Rows:
    characters = 0
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise UnreadableFile("too_many_rows", most=MAX_ROWS)
        characters += sum(map(len, cells))
        if characters > MAX_CHARACTERS:
            raise UnreadableFile("zip_bomb")
        if len(cells) > width:
            cells = cells[:width] + _without_blank_end(cells[width:])
        yield line, cells + [""] * (least - len(cells))


def _without_blank_end(cells: list[str]) -> list[str]:
    width = max((n for n, cell in enumerate(cells, start=1) if cell), default=0)
    return cells[:width]


def _header_position(top: list[list[str]]) -> int:
    """Agencies put lines of metadata above the header: it is the first of the top rows that has
    about as many filled cells as they mostly have."""
    filled = [sum(map(bool, row)) for row in top]
    usual = median_high(filled)
    return next(n for n, count in enumerate(filled) if count >= HEADER_SHARE * usual)
