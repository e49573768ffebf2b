"""An import from upload to the last row: look, check every row, then write in chunks."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import StateChanged
from common.jobs import kick
from common.transitions import move
from companies.choices import IMPORT_TRANSITIONS, ImportState
from companies.importing.catalogue import MADE, TITLES, OwnItem, guess_own_columns
from companies.importing.claims import only_worker
from companies.importing.mapping import (
    find_preset,
    guess_columns,
    guess_country,
    named_columns,
)
from companies.importing.reading import is_enquiries, read_rows
from companies.importing.rows import CellFault, ImportedCompany
from companies.importing.sheets import read_sheet
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import stored_fault
from companies.importing.writing import ChunkResult, write_chunk
from companies.models import Company, ImportJob, ImportRowError, SavedMapping
from companies.services.catalogue import write_own_items
from taxonomy.choices import Country
from taxonomy.models import Concept

Clock = Callable[[], datetime]

CHUNK: Final = 500
CHECKED_AT_ONCE: Final = 2000
# Bad rows are stored with their cells; this many characters are held at most.
HELD_CHARACTERS: Final = 2_000_000
PREVIEW_ROWS: Final = 20
# One firm's own list is no public list of thousands of firms.
OWN_MAX_BYTES: Final = 5 << 20


def create_import(
    *,
    filename: str,
    content: bytes,
    company: Company | None = None,
    item_kind: str = "",
    actor: Any,
    now: datetime,
) -> ImportJob:
    """Store the file with what its top tells: format, encoding, header, list, first mapping.

    With a `company` the rows are that firm's own items of `item_kind`. Raises UnreadableFile;
    nothing is stored then.
    """
    most = OWN_MAX_BYTES if company else settings.IMPORT_MAX_BYTES
    if len(content) > most:
        raise UnreadableFile("too_large", most=most >> 20)
    sheet, _rows = read_sheet(content)
    job = ImportJob(
        filename=filename[-200:],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        encoding=sheet.encoding,
        file_format=sheet.file_format,
        header_row=sheet.header_line,
        header=list(sheet.header),
        company=company,
        item_kind=item_kind,
        requested_by=actor,
        created_at=now,
    )
    if company:
        job.country = company.country
        job.columns = _keys_as_text(guess_own_columns(sheet.header, item_kind))
        job.save(force_insert=True)
        return job
    saved = fitting_mappings(sheet.header)
    if preset := find_preset(sheet.header):
        columns = guess_columns(sheet.header, preset)
        job.preset, job.country = preset.code, preset.country
        job.source_list = preset.source_list
    elif saved:
        columns = named_columns(sheet.header, saved[0].columns)
        for name, value in saved[0].defaults.items():
            setattr(job, name, value)
    else:
        columns = guess_columns(sheet.header)
        job.country = guess_country(columns)
    job.columns = _keys_as_text(columns)
    job.save(force_insert=True)
    return job


def map_columns(
    *,
    job: ImportJob,
    columns: Mapping[int, str],
    country: str,
    source_list: str,
    preset: str = "",
    is_all_or_nothing: bool = False,
    save_as: str = "",
    is_for_worker: bool = True,
    actor: Any,
    now: datetime,
) -> ImportJob:
    """Say what each column means, and have every row checked by a worker.

    `save_as`: keep the mapping under this name, instead of what had the name before.
    Raises UnreadableFile(`no_name_column`, `no_title_column`, `no_own_title_column`,
    `no_country` or, with `save_as`, `repeated_column`), and StateChanged for an import that is at
    work or over.
    """
    fault = _fault_of_columns(job, columns, preset)
    if fault or not country:
        raise UnreadableFile(fault or "no_country")
    if job.state == ImportState.CHECKING:
        raise StateChanged(_("The rows are being checked already."))
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
            rows_total=0,
            rows_bad=0,
            preview=[],
            heartbeat_at=now,
        )
        if save_as:
            _save_mapping(name=save_as, job=job, actor=actor, now=now)
        if is_for_worker:
            kick("companies.check_import", job_id=str(job.pk))
    return job


def _fault_of_columns(job: ImportJob, columns: Mapping[int, str], preset: str) -> str:
    told = set(columns.values())
    if job.company_id:
        return "" if told & set(TITLES) else "no_own_title_column"
    if is_enquiries(preset):
        return "" if "needs" in told else "no_title_column"
    return "" if told & {"name_ko", "name_ja", "name_en"} else "no_name_column"


def _save_mapping(*, name: str, job: ImportJob, actor: Any, now: datetime) -> None:
    # A header that stands in this file twice could not be told in another one.
    columns = {job.header[int(position)]: code for position, code in job.columns.items()}
    named_columns(job.header, columns)
    facts = {name: getattr(job, name) for name in ("country", "source_list", "preset")}
    content = {"columns": columns, "defaults": facts}
    SavedMapping.objects.update_or_create(
        name=name,
        defaults=content,
        create_defaults={**content, "created_by": actor, "created_at": now},
    )


def fitting_mappings(header: Sequence[str]) -> list[SavedMapping]:
    """Saved mappings whose every column stands in `header` once; the fullest first."""
    unique = {name for name in header if list(header).count(name) == 1}
    fitting = [saved for saved in SavedMapping.objects.all() if saved.columns.keys() <= unique]
    return sorted(fitting, key=lambda saved: -len(saved.columns))


def check_import(*, job: ImportJob, clock: Clock) -> ImportJob:
    """Read every row, store each fault by line and column, and a preview of the first good rows.

    Writes no firm. Repeatable: a check that was killed starts over. A file that turns out
    unreadable in the middle fails as a whole. Raises StateChanged when the check was cancelled
    or another worker is at it.
    """
    with _claimed(job, ImportState.CHECKING):
        job.errors.all().delete()
        try:
            _check(job, clock)
        except UnreadableFile as error:
            failure = stored_fault(error.code, **error.details)
            return fail_import(job=job, failure=failure, now=clock())
        return move(job, to=ImportState.CHECKED, allowed=IMPORT_TRANSITIONS)


def _check(job: ImportJob, clock: Clock) -> None:
    errors: list[ImportRowError] = []
    preview: list[dict[str, Any]] = []
    total = bad = held = 0

    def store() -> None:
        nonlocal held
        with transaction.atomic():
            ImportRowError.objects.bulk_create(errors)
            move(
                job,
                to=ImportState.CHECKING,
                allowed=IMPORT_TRANSITIONS,
                rows_total=total,
                rows_bad=bad,
                preview=preview,
                heartbeat_at=clock(),
            )
        errors.clear()
        held = 0

    for line, cells, outcome in read_rows(job):
        total += 1
        if isinstance(outcome, list):
            bad += 1
            held += sum(map(len, cells))
            errors.extend(_error_rows(job, line, cells, outcome))
        elif len(preview) < PREVIEW_ROWS:
            preview.append(_preview(job, outcome))
        if total % CHECKED_AT_ONCE == 0 or held > HELD_CHARACTERS:
            store()
    if not total:
        raise UnreadableFile("empty")
    store()


def start_import(
    *, job: ImportJob, is_for_worker: bool = True, actor: Any, now: datetime
) -> ImportJob:
    """Let a worker write the checked rows. Raises StateChanged when it was started before."""
    with transaction.atomic():
        move(job, to=ImportState.QUEUED, allowed=IMPORT_TRANSITIONS, rows_done=0, heartbeat_at=now)
        audit.record("import.started", job, actor=actor, now=now, file=job.filename)
        if is_for_worker:
            kick("companies.run_import", job_id=str(job.pk))
    return job


def cancel_import(*, job: ImportJob, actor: Any, now: datetime) -> ImportJob:
    """Give an import up before it writes. Raises StateChanged when it is too late."""
    with transaction.atomic():
        move(job, to=ImportState.CANCELLED, allowed=IMPORT_TRANSITIONS, finished_at=now)
        audit.record("import.cancelled", job, actor=actor, now=now, file=job.filename)
    return job


def run_import(*, job: ImportJob, clock: Clock) -> ImportJob:
    """Write the good rows in chunks, each with its progress in one transaction.

    A run that was killed goes on behind the last chunk that was written. With
    `is_all_or_nothing` one bad row means that nothing is written, and all chunks are one
    transaction. Raises StateChanged when another worker is at it.
    """
    with _claimed(job, ImportState.QUEUED, ImportState.RUNNING):
        if job.is_all_or_nothing and job.rows_bad:
            return fail_import(job=job, failure=stored_fault("bad_rows"), now=clock())
        if job.state == ImportState.QUEUED:
            move(job, to=ImportState.RUNNING, allowed=IMPORT_TRANSITIONS, heartbeat_at=clock())
        with _whole(job):
            for chunk in _chunks(job):
                _write(job, chunk, now=clock())
        with transaction.atomic():
            now = clock()
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


def fail_import(*, job: ImportJob, failure: str, now: datetime) -> ImportJob:
    """End an import; `failure` is a `stored_fault` that says to staff why."""
    return move(
        job,
        to=ImportState.FAILED,
        allowed=IMPORT_TRANSITIONS,
        failure=failure,
        finished_at=now,
    )


@contextmanager
def _claimed(job: ImportJob, *states: str) -> Iterator[None]:
    """Only this process works on `job`, which is in one of `states` and fresh."""
    with only_worker(job.pk) as is_mine:
        if is_mine:
            job.refresh_from_db(
                from_queryset=ImportJob.objects.defer("content"),
            )
        if not is_mine or job.state not in states:
            raise StateChanged(_("This has changed in the meantime."), state=job.state)
        yield


def _whole(job: ImportJob) -> AbstractContextManager[None]:
    return transaction.atomic() if job.is_all_or_nothing else nullcontext()


def _chunks(job: ImportJob) -> Iterator[list[Any]]:
    """The good rows behind those that are done: firms, or a firm's own items."""
    outcomes = (outcome for _line, _cells, outcome in read_rows(job))
    good = (outcome for outcome in outcomes if not isinstance(outcome, list))
    left = islice(good, job.rows_done, None)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _write(job: ImportJob, chunk: list[Any], *, now: datetime) -> None:
    try:
        _write_once(job, chunk, now=now)
    except IntegrityError:
        # A person registered one of these firms at this very moment: now it is found.
        _write_once(job, chunk, now=now)


