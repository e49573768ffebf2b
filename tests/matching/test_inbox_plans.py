"""The firm's own lists read the firm's own matches, however many there are of others."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from matching.choices import Side
from matching.models import Match
from matching.queries.inbox import folder_counts, inbox_groups, inbox_matches, item_choices
from portal.navigation import matches_to_answer
from tests.factories import MatchFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db

OTHERS = 250_000
OWN = 500
ITEMS = 500


@pytest.fixture
def person():
    """One firm with OWN matches among OTHERS, written by the database itself."""
    match = published_match()
    others = [MatchFactory(need=NeedFactory(), offering=OfferingFactory()) for _ in range(2)]
    table = Match._meta.db_table
    columns = [field.column for field in Match._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model, source, count in (
            ("companies_need", match.need_id, OWN),
            ("companies_offering", others[0].offering_id, OWN),
            ("companies_need", others[0].need_id, ITEMS),
            ("companies_offering", others[1].offering_id, ITEMS),
        ):
            cursor.execute(f"SELECT * FROM {model} LIMIT 0")
            names = [column.name for column in cursor.description]
            copied = ", ".join("gen_random_uuid()" if name == "id" else name for name in names)
            cursor.execute(
                f"INSERT INTO {model} ({', '.join(names)})"
                f" SELECT {copied} FROM {model}, generate_series(1, %s) WHERE id = %s",
                [count, source],
            )
        values = {"id": "gen_random_uuid()", "need_id": "n.id", "offering_id": "o.id"}
        selected = ", ".join(values.get(column, f"m.{column}") for column in columns)
        insert = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM {table} m"
        cursor.execute(
            f"{insert} CROSS JOIN companies_need n CROSS JOIN companies_offering o"
            " WHERE m.id = %s AND n.company_id = %s AND o.company_id = %s LIMIT %s",
            [others[0].pk, others[0].need.company_id, others[1].offering.company_id, OTHERS],
        )
        cursor.execute(
            f"{insert} CROSS JOIN companies_need n CROSS JOIN"
            " (SELECT id FROM companies_offering WHERE company_id = %s LIMIT 1) o"
            " WHERE m.id = %s AND n.company_id = %s AND n.id <> m.need_id LIMIT %s",
            [others[0].offering.company_id, match.pk, match.need.company_id, OWN],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE")
    return member_of(match, Side.BUYER)


def test_the_inbox_uses_indexes(person):
    assert Match.objects.count() > OTHERS * 0.9
    with CaptureQueriesContext(
        connection,
    ) as captured:
        counts = folder_counts(person)
        item_choices(person, "open")
        matches_to_answer(person)
        found = inbox_matches(person, "open")
        found.count()
        inbox_groups(person, list(found[:30]), now=timezone.now())
    assert counts["open"] > OWN * 0.9
    asked = [query["sql"] for query in captured if '"matching_match"' in query["sql"]]
    assert len(asked) >= 5
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert not re.search(r"Seq Scan on matching_match\b", plan), plan
