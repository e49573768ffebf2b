"""How many of the firms found each choice of each filter would leave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from companies.models import SearchEntry
from companies.searching.finding import EMPLOYEE_BANDS, EVERYBODY, Search, filters

# Filter → what of a row it counts, as text.
COUNTED: Final[dict[str, str]] = {
    "country": "country",
    "sector": "unnest(sectors)::text",
    "region": "region_id::text",
    "cooperation": "unnest(cooperation)",
    "certification": "unnest(certifications)::text",
    "employees": "CASE "
    + " ".join(
        f"WHEN employees >= {least} THEN '{band}'"
        for band, (least, _most) in reversed(EMPLOYEE_BANDS.items())
    )
    + " END",
}
COLUMNS: Final = (
    "country",
    "sectors",
    "region_id",
    "cooperation",
    "certifications",
    "employees",
)


@dataclass(frozen=True, slots=True)
class Facets:
    """`total`: firms that pass all filters. `counts`: {filter: {choice: firms}}, where a choice
    takes the place of the one that is set in its filter."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


def count_facets(
    entries: QuerySet[SearchEntry], search: Search, *, wanted: Collection[str] = tuple(COUNTED)
) -> Facets:
    """The choices of the `wanted` filters, in one pass over the firms found."""
    what_of = {name: COUNTED[name] for name in COUNTED if name in wanted}
    asked = filters(search)
    passes = {
        f"passes_{name}": ExpressionWrapper(
            reduce(and_, (part for other, part in asked.items() if other != name), EVERYBODY),
            output_field=BooleanField(),
        )
        for name in (*what_of, "all")
    }
    rows = entries.order_by().annotate(**passes).values_list(*COLUMNS, *passes)
    counts: dict[str, dict[str, int]] = {name: {} for name in what_of}
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return Facets(0, counts)
    names = ", ".join((*COLUMNS, *passes))
    counted = " UNION ALL ".join(
        f"SELECT '{name}' AS facet, {what} AS choice, count(*) AS firms "  # noqa: S608
        f"FROM hit WHERE passes_{name} GROUP BY 2"
        for name, what in what_of.items()
    )
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH hit ({names}) AS MATERIALIZED ({sql}) {counted} "  # noqa: S608
            "UNION ALL SELECT 'all', '', count(*) FROM hit WHERE passes_all",
            parameters,
        )
        for facet, choice, firms in cursor.fetchall():
            if facet == "all":
                total = firms
            elif choice is not None:
                counts[facet][choice] = firms
    return Facets(total, counts)
