"""Pages of a long list by the place of their first and last row: the hundredth page costs what the
first one does, and rows that arrive meanwhile shift nothing.

The list is ordered by a moment and the key, the newest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """`newer` and `older` are places to go on from, empty at the list's ends."""

    rows: list[Row]
    newer: str
    older: str

    @property
    def is_first(self) -> bool:
        return not self.newer


@dataclass(frozen=True, slots=True)
class Place:
    at: datetime
    key: Any


def keyset_page(
    rows: "models.QuerySet[Row]", *, moment: str, wanted: Mapping[str, str], size: int
) -> KeysetPage[Row]:
    """The page that `wanted["before"]` or `wanted["after"]` names; without them the first.

    One query. A place that cannot be read is the first page.
    """
    before = _read(rows.model, wanted.get("before", ""))
    after = _read(rows.model, wanted.get("after", ""))
    if after is not None:
        # Upwards from the place, then turned round.
        up = _beyond(rows, moment, after, "gt").order_by(moment, "pk")
        found = list(up[: size + 1])
        has_newer = len(found) > size
        shown = found[:size][::-1]
        return KeysetPage(
            shown,
            _write(shown[0], moment) if has_newer and shown else "",
            _write(shown[-1], moment) if shown else "",
        )
    if before is not None:
        rows = _beyond(rows, moment, before, "lt")
    found = list(rows.order_by(f"-{moment}", "-pk")[: size + 1])
    shown = found[:size]
    return KeysetPage(
        shown,
        _write(shown[0], moment) if before is not None and shown else "",
        _write(shown[-1], moment) if len(found) > size else "",
    )


def _beyond(
    rows: "models.QuerySet[Row]", moment: str, place: Place, side: str
) -> "models.QuerySet[Row]":
    # The first condition is what an index can begin at; the second only takes out its ties.
    return rows.filter(**{f"{moment}__{side}e": place.at}).filter(
        models.Q(**{f"{moment}__{side}": place.at}) | models.Q(**{f"pk__{side}": place.key})
    )


def _write(row: models.Model, moment: str) -> str:
    return f"{getattr(row, moment).isoformat()}~{row.pk}"


def _read(model: type[models.Model], text: str) -> Place | None:
    at, _mark, key = text.partition("~")
    try:
        moment = parse_datetime(at)
        return Place(moment, model._meta.pk.to_python(key)) if moment and moment.tzinfo else None
    except (ValueError, OverflowError, ValidationError):
        return None
