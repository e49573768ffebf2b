"""Files as people hand them in, made on the spot, and the imports of them."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from django.utils import timezone

from companies.models import Company, ImportJob
from companies.services import import_work, imports
from tests.factories import japanese_number

HEADER = ("法人番号", "企業名", "事業内容", "従業員数")
SHEET = "xl/worksheets/sheet1.xml"


def firm_row(serial: int, products: str = "半導体用フォトレジスト") -> list[str]:
    return [japanese_number(serial), f"株式会社第{serial}工業", products, "120"]


def spoiled(serial: int) -> list[str]:
    """A row whose number has the wrong check digit."""
    number = japanese_number(serial)
    return [f"{(int(number[0]) + 1) % 10}{number[1:]}", f"株式会社誤{serial}", "軸受", "1"]


def csv_bytes(
    rows: Iterable[Sequence[str]],
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8",
) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[Any]], header: Sequence[str] = HEADER) -> bytes:
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rezipped(content: bytes, changed: dict[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        parts = {name: old.read(name) for name in old.namelist()} | changed
        for name, part in parts.items():
            new.writestr(name, part)
    return file.getvalue()


def sheet_xml(rows: bytes, before: bytes = b"", prolog: bytes = b"") -> bytes:
    return (
        prolog
        + b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + before
        + b"<sheetData>"
        + rows
        + b"</sheetData></worksheet>"
    )


def cell_xml(value: str) -> bytes:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'.encode()


def checked_import(
    content: bytes, filename: str = "list.csv", actor: Any = None, **mapping: Any
) -> ImportJob:
    """Handed in, mapped as recognised (or as `mapping` says) and checked."""
    now = timezone.now()
    job = imports.create_import(filename=filename, content=content, actor=actor, now=now)
    given = {
        "columns": {int(position): code for position, code in job.columns.items()},
        "country": job.country,
        "source_list": job.source_list or "a-list",
        "preset": job.preset,
        **mapping,
    }
    imports.map_columns(job=job, **given, is_for_worker=False, actor=actor, now=now)
    return import_work.check_import(job=job, clock=timezone.now)


def finished_import(content: bytes, filename: str = "list.csv", **mapping: Any) -> ImportJob:
    job = checked_import(content, filename, **mapping)
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    return import_work.run_import(job=job, clock=timezone.now)


def faults(job: ImportJob) -> list[tuple[int, str, str]]:
    """(line, column, code) of every fault."""
    return list(job.errors.values_list("line", "column", "code"))


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """Firms new, changed, unchanged, and bad rows."""
    return job.created_count, job.updated_count, job.unchanged_count, job.rows_bad


def own_import_arguments(firm: Company) -> dict[str, list[Any]]:
    """The pages of a firm's own list, for the permission table."""
    job = ImportJob.objects.create(
        filename="own.csv",
        content=b"a,b\n1,2\n",
        header=["a", "b"],
        company=firm,
        item_kind="offering",
        country=firm.country,
        created_at=timezone.now(),
    )
    of_job = [
        f"companies:own_import_{name}" for name in ("cancel", "detail", "errors", "revert", "start")
    ]

    of_kind = ("companies:own_import_new", "companies:own_import_template")
    return {name: [job.pk] for name in of_job} | {name: ["offering"] for name in of_kind}