def _write_once(job: ImportJob, chunk: list[Any], *, now: datetime) -> None:
    with transaction.atomic():
        result: ChunkResult = (
            write_own_items(job=job, rows=chunk, now=now)
            if job.company_id
            else write_chunk(chunk, now=now)
        )
        move(
            job,
            to=ImportState.RUNNING,
            allowed=IMPORT_TRANSITIONS,
            rows_done=job.rows_done + len(chunk),
            created_count=job.created_count + result.created,
            updated_count=job.updated_count + result.updated,
            unchanged_count=job.unchanged_count + result.unchanged,
            items_count=job.items_count + result.items,
            heartbeat_at=now,
        )


def _error_rows(
    job: ImportJob, line: int, cells: list[str], faults: list[CellFault]
) -> list[ImportRowError]:
    """One row for each fault; the first carries the cells."""
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


def _preview(job: ImportJob, firm: ImportedCompany | OwnItem) -> dict[str, Any]:
    if isinstance(firm, OwnItem):
        return {
            "line": firm.line,
            "name": firm.title,
            "number": "" if firm.source_id.startswith(MADE) else firm.source_id,
            "items": _concept_labels(job, firm),
        }
    names = (firm.values.get(f"name_{language}", "") for language in ("ko", "ja", "en"))
    return {
        "line": firm.line,
        "name": next(filter(None, names), ""),
        "number": firm.official_number or firm.values.get("stock_code", ""),
        "industry": firm.values.get("industry", ""),
        "items": [item.title for item in (*firm.offerings, *firm.needs)],
    }


def _concept_labels(job: ImportJob, row: OwnItem) -> list[str]:
    concepts = Concept.objects.filter(pk__in=row.related.get("concepts", []))
    language = "ko" if job.country == Country.KR else "ja"
    labels = [getattr(concept, f"label_{language}") for concept in concepts]
    return [*labels, *(f"HS {code}" for code in row.values.get("hs6", []))]


def _keys_as_text(columns: Mapping[int, str]) -> dict[str, str]:
    return {str(position): code for position, code in columns.items() if code}
