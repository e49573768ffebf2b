"""Where to look when a search finds little: concepts close by that some firm does supply."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from companies.models import SearchEntry
from companies.searching.finding import Found
from taxonomy.vocabulary import Vocabulary

NEAREST: Final = 6


@dataclass(frozen=True, slots=True)
class Near:
    """A concept, in the reader's language, and how many firms supply it or a narrower one."""

    label: str
    firms: int


def nearest(found: Found, entries: QuerySet[SearchEntry], *, language: str) -> list[Near]:
    """The broader concepts of what was looked for, then their other narrower ones, that any of
    `entries` supplies; at most NEAREST."""
    vocabulary = found.vocabulary
    wanted = [concept for term in found.understood.terms for concept in sorted(term.exact)]
    close = list(dict.fromkeys(_around(wanted, vocabulary)))
    if not close:
        return []
    families = {concept: {concept} | vocabulary.narrower([concept]) for concept in close}
    counts = _firms(families, entries)
    with_firms = [concept for concept in close if counts.get(concept)]
    return [Near(vocabulary.label(each, language), counts[each]) for each in with_firms[:NEAREST]]


def _around(wanted: Iterable[int], vocabulary: Vocabulary) -> Iterable[int]:
    wanted = list(wanted)
    parents = [
        term.parent
        for concept in wanted
        if (term := vocabulary.terms.get(concept)) and term.parent in vocabulary.terms
    ]
    for parent in parents:
        if parent is not None:
            yield parent
    for parent in parents:
        if parent is not None:
            yield from (each for each in vocabulary.children(parent) if each not in wanted)


def _firms(families: dict[int, set[int]], entries: QuerySet[SearchEntry]) -> dict[int, int]:
    everything = sorted(set().union(*families.values()))
    rows = entries.order_by().filter(concepts__overlap=everything).values_list("concepts")
    sql, parameters = rows.query.sql_with_params()
    pairs = [(family, each) for family, members in families.items() for each in members]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH hit (number, concepts) AS (SELECT row_number() OVER (), concepts "  # noqa: S608
            f"FROM ({sql}) AS found (concepts)) "
            "SELECT family, count(DISTINCT number) FROM hit, unnest(concepts) AS held "
            "JOIN unnest(%s::int[], %s::int[]) AS families (family, concept) ON concept = held "
            "GROUP BY family",
            [*parameters, [family for family, _each in pairs], [each for _family, each in pairs]],
        )
        return dict(cursor.fetchall())
