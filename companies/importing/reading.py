"""A stored import, read row by row as its mapping says."""

from collections.abc import Iterator
from itertools import islice

from companies.importing.catalogue import OwnItem, read_own_rows
from companies.importing.mapping import PRESET_BY_CODE, ColumnMapping
from companies.importing.rows import CellFault, ImportedCompany, read_row
from companies.importing.sheets import read_sheet
from companies.models import ImportJob

Outcome = ImportedCompany | OwnItem | list[CellFault]


def read_rows(job: ImportJob) -> Iterator[tuple[int, list[str], Outcome]]:
    """(line, cells, firm, own item or faults) of every row; the same at every reading.

    A firm that stood in an earlier row is a fault; wishes may repeat, they are one need.
    Raises UnreadableFile, also while iterating.
    """
    sheet, rows = read_sheet(bytes(job.content), job.encoding)
    if job.company_id:
        columns = {int(position): code for position, code in job.columns.items() if code}
        yield from read_own_rows(
            rows,
            sheet.header,
            columns,
            country=job.country,
            is_width_certain=job.file_format != "xlsx",
        )
        return
    mapping = mapping_of(job)
    seen: set[tuple[str, str]] = set()
    for line, cells in rows:
        outcome: Outcome = read_row(line, cells, sheet.header, mapping)
        if isinstance(outcome, ImportedCompany) and not mapping.is_enquiries:
            outcome = unless_repeated(outcome, seen)
        yield line, cells, outcome


def sample_rows(job: ImportJob, count: int) -> list[list[str]]:
    """The cells of the first rows, each as wide as the header."""
    sheet, rows = read_sheet(bytes(job.content), job.encoding)
    width = len(sheet.header)
    return [[*cells, *[""] * width][:width] for _line, cells in islice(rows, count)]


def mapping_of(job: ImportJob) -> ColumnMapping:
    preset = PRESET_BY_CODE.get(job.preset)
    return ColumnMapping(
        columns={int(position): code for position, code in job.columns.items() if code},
        country=job.country,
        source_list=job.source_list,
        language=preset.language if preset else ("ko" if job.country == "KR" else "ja"),
        is_enquiries=is_enquiries(job.preset),
        widths=preset.widths if preset else {},
        is_width_certain=job.file_format != "xlsx",
    )


def is_enquiries(preset: str) -> bool:
    """Whether a list's rows are wishes and not firms."""
    return preset in PRESET_BY_CODE and PRESET_BY_CODE[preset].is_enquiries


def unless_repeated(
    firm: ImportedCompany, seen: set[tuple[str, str]]
) -> ImportedCompany | list[CellFault]:
    """The firm, or a fault when an earlier one, noted in `seen`, is the same."""
    keys = {("id", firm.source_id), ("number", firm.official_number or firm.source_id)}
    if keys & seen:
        return [CellFault("", "repeated", firm.official_number or firm.source_id)]
    seen |= keys
    return firm
