"""An import from upload to the last row: look, check every row, then write in chunks."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from common import audit
from common.jobs import kick
from common.transitions import move
from companies.choices import IMPORT_TRANSITIONS, ImportState
from companies.importing.mapping import (
    PRESET_BY_CODE,
    ColumnMapping,
    find_preset,
    guess_columns,
)
from companies.importing.rows import CellFault, ImportedCompany, read_row
from companies.importing.sheets import UnreadableFile, read_sheet
from companies.importing.writing import ChunkResult, write_chunk
from companies.models import ImportJob, ImportRowError
from companies.wording import file_fault

CHUNK = 500
PREVIEW_ROWS = 20


def create_import(*, filename: str, content: bytes, actor: Any, now: datetime) -> ImportJob:
    """Store the file with what its top tells: format, encoding, header, preset, first mapping.

    Raises UnreadableFile; nothing is stored then.
    """
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise UnreadableFile("too_large", most=settings.IMPORT_MAX_BYTES // (1024 * 1024))
    sheet, _rows = read_sheet(content, filename)
    preset = find_preset(sheet.header)
    return ImportJob.objects.create(
        filename=filename[-200:],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        encoding=sheet.encoding,
        file_format=sheet.file_format,
        header_row=sheet.first_line,
        header=list(sheet.header),
        preset=preset.code if preset else "",
        columns=_keys_as_text(guess_columns(sheet.header, preset)),
        country=preset.country if preset else "",
        source_list=preset.source_list if preset else "",
        requested_by=actor,
        created_at=now,
    )


def map_columns(
    *,
    job: ImportJob,
    columns: Mapping[int, str],
    country: str,
    source_list: str,
    preset: str = "",
    is_all_or_nothing: bool = False,
    now: datetime,
) -> ImportJob:
    """Say what each column means, and have every row checked by a worker.

    Raises UnreadableFile(`no_name_column`, `no_title_column` or `no_country`).
    """
    names = {"needs"} if _is_enquiries(preset) else {"name_ko", "name_ja", "name_en"}
    if not names & set(columns.values()):
        raise UnreadableFile("no_title_column" if _is_enquiries(preset) else "no_name_column")
    if not country:
        raise UnreadableFile("no_country")
    with transaction.atomic():
        move(
            job,
            to=ImportState.CHECKING,
            allowed=IMPORT_TRANSITIONS,
            columns=_keys_as_text(columns),
            country=country,
            source_list=source_list or f"file-{job.sha256[:12]}",
            preset=preset,
            is_all_or_nothing=is_all_or_nothing,
            heartbeat_at=now,
        )
        kick("companies.check_import", job_id=str(job.pk))
    return job


def check_import(*, job: ImportJob, now: datetime) -> ImportJob:
    """Read every row, store each fault by line and column, and a preview of the first good rows.

    Writes no firm. A file that turns out unreadable in the middle fails as a whole.
    """
    seen: dict[str, int] = {}
    faults: list[ImportRowError] = []
    preview: list[dict[str, Any]] = []
    total = bad = 0
    with transaction.atomic():
        job.errors.all().delete()
        try:
            for line, cells, result in _read(job):
                total += 1
                if not isinstance(result, list):
                    result = _not_repeated(result, seen)
                if isinstance(result, list):
                    bad += 1
                    faults.extend(_error_rows(job, line, cells, result))
                elif len(preview) < PREVIEW_ROWS:
                    preview.append(_preview(result))
                if len(faults) >= CHUNK:
                    ImportRowError.objects.bulk_create(faults)
                    faults.clear()
        except UnreadableFile as error:
            return _fail(job, file_fault(error.code, **error.details), now=now)
        ImportRowError.objects.bulk_create(faults)
        return move(
            job,
            to=ImportState.CHECKED,
            allowed=IMPORT_TRANSITIONS,
            rows_total=total,
            rows_bad=bad,
            preview=preview,
        )


def start_import(*, job: ImportJob, actor: Any, now: datetime) -> ImportJob:
    """Let a worker write the checked rows. Raises StateChanged when it was started before."""
    with transaction.atomic():
        move(job, to=ImportState.QUEUED, allowed=IMPORT_TRANSITIONS, heartbeat_at=now)
        audit.record("import.started", job, actor=actor, now=now, file=job.filename)
        kick("companies.run_import", job_id=str(job.pk))
    return job


def cancel_import(*, job: ImportJob, actor: Any, now: datetime) -> ImportJob:
    with transaction.atomic():
        move(job, to=ImportState.CANCELLED, allowed=IMPORT_TRANSITIONS, finished_at=now)
        audit.record("import.cancelled", job, actor=actor, now=now, file=job.filename)
    return job


def run_import(*, job: ImportJob, now: datetime) -> ImportJob:
    """Write the good rows in chunks, each with its progress in one transaction.

    Repeatable: a run that was killed starts over, and rows that are in already are found
    unchanged. With `is_all_or_nothing` one bad row means that nothing is written.
    """
    if job.is_all_or_nothing and job.rows_bad:
        return _fail(job, file_fault("bad_rows"), now=now)
    move(job, to=ImportState.RUNNING, allowed=IMPORT_TRANSITIONS, rows_done=0, heartbeat_at=now)
    totals = ChunkResult()
    seen: dict[str, int] = {}
    if job.is_all_or_nothing:
        with transaction.atomic():
            for chunk in _chunks(job, seen):
                totals += _write(job, chunk, totals, now=now)
    else:
        for chunk in _chunks(job, seen):
            with transaction.atomic():
                totals += _write(job, chunk, totals, now=now)
    with transaction.atomic():
        move(job, to=ImportState.DONE, allowed=IMPORT_TRANSITIONS, finished_at=now)
        audit.record(
            "import.finished",
            job,
            actor=job.requested_by,
            now=now,
            file=job.filename,
            created=job.created_count,
            updated=job.updated_count,
            bad=job.rows_bad,
        )
    return job


def _write(
    job: ImportJob, chunk: list[ImportedCompany], totals: ChunkResult, *, now: datetime
) -> ChunkResult:
    result = write_chunk(chunk, now=now)
    so_far = totals + result
    progress = {
        "rows_done": job.rows_done + len(chunk),
        "created_count": so_far.created,
        "updated_count": so_far.updated,
        "unchanged_count": so_far.unchanged,
        "items_count": so_far.items,
        "heartbeat_at": now,
    }
    move(job, to=ImportState.RUNNING, allowed=IMPORT_TRANSITIONS, **progress)
    return result


def _chunks(job: ImportJob, seen: dict[str, int]) -> Iterator[list[ImportedCompany]]:
    chunk: list[ImportedCompany] = []
    for _line, _cells, result in _read(job):
        if isinstance(result, list) or isinstance(_not_repeated(result, seen), list):
            continue
        chunk.append(result)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _read(
    job: ImportJob,
) -> Iterator[tuple[int, list[str], ImportedCompany | list[CellFault]]]:
    sheet, rows = read_sheet(bytes(job.content), job.filename)
    mapping = mapping_of(job)
    for line, cells in rows:
        yield line, cells, read_row(line, cells, sheet.header, mapping)


def mapping_of(job: ImportJob) -> ColumnMapping:
    preset = PRESET_BY_CODE.get(job.preset)
    return ColumnMapping(
        columns={int(position): code for position, code in job.columns.items() if code},
        country=job.country,
        source_list=job.source_list,
        language=preset.language if preset else ("ko" if job.country == "KR" else "ja"),
        is_enquiries=_is_enquiries(job.preset),
    )


def _is_enquiries(preset: str) -> bool:
    return preset in PRESET_BY_CODE and PRESET_BY_CODE[preset].is_enquiries


def _not_repeated(firm: ImportedCompany, seen: dict[str, int]) -> ImportedCompany | list[CellFault]:
    """A firm that stood in an earlier row is a fault; wishes may repeat (they are one need)."""
    if not firm.needs or firm.offerings:
        key = firm.official_number or firm.source_id
        first = seen.setdefault(key, firm.line)
        if first != firm.line:
            return [CellFault(column="", code="repeated", value=key)]
    return firm


def _error_rows(
    job: ImportJob, line: int, cells: list[str], faults: list[CellFault]
) -> list[ImportRowError]:
    return [
        ImportRowError(
            job=job,
            line=line,
            column=fault.column[:120],
            code=fault.code,
            value=fault.value,
            row=cells if position == 0 else [],
        )
        for position, fault in enumerate(faults)
    ]


def _preview(firm: ImportedCompany) -> dict[str, Any]:
    return {
        "line": firm.line,
        "name": next(
            (firm.values[f"name_{c}"] for c in ("ko", "ja", "en") if firm.values.get(f"name_{c}")),
            "",
        ),
        "number": firm.official_number or firm.source_id,
        "industry": firm.values.get("industry", ""),
        "items": [item.title for item in (*firm.offerings, *firm.needs)],
    }


def _fail(job: ImportJob, failure: str, *, now: datetime) -> ImportJob:
    if job.state == ImportState.QUEUED:
        move(job, to=ImportState.RUNNING, allowed=IMPORT_TRANSITIONS)
    return move(
        job,
        to=ImportState.FAILED,
        allowed=IMPORT_TRANSITIONS,
        failure=failure,
        finished_at=now,
    )


def _keys_as_text(columns: Mapping[int, str]) -> dict[str, str]:
    return {str(position): code for position, code in columns.items()}
