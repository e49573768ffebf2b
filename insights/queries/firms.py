"""The verified firms of a scope, counted once: how many are alike in all that figures ask of them.

A figure about firms asks how many proposals each firm has. Asked of the database figure by figure
and group by group, the proposals of all firms would be counted again each time. Here they are
counted once, and firms that are alike make one row with their number; there are few such rows.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.models import Count, Q

from insights.definitions import Figure, Measure, Source
from insights.models import Party
from insights.queries.keeping import kept
from insights.queries.scope import Scope
from insights.queries.sources import verified_firms

COUNTED: Final = ("proposals", "approvals", "introductions")
COLUMNS: Final = ("country", "is_new", "is_small", *COUNTED)
LOOKUPS: Final[dict[str, Callable[[Any, Any], Any]]] = {"exact": operator.eq, "gt": operator.gt}
_KINDS: Final[dict[str, Any]] = {"country": "<U2", "is_new": np.bool_, "is_small": np.bool_}
_ALIKE: Final = """
    WITH party AS MATERIALIZED ({parties}), firm AS MATERIALIZED (
        SELECT listed.id, listed.country, listed.is_new, listed.is_small,
               coalesce(party.proposals, 0) AS proposals, coalesce(party.approvals, 0) AS approvals,
               coalesce(party.introductions, 0) AS introductions
        FROM ({firms}) listed LEFT JOIN party ON party.company_id = listed.id
    )
    SELECT NULL, {columns}, count(*) FROM firm GROUP BY {columns}
    UNION ALL
    SELECT sector_id, {columns}, count(*)
    FROM firm JOIN companies_company_sectors sector ON sector.company_id = firm.id
    GROUP BY sector_id, {columns}
"""


@dataclass(frozen=True, slots=True)
class Firms:
    """Columns named as the fields and annotations of `rows_of(Source.FIRMS)`; `number` says how
    many firms a row stands for."""

    columns: dict[str, Any]
    number: Any

    def of_country(self, country: str) -> "Firms":
        rows = self.columns["country"] == country
        taken = {name: column[rows] for name, column in self.columns.items()}
        return Firms(taken, self.number[rows])

    def count(self, where: Q) -> int:
        return int(self.number[self._fitting(where)].sum())

    def spread(self, name: str) -> tuple[Any, Any]:
        """What firms have of something, from the least on, and how many firms have as much."""
        order = np.argsort(self.columns[name], kind="stable")
        return self.columns[name][order], self.number[order]

    def _fitting(self, where: Q) -> Any:
        # Conditions are joined by AND, as figures of firms have them.
        if where.negated or where.connector != Q.AND:
            raise ValueError(f"no condition on firms: {where}")
        fits = np.ones(len(self.number), np.bool_)
        for child in where.children:
            if isinstance(child, Q):
                fits &= self._fitting(child)
            elif isinstance(child, tuple):
                name, _, lookup = child[0].partition("__")
                fits &= LOOKUPS[lookup or "exact"](self.columns[name], child[1])
            else:
                raise TypeError(f"no condition on firms: {child}")
        return fits


def firms_of(scope: Scope) -> Firms:
    """The firms of the scope; kept like all that is counted from the journeys."""
    wide = replace(scope, sector=None)
    by_sector = kept(Source.FIRMS, (wide, "alike"), partial(_load, wide))
    return by_sector.get(scope.sector) or _columns([])


def _load(scope: Scope) -> dict[int | None, Firms]:
    """The firms of each sector, and under None all."""
    parties = Party.objects.filter(proposed_on__range=(scope.first, scope.last)).order_by()
    if scope.direction:
        parties = parties.filter(direction=scope.direction)
    counted = parties.values("company_id").annotate(
        proposals=Count("pk"),
        approvals=Count("pk", filter=Q(is_approved=True)),
        introductions=Count("pk", filter=Q(is_introduced=True)),
    )
    firms = verified_firms(scope).order_by().values("id", "country", "is_new", "is_small")
    (parties_sql, parties_values), (firms_sql, firms_values) = (
        each.query.sql_with_params() for each in (counted, firms)
    )
    statement = _ALIKE.format(parties=parties_sql, firms=firms_sql, columns=", ".join(COLUMNS))
    found: dict[int | None, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parties_values, *firms_values])
        for sector, *row in cursor.fetchall():
            found.setdefault(sector, []).append(tuple(row))
    return {sector: _columns(rows) for sector, rows in found.items()}


def _columns(rows: list[tuple[Any, ...]]) -> Firms:
    *columns, number = zip(*rows, strict=True) if rows else [()] * (len(COLUMNS) + 1)
    named = zip(COLUMNS, columns, strict=True)
    return Firms(
        {name: np.array(column, dtype=_KINDS.get(name, np.int64)) for name, column in named},
        np.array(number, dtype=np.int64),
    )


def counted_in(firms: Firms, figures: Iterable[Figure]) -> dict[str, Any]:
    """What `insights.queries.figures` counts of other rows in the database: n_ and v_ by figure."""
    counted: dict[str, Any] = {}
    for figure in figures:
        counted[f"n_{figure.code}"] = firms.count(figure.where)
        if figure.measure == Measure.GINI:
            counted[f"v_{figure.code}"] = gini(*firms.spread(figure.value))
    return counted


def gini(had: Any, number: Any) -> float | None:
    """0: all have the same; near 1: one has all; None when nobody has anything.

    `number` firms have `had` each, in ascending order.
    """
    had, number = np.asarray(had, dtype=np.int64), np.asarray(number, dtype=np.int64)
    count, total = int(number.sum()), int((had * number).sum())
    if not total:
        return None
    last = np.cumsum(number)
    # The places of the firms of a row, added up.
    places = number * (2 * last - number + 1) // 2
    return 2 * int((had * places).sum()) / (count * total) - (count + 1) / count
