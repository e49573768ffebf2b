"""Rows read batch by batch behind the last one: memory and each query stay small."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import models

from api.choices import Scope
from api.models import Token
from api.permissions import scopes_of
from common.localisation import in_language
from common.tabling import Column

BATCH: Final = 250
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who takes the table along: `sees_all` for the association's work, else for one's firm."""

    user: Any
    sees_all: bool

    @classmethod
    def of(cls, user: Any, token: Any = None) -> "Caller":
        """Staff see all, unless their token is for a firm's things only."""
        is_for_firms = isinstance(token, Token) and scopes_of(token) == {Scope.FIRM}
        return cls(user, bool(user.is_association_staff) and not is_for_firms)

    @classmethod
    def system(cls) -> "Caller":
        """The command line."""
        return cls(None, True)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` gives what the caller may read; `read` turns a batch of them into rows of the file
    in the active language, with the same number of queries however long the batch is."""

    kind: str
    columns: Callable[[Caller], tuple[Column, ...]]
    rows: Callable[[Caller], "models.QuerySet[Any]"]
    read: Callable[[Sequence[Any], Caller], list[Row]]


def rows_of(
    table: Table, found: "models.QuerySet[Any]", caller: Caller, *, language: str, size: int = BATCH
) -> Iterator[Row]:
    """The rows of `found` in the order of their keys.

    Each batch is read when its first row is asked for; a row that changes meanwhile is told as it
    is then, none is told twice. The language holds while a batch is read, not between.
    """
    last = None
    ordered = found.order_by("pk")
    while True:
        behind = ordered if last is None else ordered.filter(pk__gt=last)
        with in_language(language):
            batch = list(behind[:size])
            told = table.read(batch, caller)
        yield from told
        if len(batch) < size:
            return
        last = batch[-1].pk
