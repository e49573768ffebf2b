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
    rows: "models.QuerySet[Row]",
    *,
    moment: str,
    wanted: Mapping[str, str],
    size: int,
    is_oldest_first: bool = False,
) -> KeysetPage[Row]:
    """The page that `wanted["before"]` or `wanted["after"]` names; without them the first.

    One query. A place that cannot be read is the first page.
    """
    before = _read(rows.model, wanted.get("before", ""))
    after = _read(rows.model, wanted.get("after", ""))
    onward, back = (after, before) if is_oldest_first else (before, after)
    down, up = ("gt", "lt") if is_oldest_first else ("lt", "gt")
    if back is not None:
        # Upwards from the place, then turned round.
        found = list(_beyond(rows, moment, back, up).order_by(*_order(moment, up))[: size + 1])
        shown = found[:size][::-1]
        first = _write(shown[0], moment) if len(found) > size and shown else ""
        last = _write(shown[-1], moment) if shown else ""
    else:
        if onward is not None:
            rows = _beyond(rows, moment, onward, down)
        found = list(rows.order_by(*_order(moment, down))[: size + 1])
        shown = found[:size]
        first = _write(shown[0], moment) if onward is not None and shown else ""
        last = _write(shown[-1], moment) if len(found) > size else ""
    newer, older = (last, first) if is_oldest_first else (first, last)
    return KeysetPage(shown, newer, older)


def _order(moment: str, side: str) -> tuple[str, str]:
    return (moment, "pk") if side == "gt" else (f"-{moment}", "-pk")


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
