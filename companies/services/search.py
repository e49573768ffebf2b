"""The rows the directory searches, which triggers keep: made anew where days or a repair ask."""

from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from companies.models import Company, SearchEntry

CHUNK: Final = 500


def refresh_stale(*, today: date) -> int:
    """Renew the rows that a day has made untrue: an item or certificate whose last day is over.

    Chunk by chunk, each a transaction: whoever dies in between has done a part, and the next
    sweep finds the rest. Returns how many rows changed.
    """
    changed = 0
    stale = SearchEntry.objects.filter(fresh_until__lt=today).order_by("fresh_until", "pk")
    while firms := list(stale.values_list("pk", flat=True)[:CHUNK]):
        renewed = _refresh(firms)
        changed += renewed
        if not renewed:
            break
    return changed


def rebuild_search() -> Iterator[int]:
    """Renew every firm's row, and yield after each chunk how many of its rows were not right."""
    for firms in _chunks():
        yield _refresh(firms)


def check_search() -> Iterator[int]:
    """The same without writing."""
    for firms in _chunks():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM companies_search_rows(%s) AS should "
                "LEFT JOIN companies_searchentry entry USING (company_id) "
                "WHERE entry IS DISTINCT FROM should",
                [firms],
            )
            yield cursor.fetchone()[0]


def _refresh(firms: list[UUID]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT companies_search_refresh(%s)", [firms])
        return int(cursor.fetchone()[0])


def _chunks() -> Iterator[list[UUID]]:
    last: UUID | None = None
    while True:
        later = Company.objects.order_by("pk")
        if last is not None:
            later = later.filter(pk__gt=last)
        firms = list(later.values_list("pk", flat=True)[:CHUNK])
        if not firms:
            return
        yield firms
        last = firms[-1]
