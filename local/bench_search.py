"""The directory's search beside PostgreSQL's own, over the same firms: time, and who is found.

Each query is the label of a concept in one language; right are the firms of the other country that
offer it or a narrower one, as they themselves have said.
"""

import random
import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any, Final

from django.db import connection

QUERIES: Final = 300
ITEMS_A_FIRM: Final = 5
# The language of the query, and the country whose firms are looked for.
WAYS: Final = (("ko", "JP"), ("ja", "KR"))


def fill(items_a_firm: int = ITEMS_A_FIRM) -> int:
    """Copy items, with their concepts, to other firms of the country until there are so many."""
    from companies.models import Company, Need, Offering

    wanted = Company.objects.count() * items_a_firm
    present = Offering.objects.count() + Need.objects.count()
    for model in (Offering, Need):
        while (missing := wanted - present) > 0:
            share = missing if model is Need else missing * 3 // 4
            copied = _copy(model, min(share, model.objects.count()))
            present += copied
            if model is Offering or not copied:
                break
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return present


def _copy(model: Any, count: int) -> int:
    table, kind = model._meta.db_table, model._meta.model_name
    own = {"id", "company_id", "source_id"}
    columns = [f.column for f in model._meta.concrete_fields if f.column not in own]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH firm AS (
              SELECT id, country, row_number() OVER (PARTITION BY country ORDER BY id) AS place,
                count(*) OVER (PARTITION BY country) AS firms FROM companies_company
            ), item AS (
              SELECT item.*, owner.country,
                row_number() OVER (PARTITION BY owner.country ORDER BY item.id) AS number
              FROM {table} item JOIN companies_company owner ON owner.id = item.company_id LIMIT %s
            ), copied AS (
              INSERT INTO {table} (id, company_id, source_id, {", ".join(columns)})
              SELECT gen_random_uuid(), firm.id, 'copy ' || item.id,
                {", ".join(f"item.{column}" for column in columns)}
              FROM item JOIN firm ON firm.country = item.country
                AND firm.place = 1 + item.number * 7919 %% firm.firms
              ON CONFLICT DO NOTHING RETURNING id, source_id
            )
            INSERT INTO {table}_concepts ({kind}_id, concept_id)
            SELECT copied.id, named.concept_id FROM copied
            JOIN {table}_concepts named ON named.{kind}_id = substr(copied.source_id, 6)::uuid
            """,
            [count],
        )
        return count


def labels() -> list[tuple[str, str, set[Any]]]:
    """(words, country, the right firms): concepts that the country's firms offer, by chance."""
    from companies.models import Offering
    from taxonomy.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    offered: dict[str, dict[int, set[Any]]] = {"KR": {}, "JP": {}}
    pairs = Offering.objects.filter(state="open").values_list(
        "company__country", "company", "concepts"
    )
    for country, company, concept in pairs:
        if concept in vocabulary.terms:
            offered[country].setdefault(concept, set()).add(company)
    chance = random.Random(1)
    chosen = []
    for language, country in WAYS:
        concepts = sorted(offered[country])
        for concept in chance.sample(concepts, min(QUERIES // 2, len(concepts))):
            family = {concept} | vocabulary.narrower([concept])
            right = set().union(*(offered[country].get(each, set()) for each in family))
            chosen.append((vocabulary.label(concept, language), country, right))
    return chosen


def measure() -> None:
    """One table: each method's time for a query, and the share of the right firms it finds."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import Client
    from django.urls import reverse

    from companies.searching import Search, find, narrowed

    queries = labels()
    client = Client()
    page = reverse("companies:directory")

    def ask(words: str, country: str) -> Any:
        return client.get(page, {"q": words, "country": country}, headers={"Accept-Language": "ko"})

    began = time.perf_counter()
    ask("first", "KR")
    first = time.perf_counter() - began
    times = [_timed(ask, words, country) for words, country, _right in queries]
    again = [_timed(ask, words, country) for words, country, _right in queries]
    broad = [_timed(ask, words, "") for words in ("", "반도체", "自動車部品", "8542", "plastic")]

    def ours(words: str, country: str) -> set[Any]:
        search = Search(words=words, country=country)
        found = find(search, viewer=AnonymousUser())
        if found.is_broad or found.is_loose:
            return set()
        return set(narrowed(found.entries, search).values_list("pk", flat=True))

    _prepare_peers()
    print(f"{len(queries)} queries; the first of a process {first * 1000:.0f} ms")
    print(f"{'method':46} {'p50 ms':>7} {'p95 ms':>7} {'found':>7} {'right':>7}")
    _row("the page, each query for the first time", times)
    _row("the page, again", again)
    _row("the page, the broadest queries", broad)
    for name, method in (
        ("the search alone, all ids", ours),
        ("full text search, simple, names and items", _full_text),
        ("pg_trgm, ILIKE over the same texts", _ilike),
    ):
        spent, recall, precision = [], [], []
        for words, country, right in queries:
            began = time.perf_counter()
            found = method(words, country)
            spent.append(time.perf_counter() - began)
            recall.append(len(found & right) / len(right))
            if found:
                precision.append(len(found & right) / len(found))
        _row(name, spent, sum(recall) / len(recall), sum(precision) / max(1, len(precision)))
    print(
        "found: share of the right firms that are found; right: share of the found that are right"
    )


def _timed(ask: Callable[[str, str], Any], words: str, country: str) -> float:
    began = time.perf_counter()
    answer = ask(words, country)
    spent = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{words}: {answer.status_code}")
    return spent


def _row(name: str, spent: Sequence[float], *shares: float) -> None:
    p95 = quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
    told = " ".join(f"{share:7.1%}" for share in shares)
    print(f"{name:46} {median(spent) * 1000:7.1f} {p95 * 1000:7.1f} {told}", flush=True)


def _prepare_peers() -> None:
    """What a plain installation would do: one text a firm, with the index that fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TABLE IF NOT EXISTS bench_texts AS
            SELECT c.id, c.country, concat_ws(' ', c.name_ko, c.name_ja, c.name_en,
              c.about_ko, c.about_ja, c.about_en, string_agg(concat_ws(' ', o.title_ko, o.title_ja,
              o.title_en, o.text_ko, o.text_ja, o.text_en), ' ')) AS body
            FROM companies_company c LEFT JOIN companies_offering o ON o.company_id = c.id
            GROUP BY c.id
            """
        )
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS bench_words ON bench_texts "
            "USING gin (to_tsvector('simple', body))"
        )
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS bench_trigrams ON bench_texts USING gin (body gin_trgm_ops)"
        )
        cursor.execute("ANALYZE bench_texts")


def _full_text(words: str, country: str) -> set[Any]:
    return _ids(
        "SELECT id FROM bench_texts WHERE country = %s "
        "AND to_tsvector('simple', body) @@ plainto_tsquery('simple', %s)",
        [country, words],
    )


def _ilike(words: str, country: str) -> set[Any]:
    return _ids(
        "SELECT id FROM bench_texts WHERE country = %s AND body ILIKE %s", [country, f"%{words}%"]
    )


def _ids(sql: str, parameters: list[str]) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0] for row in cursor.fetchall()}
