"""manage.py import_companies FILE: a list of firms or enquiries, from the shell."""

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from common import commands
from companies.choices import ImportState
from companies.importing.error_file import ENCODINGS, error_rows, is_writable
from companies.importing.mapping import (
    FIELDS,
    PRESET_BY_CODE,
    Preset,
    guess_columns,
    named_columns,
    nearest_preset,
)
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import cell_fault, file_fault, told_fault
from companies.models import ImportJob, SavedMapping
from companies.services import import_work, imports
from taxonomy.choices import Country

SHOWN_ERRORS = 20


class Command(commands.Command):
    help = (
        "Import firms (CSV, XLSX or a web table named .xls; UTF-8, UTF-16, CP949 or CP932) as "
        "unclaimed records, or buyers' enquiries as needs. Known lists need no options."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--preset", choices=sorted(PRESET_BY_CODE), help="a known list")
        parser.add_argument("--mapping", metavar="NAME", help="a mapping saved on the staff page")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"what a column means, by its header; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--country", choices=Country.values, help="whose firms they are")
        parser.add_argument("--list", dest="source_list", help="name of the public list")
        parser.add_argument("--all-or-nothing", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="check the rows, write no firm")
        parser.add_argument("--errors", type=Path, help="write the bad rows to this CSV file")
        parser.add_argument(
            "--errors-encoding", choices=list(ENCODINGS), default="utf-8-sig", metavar="ENCODING"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            self._import(path, options)
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(file_fault(error.code, **error.details)) from error

    def _import(self, path: Path, options: dict[str, Any]) -> None:
        job = imports.create_import(
            filename=path.name, content=_read(path), actor=None, now=timezone.now()
        )
        try:
            job = self._map(job, options)
        except (CommandError, UnreadableFile):
            job.delete()
            raise
        job = import_work.check_import(job=job, clock=timezone.now)
        _require_unfailed(job)
        self._tell_errors(job, options["errors"], options["errors_encoding"])
        if options["dry_run"]:
            imports.cancel_import(job=job, actor=None, now=timezone.now())
            job.refresh_from_db()
            text = f"{job.rows_total} rows, {job.rows_bad} bad; nothing was written"
            self.tell(_document(job), text)
            return
        job = imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
        job = import_work.run_import(job=job, clock=timezone.now)
        _require_unfailed(job)
        self.tell(
            _document(job),
            f"{job.rows_total} rows ({job.encoding or job.file_format}): "
            f"{job.created_count} new, {job.updated_count} changed, "
            f"{job.unchanged_count} unchanged, {job.rows_bad} bad; {job.items_count} new items",
        )

    def _map(self, job: ImportJob, options: dict[str, Any]) -> ImportJob:
        preset = PRESET_BY_CODE.get(options["preset"] or job.preset)
        columns = {int(position): code for position, code in job.columns.items()}
        if options["preset"] and preset:
            columns = guess_columns(job.header, preset)
            job.country, job.source_list = preset.country, preset.source_list
        if name := options["mapping"]:
            saved = SavedMapping.objects.filter(name=name).first()
            if saved is None:
                raise CommandError(f"--mapping {name}: there is no such saved mapping")
            columns = named_columns(job.header, saved.columns)
            preset = PRESET_BY_CODE.get(saved.defaults["preset"])
            job.country = saved.defaults["country"]
            job.source_list = saved.defaults["source_list"]
        columns |= _named_by_hand(options["map"], job.header)
        if not (options["mapping"] or options["map"] or options["country"]):
            _require_whole_list(job, preset if options["preset"] else None)
        return imports.map_columns(
            job=job,
            columns=columns,
            country=options["country"] or job.country,
            source_list=options["source_list"] or job.source_list,
            preset=preset.code if preset else "",
            is_all_or_nothing=options["all_or_nothing"],
            is_for_worker=False,
            actor=None,
            now=timezone.now(),
        )

    def _tell_errors(self, job: ImportJob, target: Path | None, encoding: str) -> None:
        for error in job.errors.all()[:SHOWN_ERRORS]:
            value = f" ({error.value})" if error.value else ""
            self.stderr.write(
                f"line {error.line}, column {error.column or '-'}: {cell_fault(error.code)}{value}"
            )
        rest = job.errors.count() - SHOWN_ERRORS
        if rest > 0:
            self.stderr.write(f"… and {rest} more")
        if target is None or not job.rows_bad:
            return
        if not is_writable(error_rows(job), encoding):
            raise CommandError(f"--errors-encoding {encoding} lacks characters of the bad rows")
        with target.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(error_rows(job))
        self.stderr.write(f"the bad rows are in {target}")


def _document(job: ImportJob) -> dict[str, Any]:
    return {
        "id": job.pk,
        "state": job.state,
        "filename": job.filename,
        "rows": {"total": job.rows_total, "done": job.rows_done, "bad": job.rows_bad},
        "written": {
            "created": job.created_count,
            "updated": job.updated_count,
            "unchanged": job.unchanged_count,
            "items": job.items_count,
        },
    }


def _read(path: Path) -> bytes:
    """The file's bytes; never more of them than an import may have."""
    with path.open("rb") as file:
        content = file.read(settings.IMPORT_MAX_BYTES + 1)
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise UnreadableFile("too_large", most=settings.IMPORT_MAX_BYTES >> 20)
    return content


def _named_by_hand(pairs: Sequence[str], header: Sequence[str]) -> dict[int, str]:
    columns = {}
    for pair in pairs:
        column, _sign, code = pair.rpartition("=")
        if code not in FIELDS:
            raise CommandError(f"--map {pair}: there is no field {code!r}")
        columns[column] = code
    return named_columns(header, columns)


def _require_whole_list(job: ImportJob, wanted: Preset | None) -> None:
    """A known list with columns missing is not read by guesses: its firms would come in twice."""
    preset = wanted or (None if job.preset else nearest_preset(job.header))
    missing = preset.missing(job.header) if preset else []
    if preset and missing:
        raise UnreadableFile("missing_of_list", list=preset.label, columns=", ".join(missing))


def _require_unfailed(job: ImportJob) -> None:
    if job.state == ImportState.FAILED:
        raise CommandError(told_fault(job.failure))
