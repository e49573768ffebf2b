"""What people do with an import: hand a file in, say what it means, start it, give it up."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated, StateChanged
from common.jobs import kick
from common.transitions import move
from companies.choices import IMPORT_TRANSITIONS, REVERTIBLE, ImportState
from companies.importing.catalogue import fields_of, guess_own_columns
from companies.importing.mapping import (
    FIELDS,
    find_preset,
    guess_columns,
    guess_country,
    named_columns,
)
from companies.importing.reading import is_enquiries
from companies.importing.sheets import read_sheet
from companies.importing.unreadable import UnreadableFile
from companies.models import Company, ImportJob, SavedMapping
from companies.rules import TITLES

# One firm's own list is no public list of thousands of firms.
OWN_MAX_BYTES: Final = 5 << 20


def create_import(
    *,
    filename: str,
    content: bytes,
    company: Company | None = None,
    item_kind: str = "",
    corrects: ImportJob | None = None,
    actor: Any,
    now: datetime,
) -> ImportJob:
    """Store the file with what its top tells: format, encoding, header, list, first mapping.

    With a `company` the rows are that firm's own items of `item_kind`. `corrects`: the import
    whose bad rows the file brings corrected; its columns mean the same here. Raises
    UnreadableFile; nothing is stored then.
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
        corrects=corrects,
        requested_by=actor,
        created_at=now,
    )
    if company:
        job.country = company.country
        job.columns = _keys_as_text(
            (corrects and _columns_of(corrects, sheet.header))
            or guess_own_columns(sheet.header, item_kind)
        )
        job.save(force_insert=True)
        return job
    if corrects and (known := _columns_of(corrects, sheet.header)):
        for name in ("preset", "country", "source_list"):
            setattr(job, name, getattr(corrects, name))
        job.columns = _keys_as_text(known)
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


def _columns_of(job: ImportJob, header: Sequence[str]) -> dict[int, str]:
    """What the columns meant in an earlier import; nothing when one of them is not here."""
    try:
        return named_columns(
            header, {job.header[int(position)]: code for position, code in job.columns.items()}
        )
    except UnreadableFile:
        return {}


def map_columns(
    *,
    job: ImportJob,
    columns: Mapping[int, str],
    country: str,
    source_list: str,
    preset: str = "",
    is_all_or_nothing: bool = False,
    save_as: str = "",
    starts_when_checked: bool = False,
    is_for_worker: bool = True,
    actor: Any,
    now: datetime,
) -> ImportJob:
    """Say what each column means, and have every row checked by a worker.

    `save_as`: keep the mapping under this name, instead of what had the name before.
    `starts_when_checked`: the good rows are written then, and nobody has to look before.
    Raises UnreadableFile(`no_name_column`, `no_title_column`, `no_own_title_column`,
    `unknown_column`, `no_country` or, with `save_as`, `repeated_column`), StateChanged for an
    import that is at work or over, and RuleViolated when a firm's own list is said to be more than
    that: saved mappings are shared by the staff.
    """
    if job.company_id and (save_as or preset or source_list or country != job.country):
        raise RuleViolated(_("List, country and saved mapping are said of public lists alone."))
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
            starts_when_checked=starts_when_checked,
            rows_total=0,
            rows_bad=0,
            preview=[],
            forecast={},
            checked_at=None,
            heartbeat_at=now,
        )
        if save_as:
            _save_mapping(name=save_as, job=job, actor=actor, now=now)
        if is_for_worker:
            kick("companies.check_import", job_id=str(job.pk))
    return job


def _fault_of_columns(job: ImportJob, columns: Mapping[int, str], preset: str) -> str:
    told = set(columns.values())
    if told - set(fields_of(job.item_kind) if job.company_id else FIELDS):
        return "unknown_column"
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
    """Give an import up: at once before it writes, else before its next rows.

    Rows that were written stay; of an import of all or nothing there is nothing. Raises
    StateChanged when it is over.
    """
    with transaction.atomic():
        fresh = ImportJob.objects.only("state").select_for_update().get(pk=job.pk)
        job.state = fresh.state
        if job.state == ImportState.RUNNING:
            job.is_cancel_requested = True
            job.save(update_fields=["is_cancel_requested"])
        else:
            move(job, to=ImportState.CANCELLED, allowed=IMPORT_TRANSITIONS, finished_at=now)
        audit.record("import.cancelled", job, actor=actor, now=now, file=job.filename)
    return job


def forget_old_imports(*, now: datetime) -> int:
    """Erase the files, the bad rows and the journals of imports that are older than
    settings.IMPORT_KEEP_DAYS; that they were made, and their counts, stay told. Returns how many.

    One that was never started is given up."""
    old = ImportJob.objects.filter(
        created_at__lt=now - timedelta(days=settings.IMPORT_KEEP_DAYS), forgotten_at=None
    )
    ended = (*REVERTIBLE, ImportState.REVERTED, ImportState.UPLOADED, ImportState.CHECKED)
    done = 0
    for job in old.filter(state__in=ended).only("state", "filename"):
        with transaction.atomic():
            if job.state in (ImportState.UPLOADED, ImportState.CHECKED):
                cancel_import(job=job, actor=None, now=now)
            job.errors.all().delete()
            job.changes.all().delete()
            emptied = {"content": b"", "preview": [], "forecast": {}}
            ImportJob.objects.filter(pk=job.pk).update(forgotten_at=now, **emptied)
        done += 1
    return done


def record_download(*, job: ImportJob, actor: Any, now: datetime) -> None:
    """Note who took the original file: it may hold names and addresses."""
    audit.record("import.downloaded", job, actor=actor, now=now, file=job.filename)


def fail_import(*, job: ImportJob, failure: str, now: datetime) -> ImportJob:
    """End an import; `failure` is a `stored_fault` that says to staff why."""
    return move(
        job,
        to=ImportState.FAILED,
        allowed=IMPORT_TRANSITIONS,
        failure=failure,
        finished_at=now,
    )


def _keys_as_text(columns: Mapping[int, str]) -> dict[str, str]:
    return {str(position): code for position, code in columns.items() if code}
