"""Many firms at once, each told what became of it: a list of the staff's, without a file."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from companies.choices import GONE, BulkStatus, CompanyState, ImportedKind, ImportState
from companies.importing.journal import write_journal
from companies.importing.mapping import FIELDS, ColumnMapping
from companies.importing.reading import unless_repeated
from companies.importing.rows import SHOWN, CellFault, ImportedCompany, read_row
from companies.importing.writing import ChunkResult, write_chunk
from companies.models import ImportJob, ImportRowError
from taxonomy.choices import Country

#: What may be said of a firm: the fields of an imported list, and its country.
FIRM_FIELDS: Final = tuple(code for code in FIELDS if code != "enquiries")
COLUMNS: Final = ("country", *FIRM_FIELDS)
SEVERAL: Final = ("offerings", "needs")
LANGUAGE_OF: Final = {Country.KR: "ko", Country.JP: "ja"}
FILE_FORMAT: Final = "json"
Read = ImportedCompany | list[CellFault]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the row at `index`; a fault's `column` is a field."""

    index: int
    status: str
    company_id: UUID | None = None
    faults: tuple[CellFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Upserted:
    """`job`: by which it stands in the history of imports and is taken back; None: nothing was
    written, because all rows or none were asked for."""

    outcomes: list[Outcome]
    job: ImportJob | None


class NotAll(Exception):
    """Takes everything back: a row is refused where all or none were asked for."""


def upsert_firms(
    *,
    rows: Sequence[Any],
    is_all_or_nothing: bool = False,
    actor: User,
    now: datetime,
) -> Upserted:
    """Bring firms in by country and official number, or by the caller's own identifier.

    The rules are those of an imported list: a firm that another list brought is only filled where
    it is blank, one that people look after is refused, blanks erase nothing. Bad rows stop no good
    ones, unless all or none are asked for. What is written is journalled as an import that is
    done, and can be taken back like one.
    """
    read = _read_all(rows)
    if is_all_or_nothing and any(isinstance(each, list) for each in read):
        return Upserted(_held(read, ()), None)
    try:
        return _write(rows, read, is_all_or_nothing, actor, now)
    except IntegrityError:
        # A person registered one of these firms at this very moment: now it is found.
        return _write(rows, read, is_all_or_nothing, actor, now)


def _write(
    rows: Sequence[Any],
    read: Sequence[Read],
    is_all_or_nothing: bool,
    actor: User,
    now: datetime,
) -> Upserted:
    outcomes: list[Outcome] = []
    try:
        with transaction.atomic():
            result = ChunkResult()
            for country in Country.values:
                good = [each for each in read if not isinstance(each, list)]
                if firms := [firm for firm in good if firm.country == country]:
                    result += write_chunk(firms, now=now)
            outcomes = _outcomes(read, result)
            if is_all_or_nothing and any(each.faults for each in outcomes):
                raise NotAll
            job = _journal(rows, outcomes, result, actor, now)
    except NotAll:
        return Upserted(_held(read, outcomes), None)
    return Upserted(outcomes, job)


def _read_all(rows: Sequence[Any]) -> list[Read]:
    seen: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    read: list[Read] = []
    for index, row in enumerate(rows):
        firm = _read(index, row)
        if not isinstance(firm, list):
            firm = unless_repeated(firm, seen[firm.country])
        read.append(firm)
    return read


def _read(index: int, row: Any) -> Read:
    """The importer's own reading of the row, whose header are the names of its fields."""
    if not isinstance(row, Mapping):
        return [CellFault("", "not_a_row", "")]
    faults = [
        CellFault(_text(name, is_list=False) or "", "unknown_field", "")
        for name in row
        if name not in COLUMNS
    ]
    country = row.get("country")
    if country not in Country.values:
        faults.append(CellFault("country", "not_a_country", str(country or "")[:SHOWN]))
        country = Country.KR
    header = [name for name in FIRM_FIELDS if name in row]
    cells = []
    for name in header:
        text = _text(row[name], is_list=name in SEVERAL)
        if text is None:
            faults.append(CellFault(name, "not_text", ""))
        cells.append(text or "")
    if not row.get("official_number") and not row.get("source_id"):
        faults.append(CellFault("official_number", "number_missing", ""))
    mapping = ColumnMapping(
        columns=dict(enumerate(header)),
        country=str(country),
        source_list=f"api-{country}".lower(),
        language=LANGUAGE_OF[Country(country)],
    )
    firm = read_row(index + 1, cells, header, mapping)
    if isinstance(firm, list):
        told = {fault.column for fault in faults}
        return [*faults, *(fault for fault in firm if fault.column not in told)]
    return faults or firm


def _text(value: Any, *, is_list: bool) -> str | None:
    """What would stand in a cell; None for what is neither text nor number. A list is one product
    a line. What no database stores is marked as lost."""
    if value is None:
        return ""
    if is_list and isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def _outcomes(read: Sequence[Read], result: ChunkResult) -> list[Outcome]:
    new = {
        change.company_id
        for change in result.changes
        if change.kind == ImportedKind.COMPANY and change.before is None
    }
    touched = {change.company_id for change in result.changes}
    outcomes = []
    for index, row in enumerate(read):
        if isinstance(row, list):
            outcomes.append(Outcome(index, BulkStatus.INVALID, None, tuple(row)))
            continue
        firm = result.firms[row.line]
        if firm.state != CompanyState.UNCLAIMED:
            why = "firm_gone" if firm.state in GONE else "firm_taken"
            fault = CellFault("", why, row.official_number)
            outcomes.append(Outcome(index, BulkStatus.REFUSED, firm.pk, (fault,)))
            continue
        status = BulkStatus.UPDATED if firm.pk in touched else BulkStatus.UNCHANGED
        status = BulkStatus.CREATED if firm.pk in new else status
        outcomes.append(Outcome(index, status, firm.pk))
    return outcomes


def _held(read: Sequence[Read], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Nothing was written: what is wrong with the bad rows, and that the good ones wait."""
    if not outcomes:
        outcomes = [
            Outcome(index, BulkStatus.INVALID, None, tuple(row) if isinstance(row, list) else ())
            for index, row in enumerate(read)
        ]
    return [each if each.faults else Outcome(each.index, BulkStatus.HELD) for each in outcomes]


def _journal(
    rows: Sequence[Any],
    outcomes: Sequence[Outcome],
    result: ChunkResult,
    actor: User,
    now: datetime,
) -> ImportJob:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    stored = content.encode("utf-8", "replace")
    bad = [each for each in outcomes if each.faults]
    job = ImportJob.objects.create(
        filename=f"api-{now:%Y%m%d-%H%M%S}.jsonl",
        content=stored,
        sha256=hashlib.sha256(stored).hexdigest(),
        file_format=FILE_FORMAT,
        encoding="utf-8",
        header=list(COLUMNS),
        source_list="api",
        state=ImportState.DONE,
        rows_total=len(rows),
        rows_done=len(rows) - len(bad),
        rows_bad=len(bad),
        created_count=result.created,
        updated_count=result.updated,
        unchanged_count=len(rows) - len(bad) - result.created - result.updated,
        items_count=result.items,
        requested_by=actor,
        created_at=now,
        checked_at=now,
        finished_at=now,
    )
    write_journal(job, result.changes)
    ImportRowError.objects.bulk_create(
        [
            ImportRowError(
                job=job,
                line=each.index + 1,
                column=fault.column[:120],
                code=fault.code,
                value=(_text(fault.value, is_list=False) or "")[:SHOWN],
                row=_cells(rows[each.index]) if place == 0 else [],
            )
            for each in bad
            for place, fault in enumerate(each.faults)
        ]
    )
    audit.record(
        "import.finished",
        job,
        actor=actor,
        now=now,
        file=job.filename,
        created=job.created_count,
        updated=job.updated_count,
        bad=job.rows_bad,
    )
    return job


def _cells(row: Any) -> list[str]:
    if not isinstance(row, Mapping):
        return []
    return [_text(row.get(name), is_list=name in SEVERAL) or "" for name in COLUMNS]
