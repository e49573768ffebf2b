"""manage.py export KIND FILE: a table as the API gives it, written to a file."""

from argparse import ArgumentParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.management.base import CommandError
from django.http import QueryDict
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from api.choices import ExportKind
from api.exporting import TABLES, Caller, rows_of
from api.resources.export_filters import FILTERS
from api.services import begin_export, watched
from common import commands
from common.codepages import ENCODINGS
from common.localisation import LANGUAGES, in_language
from common.tabling import FORMATS, Tally, written


class Command(commands.Command):
    help = "Write matches, companies, needs, offerings or outcomes to FILE.csv, .xlsx or .jsonl."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=ExportKind.values)
        parser.add_argument("file", type=Path, help=f"ends in .{', .'.join(FORMATS)}")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as in the API's address; may be repeated",
        )
        parser.add_argument("--encoding", choices=ENCODINGS, default=ENCODINGS[0], help="of CSV")
        parser.add_argument("--language", choices=LANGUAGES, default="en")
        parser.add_argument("--headers", choices=("labels", "names"), default="labels")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        kind, form = options["kind"], path.suffix[1:]
        if form not in FORMATS:
            raise CommandError(f"{path.name}: the name must end in .{', .'.join(FORMATS)}")
        caller, table = Caller.system(), TABLES[kind]
        _require_writable(path)
        wanted = _filters(options["filter"])
        found = _filtered(kind, table.rows(caller), wanted)
        export = begin_export(
            kind=kind,
            form=form,
            encoding=options["encoding"],
            filters=dict(wanted.lists()),
            actor=None,
            now=timezone.now(),
        )
        tally = Tally(has_end=True)
        columns = table.columns(caller)
        with in_language(options["language"]):
            parts = written(
                form,
                columns if options["headers"] == "labels" else [each.name for each in columns],
                rows_of(table, found, caller, language=options["language"]),
                encoding=options["encoding"],
                tally=tally,
            )
            watch = watched(parts, export=export, tally=tally, actor=None)
            try:
                _write(path, watch)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}") from error
            finally:
                watch.close()
        told = {
            "id": export.pk,
            "kind": kind,
            "format": form,
            "file": str(path),
            "rows": tally.rows,
            "substituted": tally.substituted,
        }
        self.tell(told, f"{tally.rows} {kind} → {path}")


def _filters(pairs: list[str]) -> QueryDict:
    wanted = QueryDict(mutable=True)
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise CommandError(f"--filter {pair}: say NAME=VALUE")
        wanted.appendlist(name, value)
    return wanted


def _filtered(kind: str, rows: Any, wanted: QueryDict) -> Any:
    """The rows that the filters of the API leave; an unknown one is refused."""
    known = FILTERS[kind].base_filters
    if unknown := sorted(set(wanted) - set(known)):
        raise CommandError(f"There is no filter {', '.join(unknown)}; there are {', '.join(known)}")
    # The filters ask who calls: here somebody who may read everything and has decided nothing.
    caller = SimpleNamespace(user=User(pk=0, staff_role=StaffRole.ADMINISTRATOR), auth=None)
    chosen = FILTERS[kind](wanted, queryset=rows, request=caller)
    if not chosen.is_valid():
        faults = (f"{name}: {' '.join(said)}" for name, said in chosen.errors.items())
        raise CommandError("; ".join(faults))
    return chosen.qs


def _require_writable(path: Path) -> None:
    """Before anything is noted or read."""
    if not path.parent.is_dir():
        raise CommandError(f"{path.parent}: there is no such folder")


def _write(path: Path, parts: Any) -> None:
    """The file appears only when it is complete."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            for part in parts:
                file.write(part)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
