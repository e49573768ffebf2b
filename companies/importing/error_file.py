"""The bad rows of an import as a table that can be corrected and imported again."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from common.localisation import in_language
from common.spreadsheets import neutral_cell
from companies.importing.mapping import FAULT_COLUMN, LINE_COLUMN, own_columns
from companies.importing.wording import cell_fault
from companies.models import ImportJob

# What Korean and Japanese spreadsheets open by a double click; the first holds every character.
ENCODINGS: Final = {"utf-8-sig": "UTF-8", "cp949": "CP949", "cp932": "CP932"}


def error_rows(job: ImportJob) -> Iterator[list[str]]:
    """The file's own header and cells, then two columns with line and fault, which the next
    import passes over. Cells that a spreadsheet would run as formulas are marked as text."""
    width = own_columns(job.header)
    yield [*map(neutral_cell, job.header[:width]), LINE_COLUMN, FAULT_COLUMN]
    errors = job.errors.order_by("line", "pk").iterator(chunk_size=500)
    for line, group in groupby(errors, key=lambda error: error.line):
        faults = list(group)
        cells = [*faults[0].row, *[""] * width][:width]
        said = [
            f"{fault.column}: {cell_fault(fault.code)}" if fault.column else cell_fault(fault.code)
            for fault in faults
        ]
        yield [*map(neutral_cell, cells), str(line), " ".join(said)]


def csv_blocks(rows: Iterable[list[str]], *, encoding: str, language: str) -> Iterator[bytes]:
    """The rows as CSV in small blocks, worded in `language`. Raises UnicodeEncodeError."""
    rows = iter(rows)
    codec = encoding
    while True:
        with in_language(language):
            row = next(rows, None)
        if row is None:
            return
        line = io.StringIO(newline="")
        csv.writer(line).writerow(row)
        yield line.getvalue().encode(codec)
        # The byte order mark stands once.
        codec = encoding.removesuffix("-sig")


def is_writable(rows: Iterable[list[str]], encoding: str) -> bool:
    """Whether the encoding has every character of the rows."""
    try:
        for row in rows:
            "".join(row).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
